import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { SMALL_BODY } from "../../lib/body/template.ts";
import { coveringMap, CROP, type Encoder } from "../../lib/encoder/encoder.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { tailBehind } from "../../lib/encoder/movenet_tail.ts";
import { CANONICAL_WAVES } from "../../lib/gaussian/canonical_waves.ts";
import { createDecoders } from "../../lib/gaussian/decode.ts";
import { saveDecoders } from "../../lib/gaussian/decoder_file.ts";
import { loadPersonDetector } from "../../lib/image/keypoints.ts";
import { createLocalizer, saveLocalizer } from "../../lib/localize/localizer.ts";
import { createPipeline, type Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { RunOptions } from "../../lib/pipeline/run_options.ts";
import { STEPS, tensorInfo, TENSORS } from "../../lib/pipeline/steps.ts";
import { evaluatePhoto, readMarkedPhotos } from "../../lib/train/photos.ts";
import { anchorBody } from "../../lib/train/points.ts";
import { everyBackend, failsCleanly, inFolder } from "../harness.ts";

const PHOTO = new URL("../../data/astronaut.png", import.meta.url);

/** An encoder that is a picture of the crop: small, fast and frozen. */
const averages: Encoder = {
  name: "averages",
  channels: 3,
  grid: [8, 8],
  levels: { rgb: 3 },
  encode: (crop) =>
    Promise.resolve({
      features: coveringMap(tf.avgPool(crop, CROP / 8, CROP / 8, "valid")),
      pyramid: { rgb: coveringMap(crop.clone()) },
    }),
  dispose: () => {},
};

async function withPipeline(fn: (pipeline: Pipeline) => Promise<void>): Promise<void> {
  const pipeline = await createPipeline({ encoder: averages, body: SMALL_BODY });
  try {
    await fn(pipeline);
  } finally {
    pipeline.dispose();
  }
}

/** The numbers of a tensor kept by one run. */
async function recorded(pipeline: Pipeline, name: string, options: RunOptions = {}): Promise<Float32Array> {
  const run = await pipeline.run(PHOTO, { record: [name], ...options });
  const numbers = await run.trace.tensor(name).data();
  run.dispose();
  return numbers as Float32Array;
}

Deno.test("Pipeline.run() passes every tensor of docs/steps.md, in its order", () =>
  withPipeline(async (pipeline) => {
    const run = await pipeline.run(PHOTO, { watch: { gaussians: [0] } });
    const names = run.trace.rows.map(({ name }) => name);
    const known = new Set(names.map((name) => tensorInfo(name)?.name));
    assertEquals(TENSORS.map(({ name }) => name).filter((name) => !known.has(name)), []);
    assert(!known.has(undefined));
    const steps = names.map((name) => STEPS.findIndex(({ step }) => step === name.split(".")[0]));
    assert(steps.every((step, i) => i === 0 || step >= steps[i - 1]!), "rows are in pipeline order");
    assertEquals(run.trace.rows.filter(({ nonFinite }) => nonFinite > 0), []);
    run.dispose();
  }));

Deno.test("Pipeline.run() leaves only its result behind, and nothing once that is disposed of", () =>
  withPipeline(async (pipeline) => {
    const before = tf.memory().numTensors;
    const run = await pipeline.run(PHOTO, { record: "all", watch: { joints: ["left_elbow"] } });
    run.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("createPipeline() frees everything when disposed of, and when it fails", async () => {
  const before = tf.memory().numTensors;
  await withPipeline(() => Promise.resolve());
  assertEquals(tf.memory().numTensors, before);
  const both = await failsCleanly(() => createPipeline({ encoder: averages, body: SMALL_BODY, perFace: 1, total: 9 }));
  assertStringIncludes(both.message, "perFace and total exclude each other");
  await failsCleanly(() => createPipeline({ encoder: averages, body: SMALL_BODY, perFace: 0 }));
  const file = await failsCleanly(() =>
    createPipeline({ encoder: averages, body: SMALL_BODY, localizer: "nowhere.safetensors" })
  );
  assertStringIncludes(file.message, "nowhere.safetensors");
  const chunk = await failsCleanly(() => createPipeline({ encoder: averages, body: SMALL_BODY, chunk: 0 }));
  assertStringIncludes(chunk.message, "chunk must be a whole number at least 1: got 0");
  const encoder = await failsCleanly(() => createPipeline({ encoder: {} as Encoder }));
  assertStringIncludes(encoder.message, "encoder must be a name or an Encoder");
  const option = await failsCleanly(() => createPipeline({ gaussians: 4 } as object));
  assertStringIncludes(option.message, 'createPipeline: unknown option "gaussians"');
});

Deno.test("createPipeline() loads a named encoder so that a localizer of your own reads it, and refuses one that does not", () =>
  inFolder(async (folder) => {
    const path = `${folder}/nine.safetensors`, link = { channels: 212, width: 8, tail: tailBehind(9)! };
    const localizer = createLocalizer({ encoder: "movenet-thunder", link, field: { hidden: [4] } });
    await saveLocalizer(path, localizer);
    localizer.dispose();
    const pipeline = await createPipeline({ body: SMALL_BODY, localizer: path });
    assertEquals(pipeline.encoder.blocks, [9]);
    pipeline.dispose();
    const encoder = await loadEncoder("movenet-thunder");
    const block = await failsCleanly(() => createPipeline({ encoder, body: SMALL_BODY, localizer: path }));
    assertStringIncludes(block.message, "what block 9 makes");
    encoder.dispose();
    const other = await failsCleanly(() => createPipeline({ encoder: "dinov2-s", body: SMALL_BODY, localizer: path }));
    assertStringIncludes(other.message, "what movenet-thunder makes");
  }));

Deno.test("Pipeline.run() says the same twice", () =>
  withPipeline(async (pipeline) => {
    assertEquals(await recorded(pipeline, "render.image"), await recorded(pipeline, "render.image"));
  }));

Deno.test("Pipeline.run() takes a tensor as photo and leaves it to its owner", () =>
  withPipeline(async (pipeline) => {
    const photo = tf.zeros<tf.Rank.R3>([40, 60, 3]);
    const run = await pipeline.run(photo);
    assertEquals(run.person.found, false);
    assertStringIncludes(run.notices[0]!, "whole image");
    run.dispose();
    assertEquals(photo.isDisposed, false);
    photo.dispose();
  }));

Deno.test("Pipeline.run() refuses photos, sizes and names before it does any work", () =>
  withPipeline(async (pipeline) => {
    const refused = async (photo: tf.Tensor3D, words: string) => {
      const error = await failsCleanly(() => pipeline.run(photo));
      assertStringIncludes(error.message, words);
      photo.dispose();
    };
    await refused(tf.fill([40, 40, 3], 255), "photo must hold colours from 0 to 1: got 255 to 255: divide by 255?");
    await refused(tf.fill([40, 40, 3], NaN), "photo must be finite: 4800 of its numbers are not");
    await refused(tf.zeros([40, 40, 4]), 'photo must be "h w 3"');
    const size = await failsCleanly(() => pipeline.run(PHOTO, { pictureSize: 1.5 }));
    assertStringIncludes(size.message, "pictureSize must be a whole number from 1 to");
    const name = await failsCleanly(() => pipeline.run(PHOTO, { record: ["localize.heatmap2d"] }));
    assertStringIncludes(name.message, "passes in chunks of Gaussians: name those to keep in watch");
  }));

Deno.test("Pipeline.run() says which numbers are not finite", () =>
  withPipeline(async (pipeline) => {
    const replace = { "drive.means": (means: tf.Tensor) => means.mul(NaN) };
    const run = await pipeline.run(PHOTO, { replace });
    assertStringIncludes(run.notices[0]!, "not finite, first in drive.means");
    run.dispose();
  }));

Deno.test("Pipeline.run() after dispose() says so", async () => {
  const pipeline = await createPipeline({ encoder: averages, body: SMALL_BODY });
  pipeline.dispose();
  pipeline.dispose();
  await assertRejects(() => pipeline.run(PHOTO), Error, "this pipeline was disposed of");
});

Deno.test("Pipeline.run() lays the fitted body over the person, for any field of view, and stands it up if told", async () => {
  const pipeline = await createPipeline({ body: SMALL_BODY, total: 500 });
  const overlap = async (options: RunOptions) => {
    const run = await pipeline.run(PHOTO, { record: ["render.image", "image.mask"], views: "upright", ...options }); // as the demo looks
    const covered = await run.trace.tensor("render.image").data(), mask = await run.trace.tensor("image.mask").data();
    let inside = 0, all = 0;
    for (let i = 0; i < mask.length; i++) {
      if (covered[4 * i + 3]! < 0.5) continue;
      all++;
      if (mask[i]! > 0.5) inside++;
    }
    const [, , distance] = await run.body.parameters.transl.data();
    const { fitted } = run.body;
    run.dispose();
    return { inside: inside / all, distance: distance!, fitted };
  };
  const guessed = await overlap({}),
    narrow = await overlap({ fieldOfView: 0.4 }),
    standing = await overlap({ fit: false });
  assert(guessed.inside > 0.85, `drawn on the person: ${guessed.inside}`);
  assert(narrow.inside > 0.85, `drawn on the person: ${narrow.inside}`);
  assert(narrow.distance > 1.8 * guessed.distance, "a longer lens sees the person from farther away");
  assertEquals([guessed.fitted, standing.fitted], [true, false]);
  await assertRejects(() => pipeline.run(PHOTO, { fieldOfView: 4 }), RangeError, "fieldOfView must be above 0");
  await assertRejects(() => pipeline.run(PHOTO, { fit: { polish: -1 } }), RangeError, "polish");
  const own = { fit: { camera: undefined } } as unknown as RunOptions;
  await assertRejects(() => pipeline.run(PHOTO, own), TypeError, "camera follows from the photo");
  pipeline.dispose();
});

Deno.test("Pipeline.run() without a fit reads colours where the localizer found each Gaussian, and says so", async () => {
  const pipeline = await createPipeline({ body: SMALL_BODY, total: 500 });
  assertEquals(pipeline.decoders.config.located, "body");
  const together = (p: tf.Tensor) => { // Gaussians 0 and 300 are found in the crop's middle
    const others = tf.tensor2d(Array.from({ length: p.shape[0] }, (_, i) => [i === 0 || i === 300 ? 0 : 1]));
    return p.mul(others).add(tf.sub(1, others).mul(CROP / 2));
  };
  const read = async (fit: false | undefined) => {
    const run = await pipeline.run(PHOTO, {
      ...(fit === false && { fit }),
      watch: { gaussians: [0, 300] },
      record: ["sample.feature"],
      replace: { "localize.position2d": together },
    });
    const [one, other] = await run.trace.tensor("sample.feature").array() as number[][], { notices } = run;
    run.dispose();
    return { equal: String(one) === String(other), notices: notices.join("\n") };
  };
  const standing = await read(false), fitted = await read(undefined);
  assertEquals([standing.equal, fitted.equal], [true, false]);
  assertStringIncludes(standing.notices, "Colours are read where the localizer found each Gaussian, because no body");
  assert(!fitted.notices.includes("Colours are read"));
  pipeline.dispose();
});

Deno.test("Pipeline.run() says what is untrained and not fitted", () =>
  withPipeline(async (pipeline) => {
    const run = await pipeline.run(PHOTO);
    const said = run.notices.join("\n");
    for (const words of ["localizer is untrained", "decoders are untrained", "not fitted"]) {
      assertStringIncludes(said, words);
    }
    assertEquals(run.body.fitted, false);
    const notes = (name: string) => run.trace.rows.find((row) => row.name === name)!.notes;
    assertEquals(notes("localize.position2d"), ["untrained"]);
    assert(!said.includes("looked at"));
    assertEquals(notes("drive.means"), ["untrained", "not fitted"]);
    run.dispose();
  }));

Deno.test("Pipeline.run() says when it cannot look in the views that are wanted", () =>
  withPipeline(async (pipeline) => {
    const run = await pipeline.run(PHOTO, { views: "upright" });
    assertEquals(run.views, [{ turns: 0, mirrored: false }]);
    assertStringIncludes(
      run.notices.join("\n"),
      'The crop alone was looked at, not "upright": the localizer is untrained',
    );
    run.dispose();
  }));

Deno.test("replace takes over a whole tensor, and all that follows is made from it", () =>
  withPipeline(async (pipeline) => {
    const replace = { "localize.position2d": (p: tf.Tensor) => tf.onesLike(p).mul(CROP / 2) };
    const seen: number[][] = [];
    const feature = await recorded(pipeline, "sample.feature", {
      replace,
      watch: { gaussians: [0, 7] },
      record: [],
      onStep: (step, number, of) => seen.push([number, of, step.length]),
    });
    const width = feature.length / 2;
    assertEquals(feature.slice(0, width), feature.slice(width), "both are sampled at the same place");
    assertEquals(seen.map(([number]) => number), STEPS.map((_, i) => i));
  }));

Deno.test("replace takes over heatmaps chunk by chunk: a peak moves every Gaussian to it", () =>
  withPipeline(async (pipeline) => {
    const rows: number[] = [];
    const peak = (heat: tf.Tensor, { rows: some }: { rows?: Int32Array }) => {
      rows.push(...some!);
      const [n, h, w] = heat.shape as [number, number, number];
      return tf.oneHot(tf.fill([n], 3 * w + 5, "int32"), h * w).mul(100).reshape([n, h, w]); // row 3, column 5
    };
    const run = await pipeline.run(PHOTO, {
      record: ["localize.position2d"],
      replace: { "localize.heatmap2d": peak },
      watch: { gaussians: [2] },
    });
    const places = await run.trace.tensor("localize.position2d").data();
    for (let i = 0; i < places.length; i += 2) {
      assert(Math.abs(places[i]! - 5.5 * 64) < 1e-2 && Math.abs(places[i + 1]! - 3.5 * 64) < 1e-2);
    }
    const watched = await run.trace.tensor("localize.heatmap2d").data();
    assertEquals(watched[3 * 8 + 5], 100, "what is watched is the replacement");
    assertEquals(new Set(rows).size, pipeline.template.count + 1, "every Gaussian, and the pelvis");
    run.dispose();
  }));

Deno.test("Pipeline.run() that fails anywhere leaves nothing behind", () =>
  withPipeline(async (pipeline) => {
    const wrong = () => tf.zeros([1]);
    for (
      const name of [
        "image.crop",
        "encoder.features",
        "encoder.linked",
        "field.weights",
        "localize.heatmap3d",
        "localize.uncertainty",
        "sample.feature",
        "decode.sh",
        "fit.pose",
        "drive.scales",
        "render.image",
      ]
    ) {
      const error = await failsCleanly(() =>
        pipeline.run(PHOTO, { record: "all", watch: { gaussians: [1] }, replace: { [name]: wrong } })
      );
      assertStringIncludes(error.message, `the replacement of "${name}" must be [`);
    }
    await failsCleanly(() => pipeline.run(new Uint8Array([1, 2, 3])));
    await failsCleanly(() => pipeline.run("nowhere.jpg"));
    await failsCleanly(() => pipeline.run(PHOTO, { recrod: [] } as object));
  }));

Deno.test("Pipeline.run() stops when its signal is aborted", () =>
  withPipeline(async (pipeline) => {
    const stop = new AbortController();
    const onStep = (step: string) => step === "decode" && stop.abort();
    await failsCleanly(() => pipeline.run(PHOTO, { signal: stop.signal, onStep }));
  }));

Deno.test("watch names Gaussians by number, face, joint and vertex, each once", () =>
  withPipeline(async (pipeline) => {
    const { template, body } = pipeline;
    const vertex = body.faces[0]!;
    const run = await pipeline.run(PHOTO, {
      watch: { gaussians: [3], faces: [3, 0], joints: ["head"], vertices: [vertex] },
    });
    const { indices, labels } = run.watched;
    assertEquals([...indices.slice(0, 2)], [3, 0]);
    assertEquals(labels.slice(0, 2), ["Gaussian 3", "face 0"]);
    assert(labels.includes("head") && labels.includes(`vertex ${vertex}`));
    assertEquals(new Set(indices).size, indices.length);
    assertEquals(run.trace.tensor("localize.heatmap2d").shape, [indices.length, 8, 8]);
    const head = [...indices].at(labels.indexOf("head"))!;
    const [, y] = await template.canonical.slice([head, 0], [1, 3]).data();
    assert(y! > 0.2, "the head's Gaussian is above the shoulders");
    run.dispose();
    await assertRejects(
      () => pipeline.run(PHOTO, { watch: { joints: ["tail"] } }),
      RangeError,
      "every joint must be one of pelvis",
    );
    await assertRejects(
      () => pipeline.run(PHOTO, { watch: { gaussians: [1e9] } }),
      RangeError,
      "every Gaussian's number",
    );
    await assertRejects(
      () => pipeline.run(PHOTO, { watch: { joint: ["head"] } as object }),
      TypeError,
      'unknown option "joint"',
    );
  }));

everyBackend("Pipeline.run() finds the astronaut and her shoulders with the shipped weights", async () => {
  const pipeline = await createPipeline({ encoder: "movenet-thunder", body: SMALL_BODY });
  const run = await pipeline.run(PHOTO, { views: "upright" }); // as the demo looks
  assertEquals([run.person.found, pipeline.localizer.trained, run.body.fitted], [true, true, true]);
  assert(run.body.unseen.includes("left_foot") && !run.body.unseen.includes("head"), "the feet are out of the picture");
  assertStringIncludes(run.notices.join("\n"), "too uncertain to be believed: ");
  // As `task evaluate` measures: the joints themselves, where they were marked by hand; the skin around a shoulder has its middle 2 cm above the joint.
  const [photo] = await readMarkedPhotos(), detector = await loadPersonDetector();
  const { points } = await evaluatePhoto(
    photo!,
    pipeline.localizer,
    pipeline.encoder,
    detector,
    await anchorBody(pipeline.body),
    "upright",
  );
  detector.dispose();
  for (const joint of ["left_shoulder", "right_shoulder"]) {
    const { localizer: error } = points[joint]!;
    assert(error < 0.06, `${joint} is ${(100 * error).toFixed(1)} % of the crop off`);
  }
  run.dispose();
  pipeline.dispose();
}, { size: "large" });

Deno.test("Pipeline.run() tells decoders what the photo shows of the body, and frees it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/decoders.safetensors`;
    const decoders = createDecoders({
      channels: 3,
      maps: ["rgb"],
      located: "body",
      condition: "feature+canonical+sight+kin",
      colour: "chosen",
      encoding: CANONICAL_WAVES,
      reach: 0.1,
    });
    await saveDecoders(path, { ...decoders, trained: true });
    decoders.dispose();
    const pipeline = await createPipeline({ encoder: averages, body: SMALL_BODY, decoders: path });
    const before = tf.memory().numTensors;
    const run = await pipeline.run(PHOTO, { record: ["decode.sh"], watch: { gaussians: [3] } });
    const colours = await run.trace.tensor("decode.sh").data();
    assert(new Set(colours).size > 1000, "colours are the photo's, and differ");
    assert(!run.notices.some((notice) => notice.includes("decoders are untrained")));
    run.dispose();
    assertEquals(tf.memory().numTensors, before);
    pipeline.dispose();
  }));
