import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { jointIndex } from "../../lib/body/joints.ts";
import { readNpz, writeNpz } from "../../lib/format/npz.ts";
import {
  decodeParameters,
  encodeParameters,
  readParameters,
  writeParameters,
} from "../../lib/format/parameters_npz.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

function some() {
  return {
    betas: tf.tensor1d([1, 2, 3]),
    expression: tf.tensor1d([4, 5]),
    pose: tf.tensor2d(Float32Array.from({ length: 165 }, (_, i) => i / 100), [55, 3]),
    transl: tf.tensor1d([0.5, 1, 3]),
  };
}

everyBackend("decodeParameters() reads back what encodeParameters() wrote", async () => {
  const parameters = some();
  const read = decodeParameters(await encodeParameters(parameters));
  for (const [name, tensor] of Object.entries({ ...read })) {
    assert(await maxAbsDiff(tensor, parameters[name as keyof typeof parameters]) === 0, name);
  }
});

Deno.test("encodeParameters() uses SMPL-X's names, a batch of one", async () => {
  const parameters = some();
  const { arrays } = readNpz(await encodeParameters(parameters));
  const shapes = Object.fromEntries([...arrays].map(([name, { shape }]) => [name, shape.join(" ")]));
  assertEquals(shapes, {
    betas: "1 3",
    expression: "1 2",
    global_orient: "1 3",
    body_pose: "1 63",
    jaw_pose: "1 3",
    leye_pose: "1 3",
    reye_pose: "1 3",
    left_hand_pose: "1 45",
    right_hand_pose: "1 45",
    transl: "1 3",
    gender: "",
  });
  const first = (name: string) => Math.round((arrays.get(name)!.data as Float32Array)[0]! * 100 / 3);
  assertEquals(["global_orient", "body_pose", "jaw_pose", "reye_pose"].map(first), [0, 1, 22, 24]);
  assertEquals(first("left_hand_pose"), jointIndex("left_index1"));
  assertEquals(first("right_hand_pose"), jointIndex("right_index1"));
  disposeAll(parameters);
});

Deno.test("decodeParameters() reads rows without a batch axis, joints in threes, and parts that are absent", async () => {
  const ones = (...shape: number[]) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(1) });
  const read = decodeParameters(writeNpz({ body_pose: ones(21, 3), global_orient: ones(3), betas: ones(1, 16) }));
  assertEquals(read.betas.shape, [16]);
  assertEquals(read.expression.shape, [10]);
  assertEquals((await read.pose.data()).filter((angle) => angle === 1).length, 66);
  disposeAll({ ...read });
});

Deno.test("writeParameters() and readParameters() go through a file, and never over another one unless told", async () => {
  const folder = await Deno.makeTempDir(), path = `${folder}/body.npz`;
  await leaves(0, some(), async (parameters) => {
    await writeParameters(path, parameters);
    const error = await failsCleanly(() => writeParameters(path, parameters));
    assertEquals(error.message, `writeParameters: ${path} exists: choose another name, or replace it with { force }`);
    await writeParameters(path, parameters, { force: true });
    disposeAll({ ...await readParameters(path) });
  });
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["body.npz"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("decodeParameters() and encodeParameters() say what is wrong", async () => {
  const row = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  const cases: [Parameters<typeof writeNpz>[0], string][] = [
    [{ poses: row(1, 165) }, 'decodeParameters: a.npz has no "body_pose": it holds no parameters in SMPL-X\'s names'],
    [{ body_pose: row(1, 69) }, "decodeParameters: body_pose of a.npz must be [1, 63]: got [1, 69]"],
    [{ body_pose: row(2, 63) }, "decodeParameters: body_pose of a.npz must be [1, 63]: got [2, 63]"],
    [
      { body_pose: row(63), left_hand_pose: row(1, 6) },
      "decodeParameters: left_hand_pose of a.npz must be [1, 45]: got [1, 6]",
    ],
    [{ body_pose: row(63), betas: row(4, 10) }, "decodeParameters: betas of a.npz must be [1, numbers]: got [4, 10]"],
    [
      { body_pose: { shape: [63], data: new Float32Array(63).fill(NaN) } },
      "decodeParameters: body_pose of a.npz has NaN: wanted finite numbers",
    ],
  ];
  for (const [arrays, message] of cases) {
    assertEquals((await failsCleanly(() => decodeParameters(writeNpz(arrays), "a.npz"))).message, message);
  }
  const parameters = { ...some(), transl: tf.tensor1d([0, Infinity, 0]) };
  const error = await failsCleanly(() => encodeParameters(parameters));
  assertEquals(error.message, "encodeParameters: transl has Infinity: wanted finite numbers");
  disposeAll(parameters);
});
