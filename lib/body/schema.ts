/**
 * # What a body file must hold
 *
 * | key | shape | what |
 * |---|---|---|
 * | `v_template` | [V, 3] | vertices of the mean shape at rest, metres |
 * | `shapedirs` | [V, 3, S+E] | displacement for one unit of each shape, then each expression coefficient |
 * | `posedirs` | [V, 3, P] | pose corrections, P = 54·9, or 0 for none |
 * | `J_regressor` | [55, V] | joints as weighted means of vertices |
 * | `weights` | [V, 55] | how far each joint moves each vertex |
 * | `kintree_table` | [2, 55] | row 0: parents |
 * | `f` | [F, 3] | faces, as vertex indices |
 * | `vt`, `ft` | [T, 2], [F, 3] | texture points and the faces over them (may be absent) |
 * | `mirror` | [V] | the vertex on the other side (ours; absent in SMPL-X files) |
 *
 * Published SMPL-X files hold 300 shape and 100 expression directions in one array, or 10 and 10.
 *
 * @module
 */
import { floats, type Npz } from "../format/npz.ts";
import type { NpyArray } from "../format/npy.ts";
import { JOINT_COUNT, JOINT_PARENTS } from "./joints.ts";

/** Keys that are read; the others of an SMPL-X file (hand components, landmarks) stay packed. */
export const BODY_KEYS = [
  "v_template",
  "shapedirs",
  "posedirs",
  "J_regressor",
  "weights",
  "kintree_table",
  "f",
  "vt",
  "ft",
  "mirror",
] as const;

/** How `shapedirs` divides into shape and expression directions. */
export interface DirectionSplit {
  /** Shape directions, which come first. */
  readonly shapes: number;
  /** Expression directions, which follow. */
  readonly expressions: number;
}

/** A checked body file: plain numbers, single precision. */
export interface BodyArrays {
  readonly vertexCount: number;
  readonly faceCount: number;
  readonly template: Float32Array;
  /** [V, 3, S] */
  readonly shapeDirections: Float32Array;
  readonly shapes: number;
  /** [V, 3, E] */
  readonly expressionDirections: Float32Array;
  readonly expressions: number;
  /** [V, 3, P] */
  readonly poseDirections: Float32Array;
  readonly poseFeatures: number;
  readonly jointRegressor: Float32Array;
  readonly weights: Float32Array;
  readonly faces: Int32Array;
  readonly uvs: Float32Array | undefined;
  readonly uvFaces: Int32Array | undefined;
  readonly mirror: Int32Array | undefined;
}

const POSE_FEATURES = (JOINT_COUNT - 1) * 9;

/**
 * Checks a body file and brings its arrays into the order that the rest of the library uses.
 *
 * @param npz The file's arrays, those named in {@linkcode BODY_KEYS}.
 * @param wanted How many directions to keep at most.
 * @param split How `shapedirs` divides; [V, 3, 400] is 300 + 100 and [V, 3, 20] is 10 + 10 unless told.
 * @throws {TypeError} if an array is missing or has another shape.
 * @throws {RangeError} if numbers are not finite, faces point outside, weights do not sum to 1, or parents differ.
 */
export function checkBody(npz: Npz, name: string, wanted: DirectionSplit, split?: DirectionSplit): BodyArrays {
  const V = get(npz, name, "v_template", "V 3").shape[0]!;
  if (V < 3 || get(npz, name, "f", "F 3").shape[0]! < 1) {
    throw new RangeError(`loadBody: ${name} must have at least one face: got ${V} vertices`);
  }
  const directions = get(npz, name, "shapedirs", `${V} 3 D`);
  const { shapes, expressions } = splitOf(directions.shape[2]!, name, split);
  const pose = get(npz, name, "posedirs", `${V} 3 P`);
  const poseFeatures = pose.shape[2]!;
  if (poseFeatures !== 0 && poseFeatures !== POSE_FEATURES) {
    throw new TypeError(
      `loadBody: posedirs of ${name} must be [${V}, 3, ${POSE_FEATURES}] or [${V}, 3, 0]: got [${
        pose.shape.join(", ")
      }]`,
    );
  }
  checkParents(npz, name);
  const faces = indices(get(npz, name, "f", "F 3"), V, `f of ${name}`);
  const uvs = optional(npz, name, "vt", "T 2"), uvFaces = optional(npz, name, "ft", `${faces.length / 3} 3`);
  const mirror = optional(npz, name, "mirror", `${V}`);
  const template = finite(get(npz, name, "v_template", "V 3"), `v_template of ${name}`);
  checkStature(template, name);
  const moved = finite(directions, `shapedirs of ${name}`), width = directions.shape[2]!;
  const [S, E] = [Math.min(shapes, wanted.shapes), Math.min(expressions, wanted.expressions)];
  return {
    vertexCount: V,
    faceCount: faces.length / 3,
    template,
    shapeDirections: columns(moved, width, 0, S),
    shapes: S,
    expressionDirections: columns(moved, width, shapes, E),
    expressions: E,
    poseDirections: finite(pose, `posedirs of ${name}`),
    poseFeatures,
    jointRegressor: rowsOfOne(get(npz, name, "J_regressor", `${JOINT_COUNT} ${V}`), `J_regressor of ${name}`),
    weights: rowsOfOne(get(npz, name, "weights", `${V} ${JOINT_COUNT}`), `weights of ${name}`),
    faces,
    uvs: uvs && finite(uvs, `vt of ${name}`),
    uvFaces: uvs && uvFaces && indices(uvFaces, uvs.shape[0]!, `ft of ${name}`),
    mirror: mirror && indices(mirror, V, `mirror of ${name}`),
  };
}

/** A body is between a doll and a giant, in metres: anything else is another unit, or no body. */
function checkStature(template: Float32Array, name: string): void {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 1; i < template.length; i += 3) {
    [low, high] = [Math.min(low, template[i]!), Math.max(high, template[i]!)];
  }
  if (high - low > 0.2 && high - low < 10) return;
  throw new RangeError(`loadBody: v_template of ${name} must be a body in metres: it is ${high - low} tall: scale it`);
}

/** An array whose sizes fit; letters stand for any size. */
function get(npz: Npz, name: string, key: string, axes: string): NpyArray {
  const array = npz.arrays.get(key);
  if (!array) {
    const why = npz.skipped.get(key) ?? `it has ${[...npz.arrays.keys()].join(", ") || "none of the wanted arrays"}`;
    throw new TypeError(`loadBody: ${name} must hold "${key}" [${axes.split(" ").join(", ")}]: ${why}`);
  }
  const sizes = axes.split(" ");
  const fits = sizes.length === array.shape.length &&
    sizes.every((size, axis) => /\D/.test(size) || Number(size) === array.shape[axis]);
  if (!fits) {
    const hint = key === "J_regressor" || key === "weights" ? `; SMPL-X has ${JOINT_COUNT} joints` : "";
    throw new TypeError(
      `loadBody: ${key} of ${name} must be [${sizes.join(", ")}]: got [${array.shape.join(", ")}]${hint}`,
    );
  }
  return array;
}

function optional(npz: Npz, name: string, key: string, axes: string): NpyArray | undefined {
  return npz.arrays.has(key) ? get(npz, name, key, axes) : undefined;
}

function splitOf(width: number, name: string, split: DirectionSplit | undefined): DirectionSplit {
  const known = new Map([[400, { shapes: 300, expressions: 100 }], [20, { shapes: 10, expressions: 10 }]]);
  const chosen = split ?? known.get(width);
  if (!chosen) {
    throw new TypeError(
      `loadBody: shapedirs of ${name} has ${width} directions, neither 400 (300 + 100) nor 20 (10 + 10): ` +
        `say how they divide with the option split: { shapes, expressions }`,
    );
  }
  if (chosen.shapes + chosen.expressions !== width) {
    throw new RangeError(
      `loadBody: split must add up to the ${width} directions of ${name}: got ${chosen.shapes} + ${chosen.expressions}`,
    );
  }
  return chosen;
}

/** Parents must be SMPL-X's; the root's is written −1 or as the largest unsigned number. */
function checkParents(npz: Npz, name: string): void {
  const { data } = get(npz, name, "kintree_table", `2 ${JOINT_COUNT}`);
  for (let joint = 1; joint < JOINT_COUNT; joint++) {
    if (Number(data[joint]) !== JOINT_PARENTS[joint]) {
      throw new RangeError(
        `loadBody: kintree_table of ${name} must hold SMPL-X's parents: joint ${joint} has ${data[joint]}, not ${
          JOINT_PARENTS[joint]
        }`,
      );
    }
  }
}

function finite(array: NpyArray, what: string): Float32Array {
  const numbers = floats(array);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`loadBody: ${what} must be finite: number ${bad} is ${numbers[bad]}`);
  return numbers;
}

/** Whole numbers below a bound. */
function indices(array: NpyArray, bound: number, what: string): Int32Array {
  const numbers = Int32Array.from(array.data as Float64Array, Number);
  const bad = numbers.findIndex((value, i) => !(value >= 0 && value < bound) || Number(array.data[i]) !== value);
  if (bad >= 0) {
    throw new RangeError(`loadBody: ${what} must hold 0 to ${bound - 1}: number ${bad} is ${array.data[bad]}`);
  }
  return numbers;
}

/** Rows that sum to 1, up to rounding. */
function rowsOfOne(array: NpyArray, what: string): Float32Array {
  const numbers = finite(array, what), width = array.shape[1]!;
  for (let row = 0; row < array.shape[0]!; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += numbers[i]!;
    if (Math.abs(sum - 1) > 1e-2) {
      throw new RangeError(`loadBody: ${what} must sum to 1 in each row: row ${row} sums to ${sum}`);
    }
  }
  return numbers;
}

/** `count` columns of rows of `width`, from column `first`. */
function columns(data: Float32Array, width: number, first: number, count: number): Float32Array {
  const chosen = new Float32Array(data.length / width * count);
  for (let row = 0, to = 0; to < chosen.length; row += width) {
    for (let i = 0; i < count; i++) chosen[to++] = data[row + first + i]!;
  }
  return chosen;
}
