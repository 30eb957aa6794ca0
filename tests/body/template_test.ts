import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { JOINT_NAMES, JOINT_PARENTS, jointIndex, MIRRORED_JOINTS } from "../../lib/body/joints.ts";
import { type Body, EMBEDDED_BODY, loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { readNpz, writeNpz } from "../../lib/format/npz.ts";
import { failsCleanly } from "../harness.ts";

type Arrays = Record<
  string,
  { shape: readonly number[]; data: Float32Array | Float64Array | Int32Array | Uint32Array }
>;

const small = Object.fromEntries(readNpz(await Deno.readFile(SMALL_BODY)).arrays) as Arrays;
delete (small as Record<string, unknown>).metadata;
const V = small.v_template!.shape[0]!;

/** Loads a file made of the small body's arrays and these changes. */
async function loadChanged(
  changes: Record<string, Arrays[string] | undefined>,
  options: Parameters<typeof loadBody>[1] = {},
): Promise<Body> {
  const path = await Deno.makeTempFile({ suffix: ".npz" });
  try {
    const kept = Object.entries({ ...small, ...changes }).filter(([, array]) => array !== undefined);
    await Deno.writeFile(path, writeNpz(Object.fromEntries(kept) as Arrays));
    return await loadBody(path, options);
  } finally {
    await Deno.remove(path);
  }
}

for (const [name, file] of [["embedded", EMBEDDED_BODY], ["small", SMALL_BODY]] as const) {
  Deno.test(`the ${name} body has SMPL-X's keys and says where it comes from`, async () => {
    const { arrays } = readNpz(await Deno.readFile(file));
    const keys = ["v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f", "vt", "ft"];
    for (const key of keys) assert(arrays.has(key), key);
    assertEquals(arrays.get("posedirs")!.shape.slice(1), [3, 0]);
    const metadata = JSON.parse((arrays.get("metadata")!.data as string[])[0]!);
    assertEquals(metadata.licence, "CC0-1.0");
    assertEquals(metadata.joints, JOINT_NAMES);
    assertEquals(metadata.source_sha256, "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2");
  });

  Deno.test(`the ${name} body's weights and joint regressor are means`, async () => {
    const body = await loadBody(file);
    for (const rows of [body.weights, body.jointRegressor]) {
      assert(Math.min(...await rows.min(0).data() as Float32Array) >= 0);
      for (const sum of await rows.sum(1).data() as Float32Array) assertAlmostEquals(sum, 1, 1e-5);
    }
    const influences = body.weights.greater(0).sum(1).max();
    assert((await influences.data())[0]! <= 6);
    body.dispose();
  });

  Deno.test(`the ${name} body rests in a T, Y up, facing +Z, left at +X`, async () => {
    const body = await loadBody(file);
    const joints = await body.jointTemplate.array();
    const at = (joint: string) => joints[jointIndex(joint)]!;
    const [pelvis, head, wrist, shoulder, ankle] = ["pelvis", "head", "left_wrist", "left_shoulder", "left_ankle"].map(
      at,
    );
    pelvis!.forEach((value, axis) => assertAlmostEquals(value, [0, -0.35, 0.01][axis]!, 0.02));
    assert(wrist![0]! - shoulder![0]! > 0.4, "the left arm reaches out to +X");
    assertAlmostEquals(wrist![1]!, shoulder![1]!, 0.06, "the arm is level");
    assertAlmostEquals(wrist![2]!, shoulder![2]!, 0.06, "the arm does not reach forwards");
    assert(head![1]! > pelvis![1]! && pelvis![1]! > ankle![1]! + 0.7, "Y is up");
    assert(at("left_foot")[2]! > ankle![2]! + 0.1 && at("jaw")[2]! < at("left_eye_smplhf")[2]!, "it faces +Z");
    body.dispose();
  });

  Deno.test(`the ${name} body is its own mirror image, shapes included`, async () => {
    const body = await loadBody(file);
    const twin = body.mirror!, vertices = await body.template.array(), shapes = await body.shapeDirections.array();
    vertices.forEach(([x, y, z], v) => {
      assertEquals([-x! + 0, y, z], [vertices[twin[v]!]![0]! + 0, ...vertices[twin[v]!]!.slice(1)]);
      shapes[v]!.forEach((row, axis) => {
        row.forEach((value, d) =>
          assertEquals(value === 0 ? 0 : axis === 0 ? -value : value, shapes[twin[v]!]![axis]![d]! + 0)
        );
      });
    });
    const joints = await body.jointTemplate.array(), half = body.faceCount / 2;
    joints.forEach(([x, y, z], joint) => {
      const other = joints[MIRRORED_JOINTS[joint]!]!;
      [-x!, y!, z!].forEach((value, axis) => assertAlmostEquals(value, other[axis]!, 1e-6));
    });
    for (let face = 0; face < half; face++) { // (a, b, c) on the left is (b', a', c') on the right
      const [a, b, c] = body.faces.subarray(3 * face, 3 * face + 3);
      const right = body.faces.subarray(3 * (face + half), 3 * (face + half) + 3);
      assertEquals([...right], [twin[b!], twin[a!], twin[c!]]);
    }
    body.dispose();
  });

  Deno.test(`the ${name} body is an adult whose surface faces outwards`, async () => {
    const body = await loadBody(file);
    const vertices = await body.template.data() as Float32Array, heights = vertices.filter((_, i) => i % 3 === 1);
    const stature = heights.reduce((a, b) => Math.max(a, b)) - heights.reduce((a, b) => Math.min(a, b));
    assert(stature > 1.6 && stature < 1.8, `stature ${stature}`);
    assertAlmostEquals(body.faceAreas.reduce((a, b) => a + b), 1.71, 0.05);
    const corner = (face: number, k: number) =>
      vertices.subarray(3 * body.faces[3 * face + k]!, 3 * body.faces[3 * face + k]! + 3);
    let volume = 0; // of the tetrahedra to the origin: positive if the surface faces outwards
    for (let face = 0; face < body.faceCount; face++) {
      const [[a, b, c], [d, e, f], [g, h, i]] = [0, 1, 2].map((k) => corner(face, k)) as unknown as number[][] as [
        [number, number, number],
        [number, number, number],
        [number, number, number],
      ];
      volume += (a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g)) / 6;
    }
    assert(volume > 0.05 && volume < 0.09, `volume ${volume} m³`);
    body.dispose();
  });
}

Deno.test("loadBody() of the embedded body names its parts", async () => {
  const body = await loadBody();
  assertEquals([body.name, body.vertexCount, body.faceCount], ["body.npz", 12964, 25764]);
  assertEquals(body.shapeDirections.shape, [12964, 3, 10]);
  assertEquals(body.expressionDirections.shape, [12964, 3, 10]);
  assertEquals([...body.parents], JOINT_PARENTS);
  body.dispose();
});

Deno.test("loadBody() leaves nothing behind once disposed of", async () => {
  const before = tf.memory().numTensors;
  (await loadBody(SMALL_BODY)).dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("loadBody() reads a file as SMPL-X publishes it: 300 + 100 directions, double precision, 486 pose directions", async () => {
  const wide = new Float64Array(V * 3 * 400), narrow = small.shapedirs!.data;
  for (let row = 0; row < V * 3; row++) {
    for (let d = 0; d < 10; d++) {
      wide[row * 400 + d] = narrow[row * 20 + d]!;
      wide[row * 400 + 300 + d] = narrow[row * 20 + 10 + d]!;
    }
  }
  const parents = Float64Array.from(JOINT_PARENTS, (parent) => parent < 0 ? 2 ** 32 - 1 : parent);
  const body = await loadChanged({
    shapedirs: { shape: [V, 3, 400], data: wide },
    posedirs: { shape: [V, 3, 486], data: new Float64Array(V * 3 * 486) },
    kintree_table: { shape: [2, 55], data: Uint32Array.from([...parents, ...parents]) },
    vt: undefined,
    ft: undefined,
    mirror: undefined,
  });
  const embedded = await loadBody(SMALL_BODY);
  assertEquals(await body.shapeDirections.data(), await embedded.shapeDirections.data());
  assertEquals(await body.expressionDirections.data(), await embedded.expressionDirections.data());
  assertEquals(body.poseDirections.shape, [V, 3, 486]);
  assertEquals([body.uvs, body.uvFaces, body.mirror], [undefined, undefined, undefined]);
  body.dispose();
  embedded.dispose();
});

Deno.test("loadBody() takes another division of directions, and as many of them as asked", async () => {
  const body = await loadChanged({}, { split: { shapes: 16, expressions: 4 }, shapes: 12 });
  assertEquals([body.shapeDirections.shape[2], body.expressionDirections.shape[2]], [12, 4]);
  assertEquals(body.jointDirections.shape, [55, 3, 16]);
  body.dispose();
});

Deno.test("loadBody() says what is wrong with a file", async () => {
  const refuses = async (
    error: new (...args: never[]) => Error,
    text: string,
    ...args: Parameters<typeof loadChanged>
  ) => {
    const thrown = await failsCleanly(() => loadChanged(...args));
    assert(thrown instanceof error && thrown.message.includes(text), `${thrown.name}: ${thrown.message}`);
  };
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  const nan = { ...small.v_template!, data: small.v_template!.data.slice().fill(NaN, 5, 6) };
  const outside = { ...small.f!, data: Int32Array.from(small.f!.data).fill(V, 7, 8) };
  const parents = { ...small.kintree_table!, data: Uint32Array.from(small.kintree_table!.data).fill(3, 5, 6) };

  await refuses(TypeError, 'must hold "weights"', { weights: undefined });
  await refuses(TypeError, `weights of`, { weights: zeros(V, 24) });
  await refuses(TypeError, "must be [1013, 55]: got [1013, 24]; SMPL-X has 55 joints", { weights: zeros(V, 24) });
  await refuses(TypeError, "must be [V, 3]: got [1013, 2]", { v_template: zeros(V, 2) });
  await refuses(TypeError, "neither 400 (300 + 100) nor 20 (10 + 10): say how they divide", {
    shapedirs: zeros(V, 3, 16),
  });
  await refuses(RangeError, "split must add up to the 20 directions", {}, { split: { shapes: 10, expressions: 4 } });
  await refuses(TypeError, "posedirs", { posedirs: zeros(V, 3, 207) });
  await refuses(RangeError, "must be finite: number 5 is NaN", { v_template: nan });
  await refuses(RangeError, "must hold 0 to 1012: number 7 is 1013", { f: outside });
  await refuses(RangeError, "joint 5 has 3, not 2", { kintree_table: parents });
  await refuses(RangeError, "must sum to 1 in each row: row 0 sums to 0", { weights: zeros(V, 55) });
  await refuses(TypeError, 'unknown option "betas"', {}, { betas: 3 } as never);
  await refuses(RangeError, "shapes must be a whole number at least 1", {}, { shapes: 0 });
});

Deno.test("loadBody() passes over pickles and names what it lacks", async () => {
  await assertRejects(() => loadBody("SMPLX_NEUTRAL.pkl"), TypeError, "is a pickle, which could run code");
  await assertRejects(() => loadBody("absent.npz"), Deno.errors.NotFound);
  const path = new URL("../golden/npz.npz", import.meta.url);
  await assertRejects(() => loadBody(path), TypeError, 'npz.npz must hold "v_template" [V, 3]');
});
