import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { blockBefore, MOVENET_TAIL, moveNetTail, tailBehind, TAILS_FOLLOW } from "../../lib/encoder/movenet_tail.ts";
import { createLink, linkCells, linkFeatures, linkShapes, normalizeCells, tailCells } from "../../lib/localize/link.ts";
import type { BlockParameters } from "../../lib/localize/mixing.ts";
import { isLearned, runTail, type TailConfig, tailedChannels } from "../../lib/localize/tail.ts";
import { flattenParameters, unflattenParameters } from "../../lib/tensor/parameters.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff } from "../harness.ts";

const SMALL: TailConfig = {
  reads: 3,
  stages: [{ channels: 4, blocks: 2, stride: 1 }, { channels: 5, blocks: 2, stride: 2 }],
};
const GRID = { batch: 2, h: 4, w: 6 };
const blocksOf = (flat: Readonly<Record<string, tf.Tensor>>) =>
  unflattenParameters(flat) as Record<string, BlockParameters>;

const FINER: TailConfig = {
  reads: 12,
  finer: 2,
  stages: [
    { channels: 4, blocks: 2, stride: 1 },
    { channels: 5, blocks: 1, stride: 2 },
    { channels: 6, blocks: 1, stride: 2 },
  ],
};

for (const [name, config, of] of [["same", SMALL, "a tail"], ["finer", FINER, "a tail of finer cells"]] as const) {
  everyBackend(`${of} and its gradients equal PyTorch's`, async () => {
    const saved = Object.entries(await golden("tail")).filter(([path]) => path.startsWith(`${name}.`));
    const given = Object.fromEntries(saved.map(([path, tensor]) => [path.slice(name.length + 1), tensor]));
    const variables: Record<string, tf.Variable> = {}, all: Record<string, tf.Tensor> = {};
    for (const [path, tensor] of Object.entries(given)) {
      const own = path.replace("theta.", "");
      if (own !== path) all[own] = isLearned(own.split(".")[1]!) ? variables[own] = tf.variable(tensor) : tensor;
    }
    const run = () => runTail(given.cells as tf.Tensor2D, config, blocksOf(all), GRID);
    const parity = (step: string, tolerance: number) => ({
      step: `encoder.linked, ${step}`,
      reference: "the equations in float64 with torch.autograd",
      version: "2.13.0",
      command: "python tests/golden/tail.py",
      tolerance,
    });
    await assertParity(run(), given.tailed!, parity(of, 1e-4)); // four blocks of float32 sums
    const { grads } = tf.variableGrads(() => run().mul(given.weights!).sum<tf.Scalar>(), Object.values(variables));
    for (const [path, variable] of Object.entries(variables)) {
      const wanted = given[`gradient.${path}`]!, largest = (await wanted.abs().max().data())[0]!;
      await assertParity(grads[variable.name]!, wanted, parity(`gradient of ${of}, ${path}`, 1e-4 + 1e-4 * largest));
    }
  }, { size: "medium" });
}

everyBackend("a tail with MoveNet's own blocks, of any length, sees what MoveNet sees", async () => {
  const picture = tf.randomUniform<tf.Rank.R3>([512, 512, 3], 0, 1, "float32", 3);
  for (const follows of TAILS_FOLLOW) {
    const encoder = await loadEncoder("movenet-thunder", { blocks: [follows] }), tail = tailBehind(follows)!;
    assertEquals(blockBefore(tail), follows);
    const { features } = await encoder.encode(picture),
      cells = features.map.reshape<tf.Tensor2D>([256, encoder.channels]);
    const tailed = runTail(cells, tail, blocksOf(await moveNetTail(follows)), { batch: 1, h: 16, w: 16 });
    encoder.dispose();
    const whole = await loadEncoder("movenet-thunder", { blocks: [6, 9, 12, 15].filter((end) => end > follows) });
    const ends = (await whole.encode(picture)).features.map.reshape<tf.Tensor2D>([256, whole.channels]);
    whole.dispose();
    assertEquals(tailed.shape, [256, tailedChannels(tail, encoder.channels)]);
    const scale = (await ends.abs().max().data())[0]!;
    if (follows === 3) {
      const fine = await loadEncoder("movenet-thunder", { blocks: [5] }),
        { map } = (await fine.encode(picture)).features;
      const quarters = tf.slice(map.reshape<tf.Tensor2D>([256, 324]), [0, 0], [-1, 4 * 56]).reshape([256, 4, 56]);
      fine.dispose();
      assertAlmostEquals(await maxAbsDiff(tf.slice(tailed, [0, 0], [-1, 56]), quarters.mean(1)) / scale, 0, 1e-5);
    }
    const coarse = tf.slice(tailed, [0, tailed.shape[1] - ends.shape[1]], [-1, -1]); // beside block 5, whose cells are finer
    assertAlmostEquals(await maxAbsDiff(coarse, ends) / scale, 0, 1e-5);
  }
  assertEquals([MOVENET_TAIL, tailBehind(7)], [tailBehind(3), undefined]);
  await assertRejects(() => moveNetTail(7), RangeError, "a tail follows one of the blocks 3,5,6,9,12: got 7");
}, { size: "large" });

const LINK = { channels: 5, width: 8, normalization: "channel", grid: [4, 6], tail: SMALL } as const;

everyBackend("a tail never lets one picture of a batch see another", async () => {
  const link = createLink(LINK), both = tf.randomNormal<tf.Rank.R2>([48, 5], 0, 1, "float32", 2);
  const alone = [0, 1].map((b) => tailCells(tf.slice(both, [24 * b, 0], [24, 5]), link, 1));
  assertAlmostEquals(await maxAbsDiff(tailCells(both, link, 2), tf.concat(alone)), 0, 1e-4);
});

everyBackend("linkFeatures() runs tail, normalization and projection one after the other", async () => {
  const link = createLink(LINK), map = tf.randomNormal<tf.Rank.R3>([4, 6, 5], 0, 1, "float32", 3);
  const cells = normalizeCells(tailCells(map.reshape([24, 5]), link, 1), link);
  const linked = linkFeatures(coveringMap(map), link).map;
  assertAlmostEquals(await maxAbsDiff(linked.reshape([24, 8]), linkCells(cells, link, 1)), 0, 1e-6);
});

Deno.test("createLink() with a tail has the parameters that linkShapes() lists, and leaves one map behind", async () => {
  const link = createLink(LINK), made = Object.entries(flattenParameters(link.parameters));
  assertEquals(
    Object.fromEntries(made.map(([name, { shape }]) => [name, shape])),
    Object.fromEntries(Object.entries(linkShapes(link.config)).map(([name, shape]) => [name, [...shape]])),
  );
  await leaves(1, { map: tf.ones([4, 6, 5]) }, ({ map }) => linkFeatures(coveringMap(map as tf.Tensor3D), link));
  link.dispose();
});

Deno.test("createLink(): a tail of finer cells may halve cells that are odd on f_I's grid, as long as there are some", () => {
  const link = createLink({
    ...LINK,
    channels: 14,
    grid: [3, 5],
    tail: { ...FINER, stages: FINER.stages.slice(0, 2) },
  });
  const { map } = linkFeatures(coveringMap(tf.ones<tf.Rank.R3>([3, 5, 14])), link);
  assertEquals(map.shape, [3, 5, 8]);
  tf.dispose(map);
  link.dispose();
  const twice = () => createLink({ ...LINK, channels: 14, grid: [3, 5], tail: FINER });
  assertThrows(twice, RangeError, "strides that divide the grid: got 4 in all on 6 × 10 cells");
});

Deno.test("createLink() and linkFeatures() say where a tail does not fit", async () => {
  const tailed = (tail: unknown, grid = [4, 6]) => () => createLink({ ...LINK, grid, tail } as never);
  assertThrows(tailed({ ...SMALL, reads: 6 }), RangeError, "tail.reads must be a whole number from 1 to 5: got 6");
  assertThrows(tailed(SMALL, [4, 5]), RangeError, "strides that divide the grid: got 2 in all on 4 × 5 cells");
  assertThrows(tailed({ ...SMALL, finer: 2 }), RangeError, "tail.reads must hold the channels of 2 × 2 cells");
  assertThrows(tailed({ ...SMALL, finer: 0 }), RangeError, "tail.finer must be one of 1, 2, 4, 8, 16: got 0");
  assertThrows(tailed({ reads: 3, stages: [] }), RangeError, "how many stages tail has");
  assertThrows(tailed({ reads: 3, stages: {} }), TypeError, "tail.stages must list stages");
  assertThrows(tailed({ reads: 3, stages: [null] }), TypeError, "options must be a record");
  assertThrows(tailed({ ...SMALL, depth: 2 }), TypeError, 'unknown option "depth"');
  assertThrows(tailed(0), TypeError, "options must be a record");
  const deep = { channels: 4, blocks: 300_000, stride: 1 };
  assertThrows(
    tailed({ reads: 3, stages: [deep] }),
    RangeError,
    "blocks of a stage of tail must be a whole number from 1 to 64",
  );
  const stage = { channels: 4, blocks: 1, stride: 3 };
  assertThrows(tailed({ reads: 3, stages: [stage] }), RangeError, "stride of a stage of tail must be a whole number");
  const link = createLink(LINK), map = tf.ones<tf.Rank.R3>([6, 4, 5]);
  const { message } = await failsCleanly(() => linkFeatures(coveringMap(map), link));
  assertEquals(message, "linkFeatures: this link is for maps of 4 × 6 cells: got 6 × 4");
  tf.dispose(map);
  link.dispose();
});
