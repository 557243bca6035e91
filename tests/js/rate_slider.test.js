// The rates of the slider: three digits of a power of ten, worked out by hand.
import assert from "node:assert/strict";
import test from "node:test";
import { rateAt } from "../../convdemo/ui/learn/rate_slider.js";

test("a place of the slider is a rate of three digits", () => {
	assert.equal(rateAt("-0.4"), 0.398); // 10^-0.4 = 0.39811
	assert.equal(rateAt("-8"), 1e-8);
	assert.equal(rateAt("2"), 100);
});
