import { assert, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { loadField } from "../../lib/field/field_file.ts";
import { loadSignature } from "../../lib/field/gps.ts";
import { readSafetensors, writeSafetensors } from "../../lib/format/safetensors.ts";
import { linkFeatures } from "../../lib/localize/link.ts";
import { locate } from "../../lib/localize/locate.ts";
import {
  createLocalizer,
  loadLocalizer,
  type Localizer,
  type LocalizerOptions,
  saveLocalizer,
} from "../../lib/localize/localizer.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";

const options: LocalizerOptions = {
  encoder: "mine",
  link: { channels: 9, width: 7, normalization: "channel" },
  field: { frequencies: 4, hidden: [6, 5] },
  head: { box: 2, uncertaintyOffset: -1, pelvis: [0, -0.3, 0] },
};

async function inFolder(fn: (path: string) => unknown): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fn(`${folder}/localizer.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function positions({ link, field, head }: Localizer): Promise<tf.Tensor2D> {
  const map = tf.randomNormal<tf.Rank.R3>([5, 5, 9], 0, 1, "float32", 4);
  const points = tf.tensor2d([[0.2, 0.1, 0], [-0.2, -1, 0.1]]);
  return (await locate(linkFeatures(coveringMap(map), link), field, points, head)).position2d;
}

everyBackend(
  "saveLocalizer() and loadLocalizer() keep every number, the constants and whether it is trained",
  () =>
    inFolder(async (path) => {
      const localizer = createLocalizer(options);
      await saveLocalizer(path, { ...localizer, trained: true });
      const read = await loadLocalizer(path, { encoder: { name: "mine", channels: 9 } });
      assertEquals([read.config, read.trained, read.head], [localizer.config, true, localizer.config.head]);
      assertEquals([read.config.field.linkWidth, read.head.box, read.head.assignment], [7, 2, "nlf-gs"]);
      assertEquals(await maxAbsDiff(await positions(read), await positions(localizer)), 0);
    }),
);

Deno.test("saveLocalizer() in half precision moves positions by less than a pixel", () =>
  scoped(() =>
    inFolder(async (path) => {
      const localizer = createLocalizer(options);
      await saveLocalizer(path, localizer, { half: true });
      const moved = await maxAbsDiff(await positions(await loadLocalizer(path)), await positions(localizer));
      assert(moved > 0 && moved < 1, `${moved}`);
    })
  ));

Deno.test("loadField() takes the field out of a localizer's file, GPS or not", () =>
  scoped(() =>
    inFolder(async (path) => {
      const extras = { signature: await loadSignature() };
      for (const encoding of ["fourier", "gps"] as const) {
        const localizer = createLocalizer({ ...options, field: { encoding, hidden: [5] } }, extras);
        await saveLocalizer(path, localizer);
        const field = await loadField(path), points = tf.tensor2d([[0.1, 0.2, 0]]);
        assertEquals(field.config, localizer.config.field);
        assertEquals(await maxAbsDiff(field.hidden(points), localizer.field.hidden(points)), 0);
      }
    })
  ));

Deno.test("loadLocalizer() without a file is the shipped one behind its encoder, an untrained one behind any other", () =>
  scoped(async () => {
    const { trained, config } = await loadLocalizer(undefined, { encoder: { name: "tiny", channels: 3 } });
    assertEquals([trained, config.encoder, config.link.channels], [false, "tiny", 3]);
    const shipped = await loadLocalizer();
    assertEquals([shipped.trained, shipped.config.encoder], [true, "movenet-thunder"]);
    const encoder = { name: "movenet-thunder", channels: shipped.config.link.channels };
    assertEquals((await loadLocalizer(undefined, { encoder })).trained, true);
    assertEquals((await loadLocalizer(undefined, { encoder: { ...encoder, channels: 5 } })).trained, false);
    assertEquals((await loadLocalizer(undefined, { encoder: { ...encoder, grid: [3, 3] } })).trained, false);
  }));

Deno.test("createLocalizer() and loadLocalizer() say what is wrong, and leave nothing behind", () =>
  inFolder(async (path) => {
    const localizer = createLocalizer(options);
    await saveLocalizer(path, localizer);
    localizer.dispose();
    const { arrays, metadata } = readSafetensors(await Deno.readFile(path));
    const rewrite = (change: Record<string, unknown>, header: Record<string, string> = {}) => {
      const entries = Object.entries({ ...Object.fromEntries(arrays), ...change }).filter(([, array]) => array);
      const file = writeSafetensors(Object.fromEntries(entries) as Parameters<typeof writeSafetensors>[0], {
        ...metadata,
        ...header,
      });
      Deno.writeFileSync(path, file);
    };
    const load = () => loadLocalizer(path);
    const fail = async (message: RegExp, fn: () => unknown = load) =>
      assertMatch((await failsCleanly(fn)).message, message);

    await fail(
      /encoder of .* must be one of movenet-thunder: got "mine"/,
      () => loadLocalizer(path, { encoder: { name: "movenet-thunder", channels: 9 } }),
    );
    rewrite({ "field.readout": undefined });
    await fail(/lacks the parameter "field\.readout" \[6,80\]/);
    rewrite({ "link.projection.bias": { shape: [7], data: new Float32Array(7).fill(NaN) } });
    await fail(/"link\.projection\.bias" holds NaN at 0/);
    rewrite({ "link.projection.bias": { shape: [8], data: new Float32Array(8) } });
    await fail(/"link\.projection\.bias" must be \[7\]: got \[8\]/);
    rewrite({}, { kind: "decoders" });
    await fail(/holds a decoders: wanted a localizer/);
    rewrite({}, { config: metadata.config!.replace('"box"', '"bax"') });
    await fail(/unknown option "bax"/);
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 900));
    await fail(/is no safetensors file/);

    const create = (change: Partial<LocalizerOptions>) => () => createLocalizer({ ...options, ...change });
    await fail(/field\.linkWidth must be the link's width 7: got 8/, create({ field: { linkWidth: 8 } }));
    await fail(/needs \{ signature/, create({ field: { encoding: "gps" } }));
    await fail(/assignment must be one of nlf-gs, nlf/, create({ head: { assignment: "other" as "nlf" } }));
  }));

Deno.test("Localizer.dispose() frees all, on the way through a file too", () =>
  inFolder(async (path) => {
    await leaves(0, {}, async () => {
      const localizer = createLocalizer(options);
      await saveLocalizer(path, localizer);
      localizer.dispose();
      (await loadLocalizer(path)).dispose();
    });
  }));
