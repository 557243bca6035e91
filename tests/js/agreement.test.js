// Do the two matrix products agree with the output? Expected differences are worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import { differences } from "../../convdemo/ui/step/agreement.js";

test("each product is compared with the outputs as they stand, place by place", () => {
  const products = { im2col: [19, 25, 37, 43], toeplitz: [19, 25.5, 36, 43] };
  assert.deepEqual(differences(products, [19, 25, 37, 43]), { im2col: "0", toeplitz: "1" });
  assert.deepEqual(differences(products, [19, 25, 37, 40]), { im2col: "3", toeplitz: "3" }); // a wrong output shows
});

test("a difference in the last digits of float32 is no 0", () => {
  const { im2col } = differences({ im2col: [1] }, [Math.fround(1 - 2 ** -24)]);
  assert.match(im2col, /^(5\.96|6\.0).*[8⁸]$/); // 2 ** -24
});
