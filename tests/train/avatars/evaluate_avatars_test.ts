import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadSegmenter } from "../../../lib/image/mask.ts";
import { createPipeline } from "../../../lib/pipeline/pipeline.ts";
import { evaluateAvatars } from "../../../lib/train/avatars/evaluate_avatars.ts";
import { refinedToPhoto } from "../../../lib/train/avatars/refined_avatar.ts";
import { VIEW_ANGLES } from "../../../lib/train/avatars/subject.ts";
import { useBackend } from "../../../lib/tensor/backend.ts";

await useBackend("wasm");
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "evaluateAvatars() measures every picture, from the photo alone and on the true body, and frees all",
  ...unsanitized,
  fn: async () => {
    const pipeline = await createPipeline({ total: 3000 }), segmenter = await loadSegmenter();
    const before = tf.memory().numTensors, makers: string[] = [];
    const figures = await evaluateAvatars({ ...pipeline, segmenter }, {
      people: 1,
      size: 64,
      onPicture: (_subject, { maker, metrics }) => void makers.push(`${maker} ${metrics.psnr > 5}`),
    });
    assertEquals(tf.memory().numTensors, before);
    assertEquals(makers.filter((text) => text === "photo true").length, 8); // photo, five views, two poses
    assertEquals(makers.filter((text) => text === "truth_body true").length, 8);
    const { people, input_view, new_view, new_pose, by_angle, truth_body } = figures;
    assertEquals([people, input_view.pictures, new_view.pictures, new_pose.pictures], [1, 1, 5, 2]);
    assertEquals(Object.keys(by_angle), VIEW_ANGLES.map(String));
    assert(truth_body.new_view.mask_iou > 0.75, "the true body covers the person");
    assert(truth_body.new_view.mask_iou > new_view.mask_iou, "the true body is the ceiling");
    const { nearest_visible_pixel, mean_colour } = truth_body.input_view.baselines;
    assert(nearest_visible_pixel.psnr > mean_colour.psnr, "a texture beats one colour where it was taken");
    pipeline.dispose();
    segmenter.dispose();
  },
});

Deno.test({
  name: "evaluateAvatars() aborted while an avatar is changed tells of and shows whole people alone, and frees all",
  ...unsanitized,
  fn: async () => {
    const pipeline = await createPipeline({ total: 500 }), segmenter = await loadSegmenter();
    const before = tf.memory().numTensors, stop = new AbortController(), made: string[] = [];
    const people = new Set<unknown>(), shown: string[] = [];
    const figures = await evaluateAvatars({ ...pipeline, segmenter }, {
      people: 2,
      size: 64,
      signal: stop.signal,
      onPicture: async ({ person }, { maker, truth, shown: { image } }) => {
        people.add(person);
        shown.push(`${maker} ${truth.kind} ${(await image.data()).length}`);
      },
      change: async (given) => {
        made.push(given.maker);
        if (made.length === 4) stop.abort(); // the second person's first avatar has been measured
        return await refinedToPhoto({ steps: 1, size: 64, signal: stop.signal })(given);
      },
    });
    assertEquals(tf.memory().numTensors, before);
    assertEquals(made, ["photo", "truth_body", "photo", "truth_body"]);
    assertEquals([figures.people, figures.truth_body.new_view.pictures, figures.new_view.pictures], [1, 5, 5]);
    assertEquals([people.size, shown.length], [1, 16]);
    assertEquals(shown.filter((text) => text === "truth_body new_view 12288").length, 5);
    pipeline.dispose();
    segmenter.dispose();
  },
});

Deno.test({
  name: "evaluateAvatars() refuses more people than there are",
  ...unsanitized,
  fn: async () => {
    await assertRejects(
      () => evaluateAvatars({} as never, { people: 601 }),
      RangeError,
      "people must be from 1 to 600",
    );
  },
});
