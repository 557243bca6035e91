// Do the two matrix products give the output that stands above them? It was added up in the browser, they on the server.
import { show } from "../parts/values.js";

// products: numbers by name, in the order of the outputs. The largest difference of each from these, as text.
export function differences(products, outputs) {
	const largest = (product) => Math.max(...product.map((value, index) => Math.abs(value - outputs[index])));
	return Object.fromEntries(Object.entries(products).map(([name, product]) => [name, show(largest(product))]));
}
