import { assert, assertEquals } from "@std/assert";
import { encodeAmass, PELVIS_HEIGHT } from "../../../lib/body/motion/amass.ts";
import { createMotion, motionSeconds, sampleMotion } from "../../../lib/body/motion/motion.ts";
import { embeddedMotion, MOTIONS, readMotion } from "../../../lib/body/motion/read_motion.ts";
import { restParameters } from "../../../lib/body/poses.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody } from "../../../lib/body/template.ts";
import type { NpyData } from "../../../lib/format/npy.ts";
import { writeNpz } from "../../../lib/format/npz.ts";
import { TensorScope } from "../../../lib/tensor/scope.ts";
import { limitExcess } from "../../../lib/body/joint_limits.ts";
import { fromVector, type Vector } from "../../../lib/body/turns.ts";
import { failsCleanly, leaves } from "../../harness.ts";

type Arrays = Record<string, { readonly shape: readonly number[]; readonly data: NpyData }>;

/** Runs `fn` with the path of a file of these bytes. */
async function withFile(name: string, bytes: Uint8Array, fn: (path: string) => unknown): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await fn(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An AMASS file in which number i of a frame is i/1000, a person upright with z up. */
function amass(width: number, frames = 2, others: Arrays = {}): Uint8Array {
  const poses = Float64Array.from({ length: width * frames }, (_, i) => i % width < 3 ? 0 : i % width / 1000);
  for (let t = 0; t < frames; t++) poses[width * t] = Math.PI / 2; // y up → z up
  const trans = Float64Array.from({ length: 3 * frames }, (_, i) => [0.5, 2, 1.1][i % 3]! + Math.floor(i / 3) * 0.1);
  return writeNpz({
    poses: { shape: [frames, width], data: poses },
    trans: { shape: [frames, 3], data: trans },
    mocap_framerate: { shape: [], data: Float64Array.of(120) },
    ...others,
  });
}

Deno.test("readMotion() reads SMPL+H, SMPL-X and SMPL files, turned upright", async () => {
  const cases: [number, number, number][] = [[156, 25, 66], [165, 22, 66], [72, 21, 63]]; // width, joint, its column
  for (const [width, joint, column] of cases) {
    await withFile("walk.npz", amass(width), async (path) => {
      const motion = await readMotion(path, { origin: "file" });
      assertEquals([motion.name, motion.count, motion.rate, motion.loop], ["walk", 2, 120, false]);
      assert(Math.hypot(...motion.poses.subarray(0, 3)) < 1e-6, "upright is no rotation");
      const read = [...motion.poses.subarray(165 + 3 * joint, 165 + 3 * joint + 3)];
      assertEquals(read.map((x) => Math.round(x * 1000)), [column, column + 1, column + 2]);
      // file (x, y, z) is ours (x, z, −y); trans is relative to the model's pelvis, transl to where ours stands
      const pelvis = width === 165 ? [0, -0.351, 0.012] : [0, -0.223, 0.028];
      const expected = [0.5 + pelvis[0]!, 1.1 + pelvis[2]! - PELVIS_HEIGHT, -2 - pelvis[1]!];
      expected.forEach((place, axis) => assert(Math.abs(motion.transl[axis]! - place) < 1e-5, `${axis}`));
    });
  }
});

Deno.test("readMotion() puts the first frame above the origin, unless told otherwise", async () => {
  await withFile("walk.npz", amass(165), async (path) => {
    const { transl } = await readMotion(path);
    assertEquals([transl[0], transl[2]], [0, 0]);
    assert(Math.abs(transl[3]! - 0.1) < 1e-6 && Math.abs(transl[5]! + 0.1) < 1e-6, `${transl}`);
    assert(Math.abs(transl[1]! - (1.112 - PELVIS_HEIGHT)) < 1e-6, "heights stay");
  });
});

Deno.test("readMotion() knows both spellings of the frame rate, and asks where there is neither", async () => {
  const poses = { shape: [1, 165], data: new Float32Array(165) };
  const rate = { shape: [], data: Float64Array.of(59.94) };
  await withFile("a.npz", writeNpz({ poses, mocap_frame_rate: rate }), async (path) => {
    assert(Math.abs((await readMotion(path)).rate - 59.94) < 1e-4);
  });
  await withFile("b.npz", writeNpz({ poses }), async (path) => {
    const error = await failsCleanly(() => readMotion(path));
    assertEquals(
      error.message,
      'readMotion: b.npz has neither "mocap_framerate" nor "mocap_frame_rate": say its frames a second with { rate }',
    );
    assertEquals((await readMotion(path, { rate: 25 })).rate, 25);
  });
});

Deno.test("readMotion() reads poses in parts", async () => {
  const numbers = (width: number, value: number) => ({
    shape: [2, width],
    data: new Float32Array(2 * width).fill(value),
  });
  const parts = { pose_body: numbers(63, 0.1), pose_hand: numbers(90, 0.2), pose_jaw: numbers(3, 0.3) };
  const rate = { shape: [], data: Float64Array.of(30) };
  await withFile("parts.npz", writeNpz({ ...parts, mocap_frame_rate: rate }), async (path) => {
    const { poses } = await readMotion(path);
    const joint = (i: number) => Math.round(poses[165 + 3 * i]! * 10);
    assertEquals([1, 21, 22, 23, 24, 25, 54].map(joint), [1, 1, 3, 0, 0, 2, 2]);
  });
});

Deno.test("encodeAmass() is read back as the same motion", async () => {
  const poses = Float32Array.from({ length: 330 }, (_, i) => Math.sin(i) / 2),
    transl = Float32Array.of(1, 2, 3, 4, 5, 6);
  const motion = createMotion({ name: "round", rate: 29.97, poses, transl, betas: Float32Array.of(1, 2), loop: true });
  await withFile("round.npz", encodeAmass(motion), async (path) => {
    const read = await readMotion(path, { origin: "file" });
    assert(read.poses.every((angle, i) => Math.abs(angle - poses[i]!) < 1e-6));
    assert(read.transl.every((place, i) => Math.abs(place - transl[i]!) < 1e-6));
    assertEquals([read.loop, read.name, [...read.betas!]], [true, "round", [1, 2]]);
  });
});

Deno.test("readMotion() refuses what is no motion, saying why", async () => {
  const rate = { shape: [], data: Float64Array.of(30) };
  const rows = (t: number, width: number) => ({ shape: [t, width], data: new Float32Array(t * width) });
  const claim = writeNpz({ poses: rows(2, 165), mocap_framerate: rate });
  const directory = new DataView(claim.buffer); // the zip's directory …
  for (let entry = 0, place = directory.getUint32(claim.length - 6, true); entry < 2; entry++) {
    directory.setUint32(place + 24, 2 ** 31 - 1, true); // … claims 2 GB for each entry
    place += 46 + directory.getUint16(place + 28, true);
  }
  const cases: [string, Uint8Array, RegExp, new () => Error][] = [
    ["a.npz", amass(99), /poses of a.npz have 99 numbers a frame: wanted 156 \(SMPL\+H\), 165/, TypeError],
    ["a.npz", writeNpz({ x: rate }), /a.npz has neither "poses" nor "pose_body"/, TypeError],
    [
      "a.npz",
      writeNpz({ poses: rows(3, 165), trans: rows(2, 3), mocap_framerate: rate }),
      /trans of a.npz must be \[3, 3\], as poses: got \[2, 3\]/,
      TypeError,
    ],
    [
      "a.npz",
      writeNpz({ poses: rate, mocap_framerate: rate }),
      /poses of a.npz must be numbers \[T, width\]/,
      TypeError,
    ],
    ["a.npz", writeNpz({ poses: rows(0, 165), mocap_framerate: rate }), /a.npz has no frames/, RangeError],
    [
      "a.npz",
      writeNpz({ poses: { shape: [1, 165], data: new Float32Array(165).fill(Infinity) }, mocap_framerate: rate }),
      /poses of a.npz has Infinity in frame 0/,
      RangeError,
    ],
    ["a.npz", claim, /claims 2147483647 bytes, more than its \d+ can hold/, RangeError],
    ["a.npz", new TextEncoder().encode("hello"), /a.npz is no .npz file/, SyntaxError],
    ["a.fbx", new Uint8Array(3), /a.fbx must end in .npz \(AMASS\) or .bvh: convert it first/, TypeError],
    ["a.bvh", new TextEncoder().encode("hello"), /a.bvh is no .bvh motion/, SyntaxError],
  ];
  for (const [name, bytes, message, kind] of cases) {
    await withFile(name, bytes, async (path) => {
      const error = await failsCleanly(() => readMotion(path));
      assert(message.test(error.message), error.message);
      assert(error instanceof kind, `${error.stack}`);
    });
  }
  const missing = await failsCleanly(() => readMotion("no/such/file.npz"));
  assertEquals(missing.message, "readMotion: no file at no/such/file.npz: check the path");
  await withFile("a.npz", amass(165), async (path) => {
    const large = await failsCleanly(() => readMotion(path, { maxBytes: 100 }));
    assert(/a.npz has \d+ bytes: the limit is 100/.test(large.message), large.message);
    const unknown = await failsCleanly(() => readMotion(path, { fps: 3 } as never));
    assert(unknown.message.startsWith('readMotion: unknown option "fps"'));
  });
});

for (const name of MOTIONS) {
  Deno.test(`the embedded motion "${name}" loops smoothly within the joints' limits, feet on the floor`, async () => {
    using scope = new TensorScope();
    const motion = await readMotion(embeddedMotion(name));
    assert(motion.loop && motionSeconds(motion) > 1);
    const rotation = (t: number, joint: number) => {
      const at = 165 * (t % motion.count) + 3 * joint;
      return fromVector(motion.poses.subarray(at, at + 3) as unknown as Vector);
    };
    for (let joint = 1; joint < 55; joint++) {
      let [excess, jerk] = [0, 0];
      for (let t = 0; t < motion.count; t++) {
        excess = Math.max(excess, limitExcess(joint, rotation(t, joint)));
        const [a, b, c] = [0, 1, 2].map((i) => rotation(t + i, joint)) as [number[], number[], number[]];
        jerk = Math.max(jerk, ...b.map((x, i) => Math.abs(a[i]! - 2 * x + c[i]!))); // second difference, over the seam too
      }
      assert(excess < 2e-3, `joint ${joint} passes its limit by ${excess}`);
      assert(jerk < 0.16, `joint ${joint} jumps by ${jerk}`);
    }
    const body = scope.own(await loadBody()), rest = scope.own({ ...restParameters(body) });
    const lowest = async (sample: object) => {
      const { vertices, joints, jointTransforms } = skin(body, { ...rest, ...sample });
      scope.own([vertices, joints, jointTransforms]);
      return Math.min(...(await vertices.data()).filter((_, i) => i % 3 === 1));
    };
    const floor = await lowest({});
    for (let i = 0; i < 8; i++) {
      const sample = scope.own({ ...sampleMotion(motion, motionSeconds(motion) * i / 8) });
      const height = await lowest(sample) - floor;
      assert(Math.abs(height) < 0.02, `lowest point ${height} m above the floor`); // soles and toes are soft
    }
    body.dispose();
  });
}

Deno.test("readMotion() makes no tensors", async () => {
  await leaves(0, {}, async () => void await readMotion(embeddedMotion("walk")));
  const error = await failsCleanly(() => embeddedMotion("dance" as "walk"));
  assertEquals(error.message, 'embeddedMotion: name must be one of idle, walk, wave, turn: got "dance"');
});
