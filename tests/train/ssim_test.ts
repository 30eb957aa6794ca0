import { assertAlmostEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { ssim, ssimMap } from "../../lib/train/ssim.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, scoped } from "../harness.ts";

const reference = { reference: "scipy float64", version: "1.17.1", command: "python tests/golden/ssim.py" };

everyBackend("ssimMap() and ssim() equal the scipy reference", async () => {
  const { a, b, map, mean } = await golden("ssim");
  const tolerance = 2e-5; // σ² = E x² − μ² loses three digits of float32 where the variance is small
  await assertParity(ssimMap(a as tf.Tensor3D, b as tf.Tensor3D), map!, { step: "ssimMap", tolerance, ...reference });
  await assertParity(ssim(a as tf.Tensor3D, b as tf.Tensor3D).reshape([1]), mean!, {
    step: "ssim",
    tolerance,
    ...reference,
  });
});

everyBackend("ssim() has the gradient of the PyTorch reference", async () => {
  const { a, b, gradient } = await golden("ssim");
  const own = tf.grad((x) => ssim(x as tf.Tensor3D, b as tf.Tensor3D))(a!);
  await assertParity(own, gradient!, {
    step: "ssim, gradient",
    tolerance: 1e-6, // partials are about 1e-3, and lose as many digits as the map
    ...reference,
    reference: "PyTorch float64",
    version: "2.13.0",
  });
});

everyBackend("ssim() is 1 for equal pictures and low for unlike ones", async () => {
  const a = tf.randomUniform<tf.Rank.R3>([20, 20, 3], 0, 1, "float32", 1);
  assertAlmostEquals((await ssim(a, a).data())[0]!, 1, 1e-5);
  const other = tf.randomUniform<tf.Rank.R3>([20, 20, 3], 0, 1, "float32", 2);
  assertAlmostEquals((await ssim(a, other).data())[0]!, 0, 0.15);
});

Deno.test("ssim() leaves one tensor, and refuses pictures that do not fit", () =>
  scoped(async () => {
    const picture = (h: number, w: number) => tf.zeros<tf.Rank.R3>([h, w, 3]);
    await leaves("result", { a: picture(12, 15), b: picture(12, 15) }, ({ a, b }) => ssim(a, b));
    const [small, large, other] = [picture(10, 30), picture(30, 30), picture(30, 31)];
    assertStringIncludes(
      (await failsCleanly(() => ssim(small, small))).message,
      "11 pixels a side at least: got 30×10",
    );
    assertStringIncludes((await failsCleanly(() => ssim(large, other))).message, "W");
  }));
