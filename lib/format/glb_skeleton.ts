/**
 * # The skeleton of a .glb file, posed and moving
 *
 * ```
 * node of j = translate(J_j − J_parent) · R_j          J: joints at rest, R_j: own rotation, quaternion xyzw
 * ```
 *
 * @module
 */
import type { Animation, Document, Node } from "@gltf-transform/core";
import type { Motion } from "../body/motion/motion.ts";
import type { Body } from "../body/template.ts";
import { accessor, type Floats } from "./glb_accessor.ts";

/** A node each joint, at rest. */
export function createJoints(document: Document, body: Body, rest: Floats): Node[] {
  const nodes: Node[] = [];
  body.jointNames.forEach((name, joint) => {
    const parent = body.parents[joint]!;
    const from = [0, 1, 2].map((axis) => rest[3 * joint + axis]! - (parent < 0 ? 0 : rest[3 * parent + axis]!));
    nodes.push(document.createNode(name).setTranslation(from as [number, number, number]));
    if (parent >= 0) nodes[parent]!.addChild(nodes[joint]!);
  });
  return nodes;
}

/** Turns the nodes; a world with y down is turned up at the pelvis. */
export function poseJoints(nodes: readonly Node[], pose: Floats, transl: Floats, rest: Floats, turn: boolean): void {
  nodes.forEach((node, joint) => node.setRotation(quaternionOf(pose, 3 * joint, joint === 0 && turn)));
  const sign = turn ? -1 : 1,
    [x, y, z] = [0, 1, 2].map((axis) => rest[axis]! + transl[axis]!) as [number, number, number];
  nodes[0]!.setTranslation([x, sign * y, sign * z]);
}

/** The motion as an animation: rotations of all joints, and the pelvis's way. */
export function animate(document: Document, nodes: readonly Node[], motion: Motion, rest: Floats): void {
  const frames = Array.from({ length: motion.count + (motion.loop ? 1 : 0) }, (_, t) => t % motion.count);
  const times = accessor(document, "SCALAR", Float32Array.from(frames, (_, t) => t / motion.rate));
  const animation: Animation = document.createAnimation(motion.name);
  const add = (node: Node, path: "rotation" | "translation", values: number[]) => {
    const output = accessor(document, path === "rotation" ? "VEC4" : "VEC3", Float32Array.from(values));
    const sampler = document.createAnimationSampler().setInput(times).setOutput(output);
    animation.addSampler(sampler).addChannel(
      document.createAnimationChannel().setTargetNode(node).setTargetPath(path).setSampler(sampler),
    );
  };
  nodes.forEach((node, joint) => {
    let last: Xyzw = [0, 0, 0, 1];
    add(
      node,
      "rotation",
      frames.flatMap((t) => {
        const q = quaternionOf(motion.poses, 3 * (nodes.length * t + joint));
        const flip = q.reduce((sum, number, i) => sum + number * last[i]!, 0) < 0 ? -1 : 1; // the nearer of q and −q
        return last = q.map((number) => flip * number) as Xyzw;
      }),
    );
  });
  add(
    nodes[0]!,
    "translation",
    frames.flatMap((t) => [0, 1, 2].map((axis) => rest[axis]! + motion.transl[3 * t + axis]!)),
  );
}

/** Translations by −rest, column by column. */
export function inverseBinds(rest: Floats): Floats {
  const matrices = new Float32Array(16 * rest.length / 3);
  for (let joint = 0; 3 * joint < rest.length; joint++) {
    const [x, y, z] = rest.subarray(3 * joint, 3 * joint + 3) as unknown as [number, number, number];
    matrices.set([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -x, -y, -z, 1], 16 * joint);
  }
  return matrices;
}

/** A unit quaternion, scalar last. */
type Xyzw = [x: number, y: number, z: number, w: number];

/**
 * The quaternion of the axis-angle rotation whose three numbers begin at `at`.
 *
 * @param turn Whether a half turn about x follows.
 */
function quaternionOf(angles: Float32Array, at: number, turn = false): Xyzw {
  const [x, y, z] = [angles[at]!, angles[at + 1]!, angles[at + 2]!];
  const angle = Math.hypot(x, y, z), sine = angle > 1e-12 ? Math.sin(angle / 2) / angle : 0.5;
  const [i, j, k, w] = [x * sine, y * sine, z * sine, Math.cos(angle / 2)];
  return turn ? [w, -k, j, -i] : [i, j, k, w];
}
