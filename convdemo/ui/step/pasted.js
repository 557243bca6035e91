// The cells of what is pasted: from a spreadsheet, a link, or a list in Python. Where numbers are parted by blanks, a comma between
// two digits is a decimal one. What is no number stays as it is: the cell says so.
export function rowsOf(text) {
	const lines = text.split(/[;\n]/).map((line) => line.trim()).filter((line) => /[^\s,[\]]/.test(line));
	const isDecimal = lines.some((line) => /\d,\d/.test(line) && /[^\s,]\s+[^\s,]/.test(line)) && !lines.some((line) => /,(\s|$)|[[\]]/.test(line));
	return lines.map((line) => (isDecimal ? line.replace(/(\d),(?=\d)/g, "$1.") : line).match(/[^\s,[\]]+/g));
}
