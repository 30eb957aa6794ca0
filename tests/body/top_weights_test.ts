import { assertEquals, assertThrows } from "@std/assert";
import { topWeights } from "../../lib/body/top_weights.ts";

Deno.test("topWeights() keeps the largest of every row, scaled to sum to 1", () => {
  const { joints, weights } = topWeights(Float32Array.of(0.1, 0.5, 0, 0.4, 0, 0, 1, 0), 4, 2);
  assertEquals([...joints], [1, 3, 2, 0]);
  assertEquals([...weights].map((weight) => Math.round(1e4 * weight)), [5556, 4444, 10000, 0]);
});

Deno.test("topWeights() keeps everything where there is little", () => {
  assertEquals([...topWeights(Float32Array.of(0.25, 0, 0.75), 3, 3).weights], [0.75, 0.25, 0]);
  assertThrows(
    () => topWeights(new Float32Array(4), 4, 5),
    RangeError,
    "topWeights: k must be a whole number from 1 to 4: got 5",
  );
});
