import { assert, assertEquals } from "@std/assert";
import { createDecoders } from "../../lib/gaussian/decode.ts";
import { decodersFor, loadDecoders, saveDecoders } from "../../lib/gaussian/decoder_file.ts";
import { ESTIMATOR_RUN } from "../../lib/train/estimator/run.ts";
import { encodeParameters } from "../../lib/tensor/parameters.ts";
import { failsCleanly, inFolder, leaves, maxAbsDiff } from "../harness.ts";

Deno.test("loadDecoders() reads what saveDecoders() wrote, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    const path = `${folder}/decoders.safetensors`;
    await leaves(0, {}, async () => {
      const decoders = createDecoders({ channels: 4, hidden: [3, 2], shDegree: 1, seed: 9 });
      await saveDecoders(path, { ...decoders, trained: true });
      const loaded = await loadDecoders(path);
      assertEquals(loaded.config, decoders.config);
      assertEquals(loaded.trained, true);
      assertEquals(Object.keys(loaded.shape), ["hidden1", "hidden2", "output"]); // they apply in this order
      assertEquals(await maxAbsDiff(loaded.shape.hidden2!.weight, decoders.shape.hidden2!.weight), 0);
      assertEquals(await maxAbsDiff(loaded.appearance.hidden1!.weight, decoders.appearance.hidden1!.weight), 0);
      decoders.dispose();
      loaded.dispose();
    });
  }));

Deno.test("loadDecoders() refuses files that do not fit", () =>
  inFolder(async (folder) => {
    const path = `${folder}/decoders.safetensors`;
    const decoders = createDecoders({ channels: 4, hidden: [3] });
    const { statistics, shape, appearance } = decoders;
    const refused = async (kind: string, config: Record<string, unknown>): Promise<Error> => {
      const file = { kind, config, trained: false, parameters: { statistics, shape, appearance } };
      await Deno.writeFile(path, await encodeParameters(file));
      return failsCleanly(() => loadDecoders(path));
    };
    const otherKind = await refused("field", { ...decoders.config });
    assertEquals(otherKind.message, `decodeParameters: ${path} holds a field: wanted a decoders`);
    const wider = await refused("decoders", { ...decoders.config, hidden: [4] });
    assert(wider.message.endsWith('"shape.hidden1.weight" must be [4,4]: got [4,3]'), wider.message);
    const unknown = await refused("decoders", { ...decoders.config, gloss: 1 });
    assert(unknown.message.startsWith('loadDecoders: unknown option "gloss"'), unknown.message);
    const notList = await refused("decoders", { ...decoders.config, hidden: 3 });
    assertEquals(notList.message, "loadDecoders: hidden must be a list of widths: got 3");
    const missing = await failsCleanly(() => loadDecoders(`${folder}/nowhere`));
    assert(missing.message.startsWith("loadDecoders: no file at"), missing.message);
    decoders.dispose();
  }));

const MOVENET = { name: "movenet-thunder", channels: 324, levels: { s32: 548, s4: 40, s8: 56, head: 96, rgb: 3 } };

Deno.test("decodersFor() gives the shipped decoders to the encoder they were trained behind, untrained ones to others", async () => {
  await leaves(0, {}, async () => {
    const shipped = await decodersFor(undefined, MOVENET);
    assertEquals([shipped.trained, shipped.config.channels], [true, 647]);
    const { maps, located, condition, colour, reach } = ESTIMATOR_RUN.decoders; // they read what they were trained to read
    const { config } = shipped;
    assertEquals(
      [config.maps, config.located, config.condition, config.colour, config.reach],
      [maps, located, condition, colour, reach],
    );
    const others = await decodersFor(undefined, { name: "averages", channels: 9, levels: { rgb: 3 } });
    assertEquals([others.trained, others.config.channels, others.config.maps], [false, 12, []]);
    shipped.dispose();
    others.dispose();
  });
});

Deno.test("decodersFor() refuses a file whose decoders read other maps", () =>
  inFolder(async (folder) => {
    const path = `${folder}/decoders.safetensors`, decoders = createDecoders({ channels: 7, maps: ["s4", "rgb"] });
    await saveDecoders(path, decoders, { half: true });
    decoders.dispose();
    const error = await failsCleanly(() => decodersFor(path, MOVENET));
    assertEquals(
      error.message,
      `decodersFor: ${path} reads 7 channels of s4, rgb: movenet-thunder gives features 324, s32 548, s4 40, s8 56, head 96, rgb 3`,
    );
  }));
