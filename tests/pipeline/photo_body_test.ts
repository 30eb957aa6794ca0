import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { slotOrigins } from "../../lib/body/face_frame.ts";
import { aPose } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { type Camera, projectPoints } from "../../lib/image/cameras.ts";
import { fitPhotoBody, resolvePhotoFitOptions } from "../../lib/pipeline/photo_body.ts";
import { scoped } from "../harness.ts";

const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { perFace: 1 });
const camera: Camera = {
  K: [[600, 0, 256], [0, 600, 256], [0, 0, 1]],
  worldToCamera: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
};

/** Gaussians of a body that stands before the camera, as a perfect localizer finds them. */
function located() {
  return tf.tidy(() => {
    const { pose, ...rest } = aPose(body),
      facing = tf.concat2d([tf.tensor2d([[Math.PI, 0, 0]]), pose.slice([1, 0])], 0);
    const { vertices, joints } = skin(body, { ...rest, pose: facing, transl: tf.tensor1d([0.1, 0.4, 3.2]) });
    const slots = slotOrigins(vertices, template), pelvis = joints.slice([0, 0], [1, 3]);
    return {
      position3d: slots.sub<tf.Tensor2D>(pelvis),
      position2d: projectPoints(slots, camera).position,
      uncertainty: tf.fill<tf.Rank.R1>([template.count], 0.02),
    };
  });
}

Deno.test("fitPhotoBody() finds the body of its own Gaussians, with a residual for each", () =>
  scoped(async () => {
    const { fitted, residual, transl } = await fitPhotoBody(template, located(), undefined, camera);
    assertEquals([fitted, residual.shape], [true, [template.count]]);
    assertAlmostEquals((await residual.mean().data())[0]!, 0, 0.01);
    assertAlmostEquals((await transl.data())[2]!, 3.2, 0.1);
  }));

Deno.test("fitPhotoBody(): a Gaussian that is not finite has no residual, and spoils no other's", () =>
  scoped(async () => {
    const { position3d, ...rest } = located(), rows = await position3d.array();
    rows[0] = [NaN, 0, 0]; // none of those that are fitted to: a fit refuses such a point
    const { residual } = await fitPhotoBody(template, { ...rest, position3d: tf.tensor2d(rows) }, undefined, camera);
    const numbers = [...await residual.data()];
    assertEquals(numbers.flatMap((value, i) => Number.isNaN(value) ? [i] : []), [0]);
  }));

Deno.test("resolvePhotoFitOptions() keeps a photo's defaults where nothing is said", () => {
  const { pixelWeight, jointWeight } = resolvePhotoFitOptions({ pixelWeight: undefined, jointWeight: 3 } as object);
  assertEquals([pixelWeight, jointWeight], [10, 3]);
});
