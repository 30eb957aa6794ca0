/**
 * # From another skeleton to the body
 *
 * Skeletons differ in axes, in lengths and in the pose that zero angles mean. With B the other's axes (left, up, forward)
 * in its own world, G_j its joint's rotation there and d, o the directions of the same bone at rest, ours and theirs:
 *
 * ```
 * G'_j = Bᵀ·G_j·B · C_j         C_j: the shortest rotation from d to Bᵀ·o         then  G'_j·d = Bᵀ·G_j·o
 * R'_j = G'_parentᵀ · G'_j      transl = s·Bᵀ·p_root − standing height            s: our leg length / theirs
 * ```
 *
 * so that every bone of arms and legs points where theirs points, whether their zero pose is a T, an A or arms hanging.
 * Hands and fingers keep their angle to the forearm. Trunk, head and feet take over rotations as they are: both stand
 * upright at rest, and directions of short bones of the spine say little. B is made of whole axes, so a slight lean of the
 * rest pose is not mistaken for a tilted world.
 *
 * @module
 */
import type { Bvh, BvhJoint } from "../../format/bvh.ts";
import {
  about,
  add,
  apply,
  between,
  chain,
  cross,
  dot,
  IDENTITY,
  length,
  type Matrix,
  multiply,
  scale,
  subtract,
  toVector,
  transpose,
  type Vector,
} from "../turns.ts";
import { JOINT_COUNT, JOINT_NAMES, JOINT_PARENTS, jointIndex } from "../joints.ts";
import { matchJoints, nameList } from "./joint_names.ts";
import { createMotion, type Motion } from "./motion.ts";

/** Bones of the embedded body's left side at rest, metres: from the joint to the one after it. */
const BONES: Readonly<Record<string, { readonly next: string; readonly bone: Vector }>> = {
  hip: { next: "knee", bone: [0.031, -0.372, -0.004] },
  knee: { next: "ankle", bone: [-0.007, -0.436, -0.029] },
  shoulder: { next: "elbow", bone: [0.25, -0.043, -0.031] },
  elbow: { next: "wrist", bone: [0.229, 0.008, -0.008] },
};
const LEG_LENGTH = length(BONES.hip!.bone) + length(BONES.knee!.bone);
const NEEDED = ["left", "right"].flatMap((side) =>
  ["hip", "knee", "shoulder", "elbow"].map((part) => `${side}_${part}`)
);

/**
 * The motion of a BVH skeleton, on our joints.
 *
 * @param name How the file is called in errors.
 * @param given Our joint by the skeleton's name, for names that no rule knows.
 * @throws {TypeError} if hips, knees, shoulders or elbows are not among its joints, or its rest pose does not stand.
 */
export function retargetBvh(bvh: Bvh, name: string, given: Readonly<Record<string, string>> = {}): Motion {
  const places = matchJoints(bvh, given);
  const missing = NEEDED.filter((joint) => !places.has(jointIndex(joint)));
  if (missing.length > 0) {
    throw new TypeError(
      `readMotion: ${name} has no joint for ${missing.join(", ")}: it has ${nameList(bvh.joints)}; ` +
        "say which they are with { joints: { theirName: ourName } }",
    );
  }
  const rest = restPositions(bvh), at = (joint: string) => rest[places.get(jointIndex(joint))!]!;
  const axes = worldAxes(name, at, rest);
  const inOurs = (v: Vector) => apply(transpose(axes), v);
  const corrections = restCorrections(places, at, inOurs);
  const legs = ["left", "right"].map((side) => {
    const ankle = places.has(jointIndex(`${side}_ankle`)) ? at(`${side}_ankle`) : undefined;
    const thigh = length(subtract(at(`${side}_knee`), at(`${side}_hip`)));
    return thigh + (ankle ? length(subtract(ankle, at(`${side}_knee`))) : thigh);
  });
  const size = 2 * LEG_LENGTH / (legs[0]! + legs[1]!);
  const tips = [...rest, ...bvh.ends.map(({ parent, offset }) => add(rest[parent]!, offset))];
  const standing = -Math.min(...tips.map((tip) => inOurs(subtract(tip, at("pelvis")))[1]));

  const walks = bvh.joints[0]!.channels.some((channel) => channel.endsWith("position")); // else it stays where it is

  const T = bvh.frameCount, poses = new Float32Array(3 * JOINT_COUNT * T), transl = new Float32Array(3 * T);
  for (let t = 0; t < T; t++) {
    const values = bvh.values.subarray(t * bvh.channelCount, (t + 1) * bvh.channelCount);
    const { turned, root } = poseSkeleton(bvh, values, rest, places.get(0)!);
    if (walks) {
      const [x, y, z] = inOurs(root);
      transl.set([size * x, size * (y - standing), size * z], 3 * t);
    }
    const globals: Matrix[] = [];
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const place = places.get(joint), above = globals[JOINT_PARENTS[joint]!] ?? IDENTITY;
      const own = place === undefined ? above : chain(transpose(axes), turned[place]!, axes, corrections[joint]!);
      globals.push(own);
      poses.set(toVector(multiply(transpose(above), own)), 3 * (JOINT_COUNT * t + joint));
    }
  }
  return createMotion({ name, rate: 1 / bvh.frameSeconds, poses, transl });
}

/** Where the joints are with all rotations at zero, the root at its offset. */
function restPositions({ joints }: Bvh): Vector[] {
  const positions: Vector[] = [];
  for (const { parent, offset } of joints) positions.push(parent < 0 ? offset : add(positions[parent]!, offset));
  return positions;
}

/** Columns: their left, up and forward, each the nearest whole axis. */
function worldAxes(name: string, at: (joint: string) => Vector, rest: readonly Vector[]): Matrix {
  const middle = (joint: string) => scale(add(at(`left_${joint}`), at(`right_${joint}`)), 0.5);
  const up = nearestAxis(subtract(middle("shoulder"), middle("hip")));
  const left = nearestAxis(subtract(at("left_hip"), at("right_hip")));
  const down = subtract(middle("knee"), middle("hip"));
  if (
    dot(up, left) !== 0 || dot(up, down) > -0.5 * length(down) || rest.some((place) => !place.every(Number.isFinite))
  ) {
    throw new TypeError(
      `readMotion: ${name} does not stand upright when all its angles are zero: export it with a T-pose as rest pose`,
    );
  }
  const forward = cross(left, up);
  return [0, 1, 2].flatMap((axis) => [left[axis]!, up[axis]!, forward[axis]!]);
}

function nearestAxis(v: Vector): Vector {
  const most = [0, 1, 2].reduce((best, axis) => Math.abs(v[axis]!) > Math.abs(v[best]!) ? axis : best, 0);
  return [0, 1, 2].map((axis) => axis === most ? Math.sign(v[axis]!) || 1 : 0) as unknown as Vector;
}

/** C_j of all joints. */
function restCorrections(
  places: ReadonlyMap<number, number>,
  at: (joint: string) => Vector,
  inOurs: (v: Vector) => Vector,
): Matrix[] {
  const corrections: Matrix[] = [];
  JOINT_NAMES.forEach((joint, i) => {
    const [, side, part] = /^(left|right)_(.*)$/.exec(joint) ?? [];
    const bone = BONES[part ?? ""], next = bone && `${side}_${bone.next}`;
    if (bone && next && places.has(i) && places.has(jointIndex(next))) {
      const ours: Vector = side === "left" ? bone.bone : [-bone.bone[0], bone.bone[1], bone.bone[2]];
      corrections.push(between(ours, inOurs(subtract(at(next), at(joint)))));
    } else {
      const hand = part !== undefined && (i >= 25 || part === "wrist"); // hands and fingers follow the forearm
      corrections.push(hand ? corrections[JOINT_PARENTS[i]!]! : IDENTITY);
    }
  });
  return corrections;
}

/** Each joint's rotation in the world, and where joint `root` is. */
function poseSkeleton(
  { joints }: Bvh,
  values: Float32Array,
  rest: readonly Vector[],
  root: number,
): { turned: Matrix[]; root: Vector } {
  const turned: Matrix[] = [], positions: Vector[] = [];
  joints.forEach((joint, i) => {
    const { rotation, place } = readChannels(joint, values);
    const above = turned[joint.parent] ?? IDENTITY;
    turned.push(multiply(above, rotation));
    // a root's place replaces its offset; other joints keep their bones
    positions.push(joint.parent < 0 ? place ?? rest[i]! : add(positions[joint.parent]!, apply(above, joint.offset)));
  });
  return { turned, root: positions[root]! };
}

const AXES: Readonly<Record<string, Vector>> = { X: [1, 0, 0], Y: [0, 1, 0], Z: [0, 0, 1] };

function readChannels(
  { channels, firstChannel }: BvhJoint,
  values: Float32Array,
): { rotation: Matrix; place?: Vector } {
  let rotation = IDENTITY;
  const place: [number, number, number] = [0, 0, 0];
  let placed = false;
  channels.forEach((channel, i) => {
    const value = values[firstChannel + i]!, axis = AXES[channel[0]!]!;
    if (channel.endsWith("rotation")) rotation = multiply(rotation, about(axis, value * Math.PI / 180));
    else {
      place[axis.indexOf(1)] = value;
      placed = true;
    }
  });
  return placed ? { rotation, place } : { rotation };
}
