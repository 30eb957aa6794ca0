import { assert, assertEquals } from "@std/assert";
import { JOINT_NAMES, JOINT_PARENTS, jointIndex } from "../../../lib/body/joints.ts";
import { matchJoints } from "../../../lib/body/motion/joint_names.ts";
import type { Motion } from "../../../lib/body/motion/motion.ts";
import { readMotion } from "../../../lib/body/motion/read_motion.ts";
import { retargetBvh } from "../../../lib/body/motion/retarget.ts";
import { loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { parseBvh } from "../../../lib/format/bvh.ts";
import {
  about,
  add,
  apply,
  chain,
  fromVector,
  IDENTITY,
  type Matrix,
  multiply,
  subtract,
  transpose,
  unit,
  type Vector,
} from "../../../lib/body/turns.ts";
import { failsCleanly, inFolder } from "../../harness.ts";

const body = await loadBody(SMALL_BODY);
const REST = await body.jointTemplate.array() as unknown as Vector[];
body.dispose();
const BODY_JOINTS = JOINT_NAMES.slice(0, 22);

/** Names of the 22 body joints in several schemes; a joint without a name is left out with what is below it. */
const SCHEMES: Record<string, (joint: string) => string | undefined> = {
  smpl: (joint) => joint,
  mixamo: (joint) => {
    const [, side, part] = /^(left|right)_(.*)$/.exec(joint) ?? [];
    const limbs = "hip:UpLeg knee:Leg ankle:Foot foot:ToeBase collar:Shoulder shoulder:Arm elbow:ForeArm wrist:Hand";
    const middle = "pelvis:Hips spine1:Spine spine2:Spine1 spine3:Spine2 neck:Neck head:Head";
    const name = `${side ? limbs : middle} `.match(new RegExp(`(?:^| )${part ?? joint}:(\\w+)`))?.[1];
    return `mixamorig:${side ? side[0]!.toUpperCase() + side.slice(1) : ""}${name}`;
  },
  classic: (joint) => {
    const [, side, part] = /^(left|right)_(.*)$/.exec(joint) ?? [];
    const limbs = "hip:Hip knee:Knee ankle:Ankle foot:Toe collar:Collar shoulder:Shoulder elbow:Elbow wrist:Wrist";
    const middle = "pelvis:Hips spine1:Chest spine2:Chest2 spine3:Chest3 neck:Neck head:Head";
    const name = `${side ? limbs : middle} `.match(new RegExp(`(?:^| )${part ?? joint}:(\\w+)`))?.[1];
    return `${side ? side[0]!.toUpperCase() + side.slice(1) : ""}${name}`;
  },
  unreal: (joint) => {
    const [, side, part] = /^(left|right)_(.*)$/.exec(joint) ?? [];
    const limbs =
      "hip:thigh knee:calf ankle:foot foot:ball collar:clavicle shoulder:upperarm elbow:lowerarm wrist:hand";
    const middle = "pelvis:pelvis spine1:spine_01 spine2:spine_02 spine3:spine_03 neck:neck_01 head:head";
    const name = `${side ? limbs : middle} `.match(new RegExp(`(?:^| )${part ?? joint}:(\\w+)`))?.[1];
    return side ? `${name}_${side[0]}` : name;
  },
};

/** How a skeleton differs from ours. */
interface Skeleton {
  readonly name: (joint: string) => string | undefined;
  /** World rotation of joints at rest, which turns the bones below them. */
  readonly rest?: Record<string, Matrix>;
  /** From our axes to the file's. */
  readonly world?: Matrix;
  readonly scale?: number;
}

/** A .bvh whose joints turn (in our axes, from its rest pose) as given; one frame. */
function bvhOf({ name, rest = {}, world = IDENTITY, scale = 1 }: Skeleton, turns: Record<string, Vector>): string {
  const values: number[] = [];
  const text = (joint: number, indent: string, turned: Matrix): string => {
    const parent = JOINT_PARENTS[joint]!;
    const bone: Vector = parent < 0 ? [0, 0, 0] : subtract(REST[joint]!, REST[parent]!);
    const offset = apply(world, apply(turned, bone)).map((x) => x * scale);
    if (parent < 0) values.push(...apply(world, add([0, 0.94, 0], [0.3, 0.02, 0.1])).map((x) => x * scale));
    const rotation = chain(world, fromVector(turns[JOINT_NAMES[joint]!] ?? [0, 0, 0]), transpose(world));
    // R = Rz·Rx·Ry
    values.push(
      Math.atan2(-rotation[1]!, rotation[4]!) * 180 / Math.PI,
      Math.asin(rotation[7]!) * 180 / Math.PI,
      Math.atan2(-rotation[6]!, rotation[8]!) * 180 / Math.PI,
    );
    const below = multiply(turned, rest[JOINT_NAMES[joint]!] ?? IDENTITY);
    const children = BODY_JOINTS.map((_, i) => i).filter((i) => JOINT_PARENTS[i] === joint && name(JOINT_NAMES[i]!));
    const kind = parent < 0 ? "ROOT" : "JOINT", place = parent < 0 ? "Xposition Yposition Zposition " : "";
    return `${indent}${kind} ${name(JOINT_NAMES[joint]!)}\n${indent}{\n${indent} OFFSET ${offset.join(" ")}\n` +
      `${indent} CHANNELS ${parent < 0 ? 6 : 3} ${place}Zrotation Xrotation Yrotation\n` +
      (children.length > 0
        ? children.map((child) => text(child, `${indent} `, below)).join("")
        : `${indent} End Site\n${indent} {\n${indent}  OFFSET 0 0 0\n${indent} }\n`) +
      `${indent}}\n`;
  };
  const hierarchy = text(0, "", IDENTITY);
  return `HIERARCHY\n${hierarchy}MOTION\nFrames: 1\nFrame Time: 0.025\n${values.join(" ")}\n`;
}

/** The world direction from a joint to another one, in frame 0. */
function direction(motion: Motion, from: string, to: string): Vector {
  const turned: Matrix[] = [];
  for (let joint = 0; joint < 55; joint++) {
    const own = fromVector(motion.poses.subarray(3 * joint, 3 * joint + 3) as unknown as Vector);
    turned.push(multiply(turned[JOINT_PARENTS[joint]!] ?? IDENTITY, own));
  }
  return unit(apply(turned[jointIndex(from)]!, subtract(REST[jointIndex(to)]!, REST[jointIndex(from)]!)));
}

const TURNS: Record<string, Vector> = {
  pelvis: [0.1, 0.5, -0.1],
  left_hip: [-0.9, 0.1, 0.2],
  left_knee: [1.1, 0, 0],
  right_ankle: [0.3, 0.1, 0],
  spine1: [0.1, 0.1, 0],
  spine3: [0.1, -0.2, 0.1],
  neck: [0, 0.2, 0],
  head: [0.2, 0.3, 0],
  left_shoulder: [0.2, -0.4, -0.6],
  left_elbow: [0, -1.2, 0],
  right_shoulder: [0.1, 0.4, 0.9],
  right_wrist: [0.2, 0, 0.4],
};

for (const [scheme, name] of Object.entries(SCHEMES)) {
  Deno.test(`retargetBvh() gives the same pose from the names of ${scheme}`, () => {
    const motion = retargetBvh(parseBvh(bvhOf({ name, scale: 100 }, TURNS)), "a.bvh");
    assertEquals(motion.rate, 40);
    BODY_JOINTS.forEach((joint, i) => {
      const expected = TURNS[joint] ?? [0, 0, 0];
      // our bones' rest directions are kept to the millimetre in retarget.ts: 0.3°
      for (let k = 0; k < 3; k++) assert(Math.abs(motion.poses[3 * i + k]! - expected[k]!) < 0.012, `${joint} ${k}`);
    });
    assert(Math.abs(motion.transl[0]! - 0.3) < 2e-3 && Math.abs(motion.transl[2]! - 0.1) < 2e-3, `${motion.transl}`);
    assert(Math.abs(motion.transl[1]! - 0.02) < 0.03, "heights to a few centimetres"); // the skeleton has no soles
  });
}

Deno.test("retargetBvh() of a z-up skeleton that looks along −y, in inches, is the same", () => {
  const upright = multiply(about([0, 0, 1], Math.PI), about([1, 0, 0], Math.PI / 2)); // y → z, then half a turn
  const plain = retargetBvh(parseBvh(bvhOf({ name: SCHEMES.smpl! }, TURNS)), "a.bvh");
  const turned = retargetBvh(parseBvh(bvhOf({ name: SCHEMES.smpl!, world: upright, scale: 39.37 }, TURNS)), "b.bvh");
  assert(plain.poses.every((angle, i) => Math.abs(angle - turned.poses[i]!) < 1e-4));
  assert(plain.transl.every((place, i) => Math.abs(place - turned.transl[i]!) < 1e-4));
});

Deno.test("retargetBvh() points limbs where theirs point when their arms hang at rest", () => {
  const hang = { left_shoulder: about([0, 0, 1], -1.3), right_shoulder: about([0, 0, 1], 1.3) };
  const rest: Record<string, Matrix> = { ...hang };
  const turns: Record<string, Vector> = { left_shoulder: [-0.7, 0, 0], left_elbow: [-0.9, 0, 0], pelvis: [0, 0.4, 0] };
  const motion = retargetBvh(parseBvh(bvhOf({ name: SCHEMES.mixamo!, rest }, turns)), "a.bvh");
  const bone = (from: string, to: string) => subtract(REST[jointIndex(to)]!, REST[jointIndex(from)]!);
  const pelvis = fromVector(turns.pelvis!), shoulder = multiply(pelvis, fromVector(turns.left_shoulder!));
  const expected = {
    "left_shoulder left_elbow": apply(multiply(shoulder, hang.left_shoulder), bone("left_shoulder", "left_elbow")),
    "left_elbow left_wrist": apply(
      chain(shoulder, fromVector(turns.left_elbow!), hang.left_shoulder),
      bone("left_elbow", "left_wrist"),
    ),
    "right_shoulder right_elbow": apply(multiply(pelvis, hang.right_shoulder), bone("right_shoulder", "right_elbow")),
    "left_hip left_knee": apply(pelvis, bone("left_hip", "left_knee")),
  };
  for (const [joints, wanted] of Object.entries(expected)) {
    const [from, to] = joints.split(" ") as [string, string];
    const found = direction(motion, from, to), length = unit(wanted);
    assert(Math.hypot(...subtract(found, length)) < 0.012, `${joints}: ${found} instead of ${length}`);
  }
});

Deno.test("matchJoints() finds the spine by its place, and two meanings of a shoulder", () => {
  const tree = (...joints: [string, number][]) => ({ joints: joints.map(([name, parent]) => ({ name, parent })) });
  const names = (found: ReadonlyMap<number, number>) =>
    Object.fromEntries([...found].map(([joint, place]) => [JOINT_NAMES[joint], place]));
  const spine = (count: number) =>
    names(matchJoints(tree(
      ["Root", -1],
      ...Array.from({ length: count }, (_, i): [string, number] => [`bone${i}`, i]),
      ["Neck", count],
      ["Neck1", count + 1],
      ["Head", count + 2],
    )));
  assertEquals(spine(1), { pelvis: 0, spine2: 1, neck: 2, head: 4 });
  assertEquals(spine(2), { pelvis: 0, spine1: 1, spine3: 2, neck: 3, head: 5 });
  assertEquals(spine(5), { pelvis: 0, spine1: 1, spine2: 3, spine3: 5, neck: 6, head: 8 });
  assertEquals(names(matchJoints(tree(["Hips", -1], ["LeftShoulder", 0], ["LeftArm", 1]))), {
    pelvis: 0,
    left_collar: 1,
    left_shoulder: 2,
  });
  assertEquals(names(matchJoints(tree(["Hips", -1], ["LeftCollar", 0], ["LeftShoulder", 1], ["LeftElbow", 2]))), {
    pelvis: 0,
    left_collar: 1,
    left_shoulder: 2,
    left_elbow: 3,
  });
  const hands = tree(["hips", -1], ["forearm.L", 0], ["mixamorig:RightHandIndex2", 0], ["thumb_03_l", 0], [
    "pinky1.R",
    0,
  ]);
  assertEquals(names(matchJoints(hands)), {
    pelvis: 0,
    left_elbow: 1,
    right_index2: 2,
    left_thumb3: 3,
    right_pinky1: 4,
  });
});

Deno.test("retargetBvh() says which joints are missing, and takes names it is told", async () => {
  const odd = (joint: string) => joint.startsWith("left_elbow") ? "Ellbogen" : SCHEMES.smpl!(joint);
  const bvh = parseBvh(bvhOf({ name: odd }, TURNS));
  const error = await failsCleanly(() => retargetBvh(bvh, "a.bvh"));
  assert(
    error.message.startsWith("readMotion: a.bvh has no joint for left_elbow: it has pelvis, left_hip,") &&
      error.message.endsWith("say which they are with { joints: { theirName: ourName } }"),
    error.message,
  );
  assertEquals(retargetBvh(bvh, "a.bvh", { Ellbogen: "left_elbow" }).count, 1);
  const wrong = await failsCleanly(() => retargetBvh(bvh, "a.bvh", { elbow: "left_elbow" }));
  assert(wrong.message.startsWith('readMotion: the file has no joint "elbow": it has '), wrong.message);
  const ours = await failsCleanly(() => retargetBvh(bvh, "a.bvh", { Ellbogen: "elbow" }));
  assert(ours.message.startsWith('jointIndex: no joint is called "elbow"'), ours.message);
});

Deno.test("retargetBvh() refuses a skeleton that does not stand when its angles are zero", async () => {
  const rest = { left_hip: about([1, 0, 0], -Math.PI / 2), right_hip: about([1, 0, 0], -Math.PI / 2) };
  const error = await failsCleanly(() => retargetBvh(parseBvh(bvhOf({ name: SCHEMES.smpl!, rest }, {})), "sit.bvh"));
  assertEquals(
    error.message,
    "readMotion: sit.bvh does not stand upright when all its angles are zero: export it with a T-pose as rest pose",
  );
});

Deno.test("readMotion() reads a .bvh file, and takes names it is told", () =>
  inFolder(async (folder) => {
    const odd = (joint: string) => joint === "left_elbow" ? "Ellbogen" : SCHEMES.smpl!(joint);
    await Deno.writeTextFile(`${folder}/dance.bvh`, bvhOf({ name: odd }, TURNS));
    const motion = await readMotion(`${folder}/dance.bvh`, { joints: { Ellbogen: "left_elbow" } });
    assertEquals([motion.name, motion.count, motion.rate, motion.loop], ["dance", 1, 40, false]);
    assertEquals([motion.transl[0], motion.transl[2]], [0, 0], "above the origin");
  }));

Deno.test("retargetBvh() of a skeleton without places stays where it is", () => {
  const text = bvhOf({ name: SCHEMES.smpl! }, TURNS).replace("CHANNELS 6 Xposition Yposition Zposition ", "CHANNELS 3 ")
    .replace(/(Frame Time: \S+\n)\S+ \S+ \S+ /, "$1");
  const motion = retargetBvh(parseBvh(text), "a.bvh");
  assertEquals([...motion.transl], [0, 0, 0]);
  assert(Math.abs(motion.poses[1]! - TURNS.pelvis![1]) < 1e-4);
});
