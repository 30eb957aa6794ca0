import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import { LOCALIZER_METRICS, localizerInputs, openLocalizerBench } from "../../lib/ablate/bench.ts";
import { builtInVariants, READING_ABLATIONS, TRAINING_ABLATIONS } from "../../lib/ablate/catalogue.ts";
import { localizerVariant, storedLocalizer } from "../../lib/ablate/localizer_variant.ts";
import { ablate } from "../../lib/ablate/sweep.ts";
import { canonicalText } from "../../lib/ablate/variant.ts";
import { tailBehind } from "../../lib/encoder/movenet_tail.ts";
import { createLocalizer, saveLocalizer } from "../../lib/localize/localizer.ts";
import { evaluateLocalizer } from "../../lib/train/evaluate.ts";
import { evaluatePhoto, readMarkedPhotos, summarizePhotos } from "../../lib/train/photos.ts";
import { BODY, conditions, OPTIONS, people, tinyBench, UNTRAINED } from "./tiny_bench.ts";

const SET = { set: "everyday", version: 1, people: 2, vertexStride: 50 } as const;

Deno.test("localizerVariant(): seed s measures people s·N to (s + 1)·N − 1, as evaluateLocalizer() does", async () => {
  const before = tf.memory().numTensors, asked: string[] = [];
  const variant = localizerVariant(tinyBench(asked), { name: "as it is", source: UNTRAINED });
  const prepared = await variant.prepare(conditions(1)), { figures, ms } = await prepared.measure(SET, conditions(1));
  prepared.dispose?.();
  assertEquals(asked, ["4 everyday"]);
  const localizer = createLocalizer(OPTIONS);
  const wanted = await evaluateLocalizer(localizer, people(), BODY, { people: 2, from: 2, vertexStride: 50 });
  localizer.dispose();
  for (const name of ["people", "mpjpe_mm", "pve_mm", "pa_mpjpe_mm", "p2d_px", "spearman_u"] as const) {
    assertAlmostEquals(figures[name] as number, wanted[name], 1e-3 * wanted[name] + 1e-9);
  }
  assertEquals(ms! > 0, true);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("localizerVariant(): photos are measured as evaluatePhoto() does, once for all seeds", async () => {
  const bench = tinyBench(), [photo] = await readMarkedPhotos();
  const variant = localizerVariant(bench, { name: "as it is", source: UNTRAINED }), input = { photos: [photo!.file] };
  assertEquals([variant.seedless!(input), variant.seedless!(SET)], [true, false]);
  const detector = await bench.detector(), before = tf.memory().numTensors;
  const prepared = await variant.prepare(conditions()), { figures } = await prepared.measure(input, conditions());
  prepared.dispose?.();
  const localizer = createLocalizer(OPTIONS), encoder = await bench.encoder("made-up", undefined);
  const wanted = summarizePhotos([await evaluatePhoto(photo!, localizer, encoder, detector, BODY.anchored)]);
  localizer.dispose();
  assertEquals(figures, { ...wanted });
  assertEquals(tf.memory().numTensors, before);
  bench.dispose();
});

Deno.test("openLocalizerBench(): a localizer is given the encoder that stops where its tail begins, unless told otherwise", async () => {
  const bench = openLocalizerBench(), { link } = OPTIONS;
  const localizer = createLocalizer({
    encoder: "movenet-thunder",
    link: { ...link, channels: 212, grid: [16, 16], tail: tailBehind(9)! },
  });
  assertEquals((await bench.encoderOf(localizer, undefined)).blocks, [9]);
  assertEquals((await bench.encoderOf(localizer, { blocks: [12] })).blocks, [12]);
  localizer.dispose();
  bench.dispose();
});

Deno.test("ablate(): every built-in ablation that needs no training gives figures and leaves no tensor", async () => {
  const asked: string[] = [], bench = tinyBench(asked);
  await bench.fitting();
  const before = tf.memory().numTensors;
  const variants = await builtInVariants(READING_ABLATIONS, {
    bench,
    given: () => Promise.resolve(UNTRAINED),
    folder: "",
    entries: [],
  });
  const table = await ablate({
    variants,
    inputs: { everyday: SET },
    metrics: LOCALIZER_METRICS,
    progress: { to: "silent" },
  });
  const values = variants.map(({ name }) => {
    const { metrics, errors } = table.summary(name, "everyday");
    assertEquals(errors, []);
    return [name, metrics["mpjpe_mm"]!.mean, metrics["p2d_px"]!.mean] as const;
  });
  assertEquals(values.every(([, a, b]) => Number.isFinite(a) && Number.isFinite(b)), true, String(values));
  const whole = ["whole map", "7 × 7 window"]; // of 4 × 4 cells: what this localizer reads anyway
  const telling = values.filter(([name]) => !whole.includes(name));
  assertEquals(telling.length, values.length - 2);
  const changed = new Set(telling.map(([, a, b]) => `${a.toFixed(3)} ${b.toFixed(3)}`));
  assertEquals(changed.size, telling.length, String(telling.map((row) => row.join(" ")))); // each does something
  assertEquals(asked.includes("2 everyday flipped"), true);
  assertEquals(tf.memory().numTensors, before);
  bench.dispose();
});

Deno.test("builtInVariants() names every variant once, and no two depend on the same", async () => {
  const parts = { bench: tinyBench(), given: () => Promise.resolve(UNTRAINED), folder: "", entries: ["loop.steps=9"] };
  const variants = await builtInVariants([...READING_ABLATIONS, ...TRAINING_ABLATIONS, "flip"], parts);
  assertEquals(new Set(variants.map(({ name }) => name)).size, variants.length);
  assertEquals(new Set(variants.map(({ definition }) => canonicalText(definition))).size, variants.length);
  assertEquals(variants[0]!.name, "as it is");
  assertEquals((await builtInVariants(["encoder"], parts)).map(({ name }) => name), [
    "short run",
    "dinov2-s",
    "both encoders",
  ]);
  await assertRejects(
    () => builtInVariants(["flipp"], parts),
    RangeError,
    "ablate: name must be one of assignment, position2d, flip",
  );
});

Deno.test("localizerVariant() refuses replacements that positions do not come from", () => {
  const reading = { replace: { "drive.means": (means: tf.Tensor) => means } };
  assertThrows(
    () => localizerVariant(tinyBench(), { name: "a", source: UNTRAINED, reading }),
    RangeError,
    'ablate: "drive.means" does not change where a localizer finds points: use pipelineVariant',
  );
});

Deno.test("storedLocalizer() is named by its file's content", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const definitions = [];
    for (const [name, seed] of [["a", 0], ["b", 0], ["c", 1]] as const) {
      const localizer = createLocalizer({ ...OPTIONS, field: { ...OPTIONS.field, seed } });
      await saveLocalizer(join(folder, name), localizer);
      localizer.dispose();
      definitions.push(canonicalText((await storedLocalizer(join(folder, name))).definition));
    }
    assertEquals([definitions[0] === definitions[1], definitions[0] === definitions[2]], [true, false]);
    await assertRejects(() => storedLocalizer(join(folder, "d")), Deno.errors.NotFound, "storedLocalizer: no file at");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("localizerInputs() are the evaluation sets in their version, and the marked photos", async () => {
  const inputs = await localizerInputs(50);
  assertEquals(inputs["hard"], { set: "hard", version: 1, people: 50, vertexStride: 4 });
  assertEquals(Object.keys(inputs), ["everyday", "hard", "photos"]);
});
