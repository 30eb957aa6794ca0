import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { SMALL_BODY } from "../../lib/body/template.ts";
import { skin } from "../../lib/body/skinning.ts";
import { CROP } from "../../lib/encoder/encoder.ts";
import type { Avatar } from "../../lib/gaussian/assemble.ts";
import { scaleCamera } from "../../lib/image/cameras.ts";
import { avatarOfParameters, avatarOn, bodyOf } from "../../lib/pipeline/avatar_of_crop.ts";
import { createPipeline, type Pipeline } from "../../lib/pipeline/pipeline.ts";
import { disposeAll, TensorScope } from "../../lib/tensor/scope.ts";
import { maxAbsDiff } from "../harness.ts";

const PHOTO = new URL("../../data/astronaut.png", import.meta.url), SIDE = 96;
const DECODED = ["translation", "rotation", "scale", "opacity", "sh"] as const;

const free = ({ template: _, ...tensors }: Avatar) => disposeAll(tensors);

/** The astronaut's run, and all that making its avatar again takes. */
async function photographed(scope: TensorScope, pipeline: Pipeline) {
  const record = ["image.*", "localize.position2d", "render.image"];
  const run = await pipeline.run(PHOTO, { record, pictureSize: SIDE, views: "upright" });
  const crop = run.trace.tensor<tf.Tensor3D>("image.crop"), mask = run.trace.tensor<tf.Tensor2D>("image.mask");
  const encoded = scope.own(await pipeline.encoder.encode(crop));
  const { parameters } = run.body, { vertices } = scope.own({ ...skin(pipeline.body, parameters) });
  return { run, crop, encoded, parameters, body: { vertices, mask, camera: scaleCamera(run.camera, CROP / SIDE) } };
}

Deno.test({
  name: "the body and the avatar of a crop are those of a run of the photo, and all is freed",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const pipeline = await createPipeline({ body: SMALL_BODY, total: 500 });
    using scope = new TensorScope();
    const { run, crop, encoded, parameters, body } = await photographed(scope, pipeline);

    const before = tf.memory().numTensors;
    const located = await bodyOf(pipeline, encoded, crop, body.camera);
    for (const name of ["betas", "pose", "transl"] as const) {
      assert(await maxAbsDiff(located.fitted[name], parameters[name]) < 1e-5, name);
    }
    assert(await maxAbsDiff(located.position2d, run.trace.tensor("localize.position2d")) < 1e-3);
    disposeAll({ ...located.fitted }, located.position2d);

    for (
      const avatar of [
        await avatarOn(pipeline, encoded, crop, body),
        await avatarOfParameters(pipeline, encoded, crop, body, parameters),
      ]
    ) {
      for (const name of DECODED) assert(await maxAbsDiff(avatar[name], run.avatar[name]) < 1e-5, name);
      free(avatar);
    }
    assertEquals(tf.memory().numTensors, before);
    run.dispose();
    pipeline.dispose();
  },
});
