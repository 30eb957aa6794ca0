/**
 * # A body in plain numbers, for fitting
 *
 * ```
 * x_i = Σ_j w_ij·(G_j·r_i + t_j)       r_i = rest_i + directions_i·c + corrections      c = (β, ψ)
 * ```
 *
 * A fit reads a body's numbers some millions of times, and its normal equations want double precision: tensors are read
 * once into typed arrays and kept for as long as the body lives. What is fitted are *points* that move with the body: its
 * vertices, or places on its faces (points_on_faces.ts).
 *
 * Most points do not move with the expression: `moving` says how many of the coefficients count, which halves the work.
 *
 * @module
 */
import type { Body } from "../template.ts";

/** Points that move with the body, as typed arrays. */
export interface RiggedPoints {
  /** n */
  readonly count: number;
  /** [n, 3] metres. */
  readonly rest: Float64Array;
  /** [n, 3, C] metres a unit. */
  readonly directions: Float64Array;
  /** [n]: how many of the C coefficients move the point; the first ones. */
  readonly moving: Int32Array;
  /** Weights of point i are at start[i] to start[i + 1] − 1, [n + 1]. */
  readonly start: Int32Array;
  /** The joints of the weights. */
  readonly joints: Int32Array;
  /** The weights; those of a point sum to 1. */
  readonly weights: Float64Array;
  /** [n]: the joint of the largest weight. */
  readonly part: Int32Array;
  /** The vertices each point lies between and in which proportion, [n, 3]; absent for the vertices themselves. */
  readonly between?: { readonly vertices: Int32Array; readonly shares: Float64Array };
}

/** A body's numbers. */
export interface BodyRig {
  /** 55 */
  readonly jointCount: number;
  /** S */
  readonly shapeCount: number;
  /** C = S + E: shape and expression coefficients. */
  readonly coefficientCount: number;
  /** The parent of each joint; −1 at the root. */
  readonly parents: Int32Array;
  /** Each joint's children. */
  readonly children: readonly (readonly number[])[];
  /** The joints' names. */
  readonly names: readonly string[];
  /** [55, 3] metres. */
  readonly jointTemplate: Float64Array;
  /** [55, 3, C] */
  readonly jointDirections: Float64Array;
  /** The vertices. */
  readonly vertices: RiggedPoints;
  /** [V, 3, P], if the body has pose corrections. */
  readonly poseDirections: Float32Array | undefined;
}

const STILL = 1e-7; // metres: below it a point counts as unmoved
const rigs = new WeakMap<Body, Promise<BodyRig>>();

/** The numbers of a body; read once. */
export function rigOf(body: Body): Promise<BodyRig> {
  return remember(rigs, body, () => readRig(body));
}

/** What was made for a key, made once while the key lives. */
export function remember<K extends object, T>(
  memory: WeakMap<K, Promise<T>>,
  key: K,
  make: () => Promise<T>,
): Promise<T> {
  const known = memory.get(key);
  if (known) return known;
  const made = make();
  memory.set(key, made);
  made.catch(() => memory.delete(key));
  return made;
}

async function readRig(body: Body): Promise<BodyRig> {
  const [template, shape, expression, jointTemplate, jointDirections, weights, corrections] = await Promise.all(
    [
      body.template,
      body.shapeDirections,
      body.expressionDirections,
      body.jointTemplate,
      body.jointDirections,
      body.weights,
      body.poseDirections,
    ].map((tensor) => tensor.data() as Promise<Float32Array>),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const V = body.vertexCount, S = body.shapeDirections.shape[2], E = body.expressionDirections.shape[2], C = S + E;
  const J = body.parents.length;
  const directions = new Float64Array(V * 3 * C);
  for (let row = 0; row < 3 * V; row++) {
    directions.set(shape.subarray(row * S, (row + 1) * S), row * C);
    directions.set(expression.subarray(row * E, (row + 1) * E), row * C + S);
  }
  const joints: number[] = [], kept: number[] = [], start = new Int32Array(V + 1);
  for (let v = 0; v < V; v++) {
    for (let j = 0; j < J; j++) {
      if (weights[v * J + j] === 0) continue;
      joints.push(j);
      kept.push(weights[v * J + j]!);
    }
    start[v + 1] = joints.length;
  }
  const expressive = expressiveJoints(body.parents, jointDirections, S, C);
  const children: number[][] = Array.from({ length: J }, () => []);
  body.parents.forEach((parent, joint) => children[parent]?.push(joint));
  const csr = { count: V, start, joints: Int32Array.from(joints), weights: Float64Array.from(kept) };
  return {
    jointCount: J,
    shapeCount: S,
    coefficientCount: C,
    parents: body.parents,
    children,
    names: body.jointNames,
    jointTemplate: Float64Array.from(jointTemplate),
    jointDirections: Float64Array.from(jointDirections),
    vertices: {
      ...csr,
      rest: Float64Array.from(template),
      directions,
      moving: movingCounts(csr, directions, expressive, S, C),
      part: largest(csr),
    },
    poseDirections: corrections.length > 0 ? corrections : undefined,
  };
}

/** Weights of points by rows. */
export type Csr = Pick<RiggedPoints, "count" | "start" | "joints" | "weights">;

/** Joints whose place at rest depends on the expression, themselves or through an ancestor. */
function expressiveJoints(parents: Int32Array, directions: ArrayLike<number>, S: number, C: number): boolean[] {
  const expressive: boolean[] = [];
  parents.forEach((parent, joint) => {
    let moved = parent >= 0 && expressive[parent]!;
    for (let i = joint * 3 * C; i < (joint + 1) * 3 * C; i++) {
      if (i % C >= S && Math.abs(directions[i]!) > STILL) moved = true;
    }
    expressive.push(moved);
  });
  return expressive;
}

function movingCounts(csr: Csr, directions: Float64Array, expressive: boolean[], S: number, C: number): Int32Array {
  return Int32Array.from({ length: csr.count }, (_, point) => {
    for (let at = csr.start[point]!; at < csr.start[point + 1]!; at++) if (expressive[csr.joints[at]!]) return C;
    for (let i = point * 3 * C; i < (point + 1) * 3 * C; i++) {
      if (i % C >= S && Math.abs(directions[i]!) > STILL) return C;
    }
    return S;
  });
}

/** [n]: the joint of each point's largest weight. */
export function largest({ count, start, joints, weights }: Csr): Int32Array {
  return Int32Array.from({ length: count }, (_, point) => {
    let best = start[point]!;
    for (let at = best; at < start[point + 1]!; at++) if (weights[at]! > weights[best]!) best = at;
    return joints[best]!;
  });
}
