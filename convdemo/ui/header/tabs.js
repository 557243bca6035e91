// On a phone the row of tabs scrolls: the one that is shown stands in its middle.
export function toMiddle(name) {
	const tab = document.querySelector(`[role="tab"][data-tab-id="${name}"]`);
	const [row, { left, width }] = [tab.closest(".tab-wrapper"), tab.getBoundingClientRect()];
	row.scrollBy({ left: left + width / 2 - row.getBoundingClientRect().left - row.clientWidth / 2 });
}
