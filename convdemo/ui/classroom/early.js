// A lesson for the last row, unless another page shows it: known before the page is drawn.
{
	const { dataset } = document.documentElement;
	const scripts = "./SCRIPTS";
	if (new URLSearchParams(location.search).get("present") === "1" && !("embed" in dataset)) {
		dataset.present = "";
		import(`${scripts}/classroom/present.js`).then(({ present }) => present("PARCEL"));
	}
}
