// The kernels that are computed from parameters, as convdemo/kernels.py does, which says what they are.
// tests/live_cases.json holds both to the same weights.

const MOST = 31; // of convdemo.kernel_text
const FINE = 8;

const square = (side, weightAt) => Array.from({ length: side }, (_, row) => Array.from({ length: side }, (__, column) => weightAt(row, column)));
const map = (weights, change) => weights.map((row) => row.map(change));
const total = (weights) => weights.flat().reduce((sum, weight) => sum + weight, 0);
const scaled = (weights) => {
	const sum = total(weights);
	return map(weights, (weight) => weight / sum);
};
const part = (value) => Number(value.toFixed(12));
const direction = (degrees) => [Math.cos, Math.sin].map((of) => part(of((degrees * Math.PI) / 180)));

// Over a square that reaches three sigma to each side, of the distances from its middle.
function around(sigma, weightAt) {
	const radius = Math.min(Math.ceil(3 * sigma), Math.floor(MOST / 2));
	return square(2 * radius + 1, (row, column) => weightAt(row - radius, column - radius));
}
const bell = (sigma) => (row, column) => Math.exp(-(row ** 2 + column ** 2) / (2 * sigma ** 2));

const DESIGNS = {
	box_blur: ({ size }) => square(size, () => 1 / size ** 2),
	gaussian: ({ sigma }) => scaled(around(sigma, bell(sigma))),
	laplacian_of_gaussian({ sigma }) {
		const sum = total(around(sigma, bell(sigma)));
		const weights = around(sigma, (y, x) => (((y ** 2 + x ** 2 - 2 * sigma ** 2) / sigma ** 4) * bell(sigma)(y, x)) / sum);
		const mean = total(weights) / weights.length ** 2;
		return map(weights, (weight) => weight - mean);
	},
	edge({ angle }) {
		const [right, down] = direction(angle);
		const [smooth, difference] = [[1, 2, 1], [-1, 0, 1]];
		return square(3, (row, column) => right * smooth[row] * difference[column] + down * difference[row] * smooth[column]);
	},
	gabor({ angle, wavelength, sigma, phase }) {
		const [right, down] = direction(angle);
		const wave = (row, column) => Math.cos((2 * Math.PI * (right * column + down * row)) / wavelength - (phase * Math.PI) / 180);
		const constant = total(around(sigma, (y, x) => bell(sigma)(y, x) * wave(y, x))) / total(around(sigma, bell(sigma)));
		return around(sigma, (y, x) => bell(sigma)(y, x) * (wave(y, x) - constant));
	},
	motion_blur({ length, angle }) {
		const [right, down] = direction(angle);
		const point = (at) => (at + 0.5) / FINE - length / 2;
		const isInside = (y, x) => Math.abs(right * x + down * y) <= length / 2 && Math.abs(right * y - down * x) <= 1 / 2;
		const fine = square(FINE, () => 0).flat().map((_, at) => [Math.floor(at / FINE), at % FINE]);
		return scaled(square(length, (row, column) => fine.filter(([y, x]) => isInside(point(row * FINE + y), point(column * FINE + x))).length));
	},
};

// The float32 weights of a kernel of the library, null where the browser cannot compute them or a parameter is not finished.
export function design(name, parameters) {
	const values = Object.values(parameters);
	if (!(name in DESIGNS) || !values.every((value) => Number.isFinite(value) && value >= 0)) return null;
	if ([parameters.size, parameters.length].some((side) => side > MOST || side % 1)) return null;
	return map(DESIGNS[name](parameters), Math.fround);
}
