/**
 * # Forward kinematics: from each joint's own rotation to where it is and how it is turned
 *
 * ```
 * G_root = R_root              p_root = J_root
 * G_j = G_parent · R_j         p_j = p_parent + G_parent · (J_j − J_parent)
 * ```
 *
 * J are the joints at rest. All joints at the same depth below the pelvis are computed together, so 55 joints take 11
 * steps. Parents are picked by products with matrices of zeros and ones, because these have a fast gradient on every
 * backend.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { matMul } from "../tensor/mat_mul.ts";
import { expectShape } from "../tensor/shape.ts";
import { composeRotations, turnVectors } from "./rotation.ts";

/** Where the joints are and how they are turned. */
export interface PosedJoints {
  /** [J, 3, 3]: from rest to posed, in the world. */
  readonly rotations: tf.Tensor3D;
  /** [J, 3] metres. */
  readonly positions: tf.Tensor2D;
}

/**
 * Carries rotations down the tree of joints.
 *
 * @param parents J parents, each before its children; −1 at the root, which comes first.
 * @param rotations [J, 3, 3]: each joint's own rotation, relative to its parent.
 * @param rest [J, 3] metres: the joints at rest.
 * @returns rotations and positions in the world; the caller disposes of both.
 * @throws {TypeError} if the shapes do not fit.
 */
export function poseJoints(parents: Int32Array, rotations: tf.Tensor3D, rest: tf.Tensor2D): PosedJoints {
  const { j } = expectShape("poseJoints", { rotations, rest }, { rotations: "j 3 3", rest: "j 3" });
  if (parents.length !== j) throw new TypeError(`poseJoints: parents must have ${j} entries: got ${parents.length}`);
  return tf.tidy(() => {
    const levels = levelsOf(parents);
    const parentOf = Array.from(parents, (parent) => Math.max(parent, 0));
    const offsets = rest.sub<tf.Tensor2D>(pick(parentOf, j, rest));
    const own = rotations.reshape<tf.Tensor2D>([j, 9]);
    const root = tf.concat2d([own.slice([0, 0], [1, 9]), rest.slice([0, 0], [1, 3])], 1); // [1, 12]
    const posed = [root], placeOf = new Map([[0, 0]]); // joint → row
    let above = root, placeAbove = new Map([[0, 0]]);
    for (const level of levels.slice(1)) {
      const parent = pick(level.map((joint) => placeAbove.get(parents[joint]!)!), above.shape[0], above); // [k, 12]
      const turned = parent.slice([0, 0], [-1, 9]).reshape<tf.Tensor3D>([-1, 3, 3]);
      const rotation = composeRotations(turned, pick(level, j, own).reshape<tf.Tensor3D>([-1, 3, 3]));
      const position = parent.slice([0, 9], [-1, 3]).add<tf.Tensor2D>(turnVectors(turned, pick(level, j, offsets)));
      above = tf.concat2d([rotation.reshape<tf.Tensor2D>([-1, 9]), position], 1);
      placeAbove = new Map(level.map((joint, row) => [joint, row]));
      for (const joint of level) placeOf.set(joint, placeOf.size);
      posed.push(above);
    }
    const rows = Array.from({ length: j }, (_, joint) => placeOf.get(joint)!);
    const inOrder = pick(rows, j, tf.concat2d(posed, 0)); // [J, 12]
    return {
      rotations: inOrder.slice([0, 0], [-1, 9]).reshape<tf.Tensor3D>([j, 3, 3]),
      positions: inOrder.slice([0, 9], [-1, 3]) as tf.Tensor2D,
    };
  });
}

/** Rows of a small table [m, c], by a product with zeros and ones. */
function pick(rows: readonly number[], m: number, table: tf.Tensor2D): tf.Tensor2D {
  const chooser = new Float32Array(rows.length * m);
  rows.forEach((row, i) => chooser[i * m + row] = 1);
  return matMul(tf.tensor2d(chooser, [rows.length, m]), table);
}

/** Joints by depth, the root's level first. */
function levelsOf(parents: Int32Array): number[][] {
  const depth: number[] = [];
  const levels: number[][] = [];
  parents.forEach((parent, joint) => {
    depth.push(parent < 0 ? 0 : depth[parent]! + 1);
    (levels[depth[joint]!] ??= []).push(joint);
  });
  return levels;
}
