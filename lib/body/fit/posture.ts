/**
 * # A posture: where the joints of a shaped body are, and its points
 *
 * ```
 * P_root(c) = J_root(c) + transl        P_j(c) = P_parent(c) + G_parent·(J_j(c) − J_parent(c))        J(c) = J_0 + J_d·c
 * t_j(c) = P_j(c) − G_j·J_j(c)          x_i = Σ_j w_ij·(G_j·r_i(c) + t_j(c))
 * ```
 *
 * With the joints' world rotations G fixed everything is linear in the coefficients c: `affineJoints` gives P and t as
 * columns (constant, one each coefficient), which the shape solve and Gauss–Newton share.
 *
 * @module
 */
import { apply, type Matrix, multiply, toVector, transpose, type Vector } from "../turns.ts";
import type { BodyRig, RiggedPoints } from "./rig.ts";

/** World rotations, coefficients and translation: all that a fit looks for. */
export interface Posture {
  /** World rotation of each joint, [55] of nine numbers. */
  readonly rotations: readonly Matrix[];
  /** [C]: shape, then expression. */
  readonly coefficients: Float64Array;
  /** [3] metres. */
  readonly transl: Vector;
}

/** Joints as affine functions of the coefficients, without the translation. */
export interface AffineJoints {
  /** P_j, [55, 3, 1 + C] */
  readonly positions: Float64Array;
  /** t_j, [55, 3, 1 + C] */
  readonly shifts: Float64Array;
}

/** P and t of a pose. */
export function affineJoints(rig: BodyRig, rotations: readonly Matrix[]): AffineJoints {
  const { jointCount: J, coefficientCount: C, parents, jointTemplate, jointDirections } = rig, width = 1 + C;
  const positions = new Float64Array(J * 3 * width), shifts = new Float64Array(J * 3 * width);
  const rest = (joint: number, column: number): Vector => {
    const at = (axis: number) =>
      column === 0 ? jointTemplate[3 * joint + axis]! : jointDirections[(3 * joint + axis) * C + column - 1]!;
    return [at(0), at(1), at(2)];
  };
  for (let joint = 0; joint < J; joint++) {
    const parent = parents[joint]!;
    for (let column = 0; column < width; column++) {
      const own = rest(joint, column);
      let position = own;
      if (parent >= 0) {
        const above = rest(parent, column);
        const bone = apply(rotations[parent]!, [own[0] - above[0], own[1] - above[1], own[2] - above[2]]);
        position = bone.map((value, axis) =>
          value + positions[(3 * parent + axis) * width + column]!
        ) as unknown as Vector;
      }
      const turned = apply(rotations[joint]!, own);
      for (let axis = 0; axis < 3; axis++) {
        positions[(3 * joint + axis) * width + column] = position[axis]!;
        shifts[(3 * joint + axis) * width + column] = position[axis]! - turned[axis]!;
      }
    }
  }
  return { positions, shifts };
}

/** Evaluates affine columns at coefficients and adds the translation: [55, 3]. */
export function evaluate(
  columns: Float64Array,
  { coefficients, transl }: Pick<Posture, "coefficients" | "transl">,
): Float64Array {
  const width = 1 + coefficients.length;
  return Float64Array.from({ length: columns.length / width }, (_, row) => {
    let value = columns[row * width]! + transl[row % 3]!;
    for (let k = 1; k < width; k++) value += columns[row * width + k]! * coefficients[k - 1]!;
    return value;
  });
}

/** Rotations relative to the parent, from world rotations. */
export function localRotations(parents: Int32Array, rotations: readonly Matrix[]): Matrix[] {
  return rotations.map((rotation, joint) =>
    parents[joint]! < 0 ? rotation : multiply(transpose(rotations[parents[joint]!]!), rotation)
  );
}

/** Axis-angle of each joint relative to its parent, [55, 3]. */
export function axisAngles(parents: Int32Array, rotations: readonly Matrix[]): Float64Array {
  return Float64Array.from(localRotations(parents, rotations).flatMap((rotation) => [...toVector(rotation)]));
}

/** The points at rest with the pose's corrections, where the body has them: [n, 3]. */
export function correctedRest(rig: BodyRig, points: RiggedPoints, rotations: readonly Matrix[]): Float64Array {
  if (!rig.poseDirections) return points.rest;
  const bends = localRotations(rig.parents, rotations).slice(1).flatMap((rotation) =>
    rotation.map((value, i) => value - (i % 4 === 0 ? 1 : 0))
  );
  const P = bends.length, directions = rig.poseDirections;
  const moved = Float64Array.from({ length: directions.length / P }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < P; k++) sum += directions[row * P + k]! * bends[k]!;
    return sum;
  });
  const { between } = points;
  if (!between) return points.rest.map((value, i) => value + moved[i]!);
  return points.rest.map((value, i) => {
    const point = Math.floor(i / 3), axis = i % 3;
    for (let corner = 3 * point; corner < 3 * point + 3; corner++) {
      value += between.shares[corner]! * moved[3 * between.vertices[corner]! + axis]!;
    }
    return value;
  });
}

/** Where the points are, [n, 3] metres. */
export function posePoints(rig: BodyRig, points: RiggedPoints, posture: Posture): Float64Array {
  const C = rig.coefficientCount, { rotations, coefficients } = posture;
  const shifts = evaluate(affineJoints(rig, rotations).shifts, posture);
  const rest = correctedRest(rig, points, rotations), out = new Float64Array(3 * points.count);
  const flat = Float64Array.from(rotations.flat());
  for (let i = 0; i < points.count; i++) {
    const at = 3 * C * i, moving = points.moving[i]!;
    let x = rest[3 * i]!, y = rest[3 * i + 1]!, z = rest[3 * i + 2]!;
    for (let k = 0; k < moving; k++) {
      const c = coefficients[k]!;
      x += points.directions[at + k]! * c;
      y += points.directions[at + C + k]! * c;
      z += points.directions[at + 2 * C + k]! * c;
    }
    for (let entry = points.start[i]!; entry < points.start[i + 1]!; entry++) {
      const w = points.weights[entry]!, j = points.joints[entry]!, g = 9 * j;
      out[3 * i]! += w * (flat[g]! * x + flat[g + 1]! * y + flat[g + 2]! * z + shifts[3 * j]!);
      out[3 * i + 1]! += w * (flat[g + 3]! * x + flat[g + 4]! * y + flat[g + 5]! * z + shifts[3 * j + 1]!);
      out[3 * i + 2]! += w * (flat[g + 6]! * x + flat[g + 7]! * y + flat[g + 8]! * z + shifts[3 * j + 2]!);
    }
  }
  return out;
}
