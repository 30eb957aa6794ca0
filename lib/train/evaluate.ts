/**
 * # Evaluate: a localizer on people it has not seen
 *
 * ```
 * example → link → locate(all vertices and joints) → Scoreboard
 * ```
 *
 * The examples of an evaluation set are cached like those of training. Beside the localizer stand two baselines that show
 * what the set is worth:
 *
 * - **mean pose**: always the mean of the training people, in 3D relative to the pelvis and in the crop;
 * - **pooled**: the same numbers by ridge regression from pooled features (mean and maximum over the cells), without a field:
 *   what features alone tell, when nothing is asked at a point.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { JOINT_COUNT } from "../body/joints.ts";
import { coveringMap, CROP, type Encoder, type FeatureMap } from "../encoder/encoder.ts";
import type { Localizer } from "../localize/localizer.ts";
import { linkFeatures } from "../localize/link.ts";
import { locate } from "../localize/locate.ts";
import { type ViewChoice, ViewedCrop } from "../localize/locate_in_views.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { cropOf, type Example, projectPoint } from "./examples.ts";
import type { ExampleSource } from "./loop.ts";
import { type Measured, METRIC_JOINTS, type Metrics, Scoreboard } from "./metrics.ts";
import type { RunBody } from "./run.ts";

/** How much is measured. */
export interface EvaluateOptions {
  /** People; all by default. */
  readonly people?: number;
  /** The number of the first of them; 0 by default. */
  readonly from?: number;
  /** Every so many vertices for PVE; 1, all of them, by default. */
  readonly vertexStride?: number;
  /** Is told after each person. */
  readonly onPerson?: (count: number) => void | Promise<void>;
  /** Ends the measuring early; figures are of those measured so far. */
  readonly signal?: AbortSignal;
}

/** Where points are: [n, 3] metres from any origin, [n, 2] crop pixels, u [n] metres. */
export interface Guess {
  /** [n, 3] metres, relative to any origin. */
  readonly position3d: Float32Array;
  /** [n, 2] crop pixels. */
  readonly position2d: Float32Array;
  /** [n] metres. */
  readonly uncertainty: ArrayLike<number>;
}

/**
 * Finds points in an example.
 *
 * @param places [n, 3] canonical metres; they stay the caller's.
 * @param index The example's number.
 */
export type Finder = (example: Example, places: tf.Tensor2D, index: number) => Promise<Guess>;

/** Measures whatever finds points on the examples of a set. */
export async function evaluateFinder(
  find: Finder,
  source: ExampleSource,
  body: RunBody,
  options: EvaluateOptions = {},
): Promise<Metrics> {
  const { anchors, areas } = selectAnchors(body, options.vertexStride ?? 1);
  const points = tf.tensor2d(anchors.flatMap((i) => Array.from(body.anchored.canonical.subarray(3 * i, 3 * i + 3))), [
    anchors.length,
    3,
  ]);
  try {
    return await scored(
      source,
      areas,
      options,
      async (example, index) => measured(example, anchors, await find(example, points, index)),
    );
  } finally {
    points.dispose();
  }
}

/** How a localizer is measured. */
export interface EvaluateLocalizerOptions extends EvaluateOptions {
  /** In which views of the crop points are located; `"crop"` by default. The others look at the examples' pictures. */
  readonly views?: ViewChoice;
  /** What the localizer reads; for other views. */
  readonly encoder?: Pick<Encoder, "encode">;
}

/**
 * Measures a localizer on the examples of a set.
 *
 * @throws {TypeError} if other views are wanted and there is no encoder, or an example keeps no picture.
 */
export async function evaluateLocalizer(
  localizer: Localizer,
  source: ExampleSource,
  body: RunBody,
  { views = "crop", encoder, ...options }: EvaluateLocalizerOptions = {},
): Promise<Metrics> {
  const { link, field, head, config } = localizer, { canonical, vertexCount } = body.anchored;
  using lasting = new TensorScope();
  const joints = lasting.own(tf.tensor2d(canonical.subarray(3 * vertexCount), [JOINT_COUNT, 3]));
  const inViews = async (example: Example, linked: FeatureMap, points: tf.Tensor2D) => {
    if (!encoder || !example.image) {
      throw new TypeError("evaluate: other views need the encoder and examples with pictures");
    }
    const crop = cropOf({ image: example.image, size: Math.sqrt(example.image.length / 3) });
    try {
      using seen = new ViewedCrop(crop, encoder, localizer, linked);
      return await seen.locate(points, await seen.views(views, joints));
    } finally {
      crop.dispose();
    }
  };
  const find: Finder = async (example, points) => {
    using scope = new TensorScope();
    const { grid: [h, w], channels } = config.link, there = example.features!.length / (h * w);
    if (there !== channels) {
      throw new TypeError(
        `evaluate: the localizer reads ${channels} channels on ${h} × ${w} cells: the examples have ${there}; was it trained ` +
          `behind other blocks of its encoder?`,
      );
    }
    const map = scope.own(tf.tensor3d(example.features!, [h, w, channels]));
    const linked = linkFeatures(coveringMap(map), link);
    scope.own(linked.map);
    const located = scope.own(
      await (views === "crop" ? locate(linked, field, points, head) : inViews(example, linked, points)),
    );
    const [position3d, position2d, uncertainty] = await Promise.all([
      located.position3dBox.data(),
      located.position2d.data(),
      located.uncertainty.data(),
    ]) as [Float32Array, Float32Array, Float32Array];
    return { position3d, position2d, uncertainty };
  };
  return await evaluateFinder(find, source, body, options);
}

/** What a baseline makes of an example. */
export type Baseline = (example: Example) => Promise<Guess>;

/** Measures a baseline, whose anchors are all vertices and joints. */
export function evaluateBaseline(
  baseline: Baseline,
  source: ExampleSource,
  body: RunBody,
  options: EvaluateOptions = {},
): Promise<Metrics> {
  const { anchors, areas } = selectAnchors(body, 1);
  return scored(source, areas, options, async (example) => measured(example, anchors, await baseline(example)));
}

/**
 * Learns both baselines from training examples.
 *
 * @param count How many examples; more are slower and little better.
 * @param ridge Weight of the penalty, in units of the mean variance of the pooled features.
 */
export async function learnBaselines(
  training: ExampleSource,
  body: RunBody,
  cells: number,
  { count = 1500, ridge = 0.1 }: { readonly count?: number; readonly ridge?: number } = {},
): Promise<{ readonly meanPose: Baseline; readonly pooled: Baseline; readonly free: () => void }> {
  const n = Math.min(count, training.count()), outputs = body.anchored.canonical.length + 2 * JOINT_COUNT;
  const X: Float32Array[] = [], Y = new Float32Array(n * outputs);
  for (let i = 0; i < n; i++) {
    const example = training.read(i);
    X.push(pool(example.features!, cells));
    Y.set(targets(example, body), i * outputs);
  }
  const width = X[0]!.length, meanX = columnMeans(X), scale = deviations(X, meanX);
  const standard = (row: Float32Array) => row.map((value, c) => (value - meanX[c]!) / scale[c]!);
  const rows = new Float32Array(n * width);
  X.forEach((row, i) => rows.set(standard(row), i * width));
  const { mean, weights } = tf.tidy(() => {
    const y = tf.tensor2d(Y, [n, outputs]), mean = y.mean(0, true) as tf.Tensor2D;
    return { mean, weights: matMul(tf.tensor2d(solveRidge(rows, n, width, ridge * n), [width, n]), y.sub(mean)) };
  });
  const meanRow = await mean.data() as Float32Array;
  const guess = (row: Float32Array): Guess => {
    const anchors = body.anchored.canonical.length, flat = new Float32Array(anchors / 3 * 2);
    flat.set(row.subarray(anchors), 2 * body.anchored.vertexCount); // joints alone have a place in the crop
    return { position3d: row.slice(0, anchors), position2d: flat, uncertainty: new Float32Array(anchors / 3) };
  };
  return {
    meanPose: () => Promise.resolve(guess(meanRow)),
    pooled: async (example) => {
      const row = tf.tidy(() => {
        const x = tf.tensor2d(standard(pool(example.features!, cells)), [1, width]);
        return matMul(x, weights).add(mean);
      });
      const numbers = await row.data() as Float32Array;
      row.dispose();
      return guess(numbers);
    },
    free: () => disposeAll(mean, weights),
  };
}

async function scored(
  source: ExampleSource,
  areas: ArrayLike<number>,
  { from = 0, people = source.count() - from, onPerson, signal }: EvaluateOptions,
  measure: (example: Example, index: number) => Promise<Measured>,
): Promise<Metrics> {
  const board = new Scoreboard(areas);
  for (let i = 0; i < people && !signal?.aborted; i++) {
    board.add(await measure(source.read(from + i), from + i));
    await onPerson?.(i + 1);
  }
  return board.metrics();
}

/** Every so many vertices, then all joints. */
function selectAnchors({ anchored, vertexAreas }: RunBody, stride: number): { anchors: number[]; areas: number[] } {
  const V = anchored.vertexCount, vertices = Array.from({ length: Math.ceil(V / stride) }, (_, i) => i * stride);
  const joints = Array.from({ length: JOINT_COUNT }, (_, j) => V + j);
  return { anchors: [...vertices, ...joints], areas: vertices.map((v) => vertexAreas[v]!) };
}

/** A guess beside the truth; `anchors` ends with the 55 joints. */
function measured(example: Example, anchors: readonly number[], guess: Guess): Measured {
  const count = anchors.length - JOINT_COUNT,
    all = example.anchors!,
    joints = anchors.slice(count, count + METRIC_JOINTS);
  const pick = (indices: readonly number[]) =>
    Float32Array.from({ length: 3 * indices.length }, (_, i) => all[3 * indices[Math.floor(i / 3)]! + i % 3]!);
  const flat = new Float32Array(joints.flatMap((i) => {
    const [x, y] = projectPoint(all.subarray(3 * i, 3 * i + 3), example.camera!);
    return [x * CROP, y * CROP];
  }));
  return {
    vertices: guess.position3d.slice(0, 3 * count),
    trueVertices: pick(anchors.slice(0, count)),
    joints: guess.position3d.slice(3 * count, 3 * (count + METRIC_JOINTS)),
    trueJoints: pick(joints),
    joints2d: guess.position2d.slice(2 * count, 2 * (count + METRIC_JOINTS)),
    trueJoints2d: flat,
    uncertainty: Array.from({ length: METRIC_JOINTS }, (_, j) => guess.uncertainty[count + j]!),
    seen: example.jointSeen!,
  };
}

/** Mean and maximum of each channel over the cells. */
function pool(features: Float32Array, cells: number): Float32Array {
  const C = features.length / cells, pooled = new Float32Array(2 * C).fill(-Infinity, C);
  for (let i = 0; i < features.length; i++) {
    const c = i % C, value = features[i]!;
    pooled[c]! += value / cells;
    if (value > pooled[C + c]!) pooled[C + c] = value;
  }
  return pooled;
}

/** The anchors relative to the pelvis, then the joints' places in the crop, pixels; far ones are drawn near. */
function targets(example: Example, { anchored }: RunBody): Float32Array {
  const n = example.anchors!.length, row = new Float32Array(n + 2 * JOINT_COUNT);
  row.set(example.anchors!);
  for (let j = 0; j < JOINT_COUNT; j++) {
    const at = 3 * (anchored.vertexCount + j);
    const place = projectPoint(example.anchors!.subarray(at, at + 3), example.camera!);
    row.set(place.map((x) => Math.min(2, Math.max(-1, Number.isFinite(x) ? x : 0.5)) * CROP), n + 2 * j);
  }
  return row;
}

function columnMeans(rows: readonly Float32Array[]): Float64Array {
  const sums = new Float64Array(rows[0]!.length);
  for (const row of rows) row.forEach((value, c) => sums[c]! += value / rows.length);
  return sums;
}

function deviations(rows: readonly Float32Array[], means: Float64Array): Float64Array {
  const squares = new Float64Array(means.length);
  for (const row of rows) row.forEach((value, c) => squares[c]! += (value - means[c]!) ** 2 / rows.length);
  return squares.map((variance) => variance > 1e-12 ? Math.sqrt(variance) : 1);
}

/** (XᵀX + λ)⁻¹·Xᵀ: [width, n] row by row; by the smaller of the two equivalent systems. */
function solveRidge(rows: Float32Array, n: number, width: number, lambda: number): Float32Array {
  const X = Matrix.from1DArray(n, width, Array.from(rows)), Xt = X.transpose();
  const wide = n <= width; // (XᵀX + λ)⁻¹Xᵀ = Xᵀ(XXᵀ + λ)⁻¹
  const gram = wide ? X.mmul(Xt) : Xt.mmul(X), size = wide ? n : width;
  for (let i = 0; i < size; i++) gram.set(i, i, gram.get(i, i) + lambda);
  const cholesky = new CholeskyDecomposition(gram);
  const solved = wide ? Xt.mmul(cholesky.solve(Matrix.eye(n))) : cholesky.solve(Xt);
  return Float32Array.from(solved.to1DArray());
}
