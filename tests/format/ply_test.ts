import { assert, assertEquals } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { encodePly, plyColumns, writePly } from "../../lib/format/ply.ts";
import { decodePly, readPly } from "../../lib/format/read_ply.ts";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { normalizeQuaternion } from "../../lib/gaussian/quaternion.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff } from "../harness.ts";

/** Seeded Gaussians around the origin, with harmonics in turned frames. */
function some(n: number, degree: number): Required<Gaussians> {
  return tf.tidy(() => {
    const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
    return {
      means: normal([n, 3], 1).mul<tf.Tensor2D>(0.3),
      rotations: normalizeQuaternion(normal([n, 4], 2) as tf.Tensor2D),
      scales: normal([n, 3], 3).mul(0.5).sub(2.5).exp() as tf.Tensor2D,
      opacity: normal([n], 4).sigmoid() as tf.Tensor1D,
      sh: normal([n, (degree + 1) ** 2, 3], 5).mul<tf.Tensor3D>(0.3),
      frames: normalizeQuaternion(normal([n, 4], 6) as tf.Tensor2D),
    };
  });
}

/** The rows of a file as records, read as plainly as can be. */
function rowsOf(bytes: Uint8Array, columns: readonly string[]): Record<string, number>[] {
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.indexOf("end_header\n") + "end_header\n".length;
  const numbers = new Float32Array(bytes.slice(start).buffer);
  return Array.from(
    { length: numbers.length / columns.length },
    (_, row) => Object.fromEntries(columns.map((name, i) => [name, numbers[row * columns.length + i]!])),
  );
}

Deno.test("encodePly() writes the layout of the original code", async () => {
  const gaussians = {
    means: tf.tensor2d([[1, 2, 3]]),
    rotations: tf.tensor2d([[0.5, -0.5, 0.5, 0.5]]),
    scales: tf.tensor2d([[1, 0.5, 0]]),
    opacity: tf.tensor1d([0.75]),
    sh: tf.tensor3d([[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]]),
  };
  const bytes = await encodePly(gaussians);
  const header = new TextDecoder().decode(bytes.subarray(0, bytes.length - 62 * 4));
  assert(header.startsWith("ply\nformat binary_little_endian 1.0\nelement vertex 1\n"), header);
  assertEquals(header.match(/(?<=property float )\w+/g), plyColumns(3));
  assertEquals(plyColumns(3).length, 62);
  const [row] = rowsOf(bytes, plyColumns(3)) as [Record<string, number>];
  const picked = (names: string) => names.split(" ").map((name) => row[name]);
  assertEquals(picked("x y z nx ny nz f_dc_0 f_dc_1 f_dc_2 rot_0 rot_1 scale_0"), [
    1,
    2,
    3,
    0,
    0,
    0,
    1,
    2,
    3,
    0.5,
    -0.5,
    0,
  ]);
  // 45 = 15 of red, 15 of green, 15 of blue; ours has three of each
  assertEquals(picked("f_rest_0 f_rest_1 f_rest_2 f_rest_3 f_rest_15 f_rest_30 f_rest_44"), [4, 7, 10, 0, 5, 6, 0]);
  assert(Math.abs(row.opacity! - Math.log(3)) < 1e-6);
  assert(Math.abs(row.scale_1! - Math.log(0.5)) < 1e-6);
  assert(Math.abs(row.scale_2! - Math.log(1e-12)) < 1e-4, "a zero scale has no logarithm");
  disposeAll(gaussians);
});

everyBackend("decodePly() reads back what encodePly() wrote, at every degree", async () => {
  for (const degree of [0, 1, 2, 3]) {
    const { frames: _, ...gaussians } = some(5, degree);
    const read = decodePly(await encodePly(gaussians, { shDegree: degree }));
    const expected = gaussians as Record<string, tf.Tensor>;
    for (const [name, tensor] of Object.entries({ ...read })) {
      assert(await maxAbsDiff(tensor, expected[name]!) < 2e-6, name); // logarithms and back in float32
    }
  }
});

everyBackend("a driven, exported and read scene renders as the scene itself", async () => {
  const gaussians = some(60, 3);
  const worldToCamera = [[1, 0, 0, 0.1], [0, 1, 0, 0], [0, 0, 1, 2.5], [0, 0, 0, 1]];
  const camera = { K: [[60, 0, 24], [0, 60, 24], [0, 0, 1]], worldToCamera };
  const size = { width: 48, height: 48 };
  const ours = await renderGaussians(gaussians, camera, size);
  const read = await renderGaussians(decodePly(await encodePly(gaussians)), camera, size);
  assert(await maxAbsDiff(read.image, ours.image) < 1e-4); // harmonics turned in float32, logarithms and back
  const unturned = await renderGaussians(
    { ...gaussians, frames: tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [60, 1]) as tf.Tensor2D },
    camera,
    size,
  );
  assert(await maxAbsDiff(unturned.image, ours.image) > 0.05, "the frames matter in this scene");

  const flip = [[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1]]; // the same camera over a y-up world
  const upright = {
    ...camera,
    worldToCamera: worldToCamera.map((row) => row.map((_, j) => row.reduce((sum, a, k) => sum + a * flip[k]![j]!, 0))),
  };
  const above = await renderGaussians(gaussians, upright, size);
  const turned = await renderGaussians(decodePly(await encodePly(gaussians, { world: "y-up" })), camera, size);
  assert(await maxAbsDiff(turned.image, above.image) < 1e-4);
});

Deno.test("writePly() and readPly() go through a file; no Gaussians is a valid file", async () => {
  const folder = await Deno.makeTempDir();
  for (const n of [0, 3]) {
    await leaves(0, {}, async () => {
      const gaussians = some(n, 0);
      await Deno.remove(`${folder}/avatar.ply`).catch(() => {}); // leaves() runs this twice
      await writePly(`${folder}/avatar.ply`, gaussians);
      const again = writePly(`${folder}/avatar.ply`, gaussians);
      await again.then(() => {
        throw new Error("an older file was replaced unasked");
      }, (error) => {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      });
      await writePly(`${folder}/avatar.ply`, gaussians, { force: true });
      const read = await readPly(`${folder}/avatar.ply`);
      assertEquals(read.means.shape, [n, 3]);
      disposeAll({ ...gaussians }, { ...read });
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("writePly() refuses numbers that are not finite, and leaves no file", async () => {
  const folder = await Deno.makeTempDir();
  const gaussians = { ...some(2, 0), scales: tf.tensor2d([[1, 1, 1], [1, NaN, 1]]) };
  const error = await failsCleanly(() => writePly(`${folder}/avatar.ply`, gaussians));
  assertEquals(error.message, "encodePly: Gaussian 1 has NaN for scale_1: leave it out or repair it");
  assertEquals([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("encodePly() says what is wrong with its options", async () => {
  const gaussians = some(2, 2);
  const low = await failsCleanly(() => encodePly(gaussians, { shDegree: 1 }));
  assertEquals(low.message, "encodePly: shDegree must be a whole number from 2 to 3: got 1");
  const up = await failsCleanly(() => encodePly(gaussians, { world: "z-up" as "y-up" }));
  assertEquals(up.message, 'encodePly: world must be one of y-down, y-up: got "z-up"');
  disposeAll({ ...gaussians });
});

Deno.test("decodePly() finds columns by name, whatever their types, order and neighbours", async () => {
  const columns = "opacity rot_3 rot_2 rot_1 rot_0 scale_0 scale_1 scale_2 z y x f_dc_2 f_dc_1 f_dc_0".split(" ");
  const header = `ply\r\nformat binary_little_endian 1.0\r\ncomment by hand\r\nelement vertex 1\r\n${
    columns.map((name) => `property double ${name}`).join("\r\n")
  }\r\nproperty uchar label\r\nelement face 0\r\nproperty list uchar int vertex_indices\r\nend_header\r\n`;
  const body = new Uint8Array(14 * 8 + 1);
  new Float64Array([0, 0, 0, 0, 1, 0, 0, 0, 3, 2, 1, 6, 5, 4]).forEach((number, i) =>
    new DataView(body.buffer).setFloat64(8 * i, number, true)
  );
  const read = decodePly(new Uint8Array([...new TextEncoder().encode(header), ...body]));
  assertEquals([...await read.means.data()], [1, 2, 3]);
  assertEquals([...await read.rotations.data()], [1, 0, 0, 0]);
  assertEquals([...await read.scales.data()], [1, 1, 1]);
  assertEquals([...await read.opacity.data()], [0.5]);
  assertEquals([...await read.sh.data()], [4, 5, 6]);
  disposeAll({ ...read });
});

Deno.test("decodePly() refuses what is no .ply of Gaussians, saying why", async () => {
  const header = (text: string) => new TextEncoder().encode(`ply\n${text}\nend_header\n`);
  const cases: [Uint8Array, string][] = [
    [new TextEncoder().encode("GIF89a"), 'it does not begin with "ply"'],
    [new TextEncoder().encode("ply\nformat ascii 1.0\n"), "its header does not end within 65536 bytes"],
    [header("format ascii 1.0\nelement vertex 0"), "its format is ascii, wanted binary_little_endian"],
    [header("element face 3\nelement vertex 0"), 'its first element is "face", wanted "vertex"'],
    [header("element vertex -1"), 'it says "element vertex -1"'],
    [header("element vertex 9999999999\nproperty float x"), "9999999999 rows of 4 bytes after a header of"],
    [header("element vertex 0\nproperty list uchar int x"), 'it says "property list uchar int x"'],
    [header("element vertex 0\nproperty float x"), 'it has no column "y"'],
    [header("element vertex 0\nproperty float f_rest_0"), "it has 1 columns f_rest_*, wanted 0, 9, 24 or 45"],
    [header("format binary_little_endian 1.0"), 'it has no element "vertex"'],
  ];
  for (const [bytes, why] of cases) {
    const error = await failsCleanly(() => decodePly(bytes, "avatar.ply"));
    assert(error instanceof SyntaxError, error.stack);
    assert(error.message.startsWith(`decodePly: avatar.ply is no .ply of Gaussians: ${why}`), error.message);
  }
});

Deno.test("decodePly() of damaged bytes reads or refuses, and never fails otherwise", async () => {
  const gaussians = some(2, 0);
  const whole = await encodePly(gaussians, { shDegree: 0 });
  disposeAll({ ...gaussians });
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (length, at, value) => {
      const bytes = whole.slice(0, length);
      if (at < length) bytes[at] = value;
      try {
        disposeAll({ ...decodePly(bytes) });
      } catch (error) {
        assert(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("encodePly() leaves nothing behind, decodePly() its five tensors", async () => {
  await leaves(0, { ...some(3, 1) }, (gaussians) => encodePly(gaussians, { world: "y-up" }).then(() => undefined));
  const gaussians = some(3, 1);
  const bytes = await encodePly(gaussians);
  disposeAll({ ...gaussians });
  await leaves(5, {}, () => ({ ...decodePly(bytes) }));
});

everyBackend("encodePly() keeps a y-up world where the file may be y up, and says so", async () => {
  const gaussians = some(4, 1);
  const bytes = await encodePly(gaussians, { world: "y-up", axes: "y-up" });
  assert(new TextDecoder("latin1").decode(bytes).includes("comment axes: x left, y up, z to the viewer; metres\n"));
  assert(await maxAbsDiff(decodePly(bytes).means, gaussians.means) === 0);
  const [down, both] = [await encodePly(gaussians), await encodePly(gaussians, { world: "y-down", axes: "y-up" })];
  const turned = decodePly(both).means, flip = tf.tensor2d([[1, -1, -1]]);
  assert(await maxAbsDiff(turned, decodePly(down).means.mul(flip)) < 1e-6);
});
