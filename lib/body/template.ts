/**
 * # The body template: a mesh that takes shapes, expressions and poses
 *
 * ```
 * rest shape  T(β, ψ) = template + Σ_i β_i·shapeDirections_i + Σ_j ψ_j·expressionDirections_j
 * joints      J(β, ψ) = jointRegressor · T(β, ψ) = jointTemplate + jointDirections · (β, ψ)
 * ```
 *
 * The embedded body is free (CC0) and has SMPL-X's joints, names, order and T-pose rest, so that a user's own
 * `SMPLX_*.npz` takes its place: `loadBody("SMPLX_NEUTRAL.npz")`. Metres, Y up, facing +Z, +X the subject's left, the
 * pelvis near (0, −0.35, 0.01).
 *
 * Joints depend linearly on the coefficients, so their directions are worked out once, at loading.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { basename } from "node:path";
import { readFile } from "../format/file.ts";
import { readNpz } from "../format/npz.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { JOINT_COUNT, JOINT_NAMES, JOINT_PARENTS } from "./joints.ts";
import { BODY_KEYS, type BodyArrays, checkBody, type DirectionSplit } from "./schema.ts";

/** The embedded body: 12,964 vertices, 25,764 faces. */
export const EMBEDDED_BODY: URL = new URL("../../data/body.npz", import.meta.url);
/** The same body, coarser, for tests: 1,013 vertices, 1,984 faces. */
export const SMALL_BODY: URL = new URL("../../data/body_small.npz", import.meta.url);

/** The most that a body file may unpack to; an SMPL-X file with all 400 directions takes 250 MB. */
const MOST_BYTES = 512 * 2 ** 20;

/** A body at rest and all that moves it. */
export interface Body {
  /** The file's name. */
  readonly name: string;
  /** V */
  readonly vertexCount: number;
  /** F */
  readonly faceCount: number;
  /** [V, 3] metres: the mean shape in T-pose. */
  readonly template: tf.Tensor2D;
  /** [V, 3, S] metres a unit, one unit being one standard deviation. */
  readonly shapeDirections: tf.Tensor3D;
  /** [V, 3, E] metres a unit. */
  readonly expressionDirections: tf.Tensor3D;
  /** [V, 3, P] metres; P = 486, or 0 where a body has no pose corrections. */
  readonly poseDirections: tf.Tensor3D;
  /** [55, V]; rows sum to 1. */
  readonly jointRegressor: tf.Tensor2D;
  /** [55, 3] metres: the joints of the mean shape. */
  readonly jointTemplate: tf.Tensor2D;
  /** [55, 3, S+E] metres a unit: shape, then expression. */
  readonly jointDirections: tf.Tensor3D;
  /** [V, 55]; rows sum to 1. */
  readonly weights: tf.Tensor2D;
  /** F·3 vertex indices, anticlockwise seen from outside. */
  readonly faces: Int32Array;
  /** [F] square metres, on the mean shape at rest. */
  readonly faceAreas: Float64Array;
  /** T·2 texture points, if the file has them. */
  readonly uvs: Float32Array | undefined;
  /** F·3 indices of texture points, if the file has them. */
  readonly uvFaces: Int32Array | undefined;
  /** The vertex on the other side, if the file knows; the template is then its own mirror image. */
  readonly mirror: Int32Array | undefined;
  /** The parent of each joint; −1 at the root. */
  readonly parents: Int32Array;
  /** The joints' names in order. */
  readonly jointNames: readonly string[];
  /** Frees the tensors. */
  dispose(): void;
}

/** What to take from a body file. */
export interface LoadBodyOptions {
  /** Shape directions to keep at most; 10 unless told. */
  readonly shapes: number;
  /** Expression directions to keep at most; 10 unless told. */
  readonly expressions: number;
  /** How `shapedirs` divides, for files that hold neither 300 + 100 nor 10 + 10 directions. */
  readonly split: DirectionSplit | undefined;
}

/**
 * Loads the embedded body, or a body of SMPL-X's format.
 *
 * @param path An .npz file with SMPL-X's keys; the embedded body if not given.
 * @returns the body; the caller disposes of it.
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {SyntaxError} if the file is no .npz.
 * @throws {TypeError} if an array is missing or has another shape.
 * @throws {RangeError} if numbers are out of range.
 */
export async function loadBody(
  path: string | URL = EMBEDDED_BODY,
  options: Partial<LoadBodyOptions> = {},
): Promise<Body> {
  const { shapes, expressions, split } = resolveOptions<LoadBodyOptions>("loadBody", {
    shapes: 10,
    expressions: 10,
    split: undefined,
  }, options);
  expectInteger("loadBody", "shapes", shapes, 1);
  expectInteger("loadBody", "expressions", expressions, 0);
  const name = basename(String(path));
  if (name.endsWith(".pkl")) {
    throw new TypeError(`loadBody: ${name} is a pickle, which could run code: use the .npz file of the same model`);
  }
  const npz = readNpz(await readFile("loadBody", path), { name, only: BODY_KEYS, maxBytes: MOST_BYTES });
  return createBody(name, checkBody(npz, name, { shapes, expressions }, split));
}

function createBody(name: string, arrays: BodyArrays): Body {
  const { vertexCount: V, faceCount, shapes: S, expressions: E, poseFeatures: P } = arrays;
  const directions = joinColumns(arrays.shapeDirections, S, arrays.expressionDirections, E);
  const tensors = {
    template: tf.tensor2d(arrays.template, [V, 3]),
    shapeDirections: tf.tensor3d(arrays.shapeDirections, [V, 3, S]),
    expressionDirections: tf.tensor3d(arrays.expressionDirections, [V, 3, E]),
    poseDirections: tf.tensor3d(arrays.poseDirections, [V, 3, P]),
    jointRegressor: tf.tensor2d(arrays.jointRegressor, [JOINT_COUNT, V]),
    jointTemplate: tf.tensor2d(regress(arrays.jointRegressor, arrays.template, 3), [JOINT_COUNT, 3]),
    jointDirections: tf.tensor3d(regress(arrays.jointRegressor, directions, 3 * (S + E)), [JOINT_COUNT, 3, S + E]),
    weights: tf.tensor2d(arrays.weights, [V, JOINT_COUNT]),
  };
  return {
    name,
    vertexCount: V,
    faceCount,
    ...tensors,
    faces: arrays.faces,
    faceAreas: faceAreas(arrays.template, arrays.faces),
    uvs: arrays.uvs,
    uvFaces: arrays.uvFaces,
    mirror: arrays.mirror,
    parents: Int32Array.from(JOINT_PARENTS),
    jointNames: JOINT_NAMES,
    dispose: () => disposeAll(tensors),
  };
}

function faceAreas(vertices: Float32Array, faces: Int32Array): Float64Array {
  const edge = (from: number, to: number) =>
    [0, 1, 2].map((axis) => vertices[3 * to + axis]! - vertices[3 * from + axis]!) as [number, number, number];
  return Float64Array.from({ length: faces.length / 3 }, (_, face) => {
    const [v0, v1, v2] = faces.subarray(3 * face, 3 * face + 3) as unknown as [number, number, number];
    const [ux, uy, uz] = edge(v0, v1), [wx, wy, wz] = edge(v0, v2);
    return Math.hypot(uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx) / 2;
  });
}

/** Rows of `a` and `b` side by side. */
function joinColumns(a: Float32Array, widthA: number, b: Float32Array, widthB: number): Float32Array {
  const width = widthA + widthB, joined = new Float32Array(a.length / widthA * width);
  for (let row = 0; row * width < joined.length; row++) {
    joined.set(a.subarray(row * widthA, (row + 1) * widthA), row * width);
    joined.set(b.subarray(row * widthB, (row + 1) * widthB), row * width + widthA);
  }
  return joined;
}

/** regressor [55, V] · values [V, width], summed in double precision over the regressor's nonzero numbers. */
function regress(regressor: Float32Array, values: Float32Array, width: number): Float32Array {
  const V = values.length / width, joints = new Float64Array(JOINT_COUNT * width);
  for (let at = 0; at < regressor.length; at++) {
    const weight = regressor[at]!;
    if (weight === 0) continue;
    const joint = Math.floor(at / V) * width, vertex = at % V * width;
    for (let i = 0; i < width; i++) joints[joint + i]! += weight * values[vertex + i]!;
  }
  return Float32Array.from(joints);
}
