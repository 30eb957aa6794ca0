/**
 * # Fitting the body beside smplfitter
 *
 * Seeded people in everyday poses, on the embedded body. Both sides get the same points, joints and weights:
 *
 * ```
 * y = x + σ·(a + b_part)/√2        a of each point, b of each of the 55 parts, both normal
 * 30 % missing: the points nearest to a random vertex have weight 0, as they have where a photo ends
 * ```
 *
 * smplfitter runs in PyTorch on as many threads as there are cores, in batches, ours one body at a time on one. The ratio is of the
 * same work, the closed form; what the polish costs and brings is told beside it. Errors are the mean distance of the fitted body's
 * vertices from the true one's, millimetres.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { fitBody } from "../lib/body/fit/fit_body.ts";
import type { FitOptions } from "../lib/body/fit/fit_options.ts";
import { type BodyParameters, skin } from "../lib/body/skinning.ts";
import { type Body, EMBEDDED_BODY, loadBody } from "../lib/body/template.ts";
import { readSafetensors, type SafeArray, writeSafetensors } from "../lib/format/safetensors.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { withinLimits } from "../lib/body/joint_limits.ts";
import { RandomStream } from "../lib/train/people/random.ts";
import { toVector } from "../lib/body/turns.ts";
import { peer } from "./python.ts";

/** Time a fit. */
export interface FitSpeed {
  /** smplfitter's bodies at a time. */
  readonly batch: number;
  readonly peerMs: number;
  /** Our closed form. */
  readonly ms: number;
  readonly fitsPerSecond: number;
  /** With the polish. */
  readonly polishedMs: number;
  /** Peer's time over our closed form's: above 1 ours is faster. */
  readonly ratio: number;
}

/** Mean vertex error in millimetres, over all vertices and over those that were seen. */
export interface FitQuality {
  /** σ, millimetres. */
  readonly noise: number;
  /** Share of the points that is missing. */
  readonly missing: number;
  readonly peer: readonly [all: number, seen: number];
  readonly closed: readonly [all: number, seen: number];
  readonly polished: readonly [all: number, seen: number];
}

/** All figures of the comparison. */
export interface FitFigures {
  readonly speed: readonly FitSpeed[];
  readonly quality: readonly FitQuality[];
  /** Mean distance of our closed form's vertices from smplfitter's, same points, same options. */
  readonly parity_mm: number;
  /** Polished, on points without noise. */
  readonly clean_vertex_mm: number;
  readonly torch: string;
  readonly smplfitter: string;
  readonly threads: number;
}

interface Person {
  readonly points: Float32Array;
  readonly joints: Float32Array;
  readonly truth: Float32Array;
  readonly uncertainty: Float32Array;
  readonly jointUncertainty: Float32Array;
  readonly seen: readonly boolean[];
}

const NOISES = [0, 0.01, 0.02, 0.04, 0.08], MISSING = [0, 0.3], JOINT_WEIGHT = 25, TIMED = "n0m0";

/** Measures speed and quality over `people` bodies. */
export async function benchFit(
  { people, batches, repeats }: {
    readonly people: number;
    readonly batches: readonly number[];
    readonly repeats: number;
  },
): Promise<FitFigures> {
  const body = await loadBody(), threads = navigator.hardwareConcurrency, folder = await Deno.makeTempDir();
  try {
    const sets = new Map<string, readonly Person[]>();
    for (const [n, noise] of NOISES.entries()) {
      for (const [m, missing] of MISSING.entries()) {
        const drawn: Person[] = [];
        for (let i = 0; i < people; i++) drawn.push(await draw(body, i, noise, missing));
        sets.set(`n${n}m${m}`, drawn);
      }
    }
    const points = join(folder, "points.safetensors"), out = join(folder, "fitted.safetensors");
    await Deno.writeFile(points, writeSafetensors(arraysOf(sets, body.vertexCount)));
    const { torch, smplfitter, ms } = await peer<{ torch: string; smplfitter: string; ms: Record<string, number> }>(
      "fit.py",
      {
        body: fileURLToPath(EMBEDDED_BODY),
        points,
        out,
        sets: [...sets.keys()],
        timed: TIMED,
        batches,
        repeats,
        threads,
      },
    );
    const theirs = readSafetensors(await Deno.readFile(out)).arrays;
    const quality: FitQuality[] = [], parity: number[] = [];
    for (const [n, noise] of NOISES.entries()) {
      for (const [m, missing] of MISSING.entries()) {
        const name = `n${n}m${m}`, all = theirs.get(name)!.data as Float32Array;
        const errors = { peer: new Mean(), closed: new Mean(), polished: new Mean() };
        for (const [i, person] of sets.get(name)!.entries()) {
          const size = person.truth.length, fitted = all.subarray(i * size, (i + 1) * size);
          errors.peer.add(fitted, person);
          errors.closed.add(await fittedVertices(body, person, { polish: 0 }), person);
          errors.polished.add(await fittedVertices(body, person), person);
          if (missing > 0) continue; // smplfitter has no rule for parts that are not there
          const same = await fittedVertices(body, person, { polish: 0, independentErrors: 1e15 });
          parity.push(meanDistance(same, fitted));
        }
        const [peer, closed, polished] = [errors.peer.values, errors.closed.values, errors.polished.values];
        quality.push({ noise: 1000 * noise, missing, peer, closed, polished });
      }
    }
    const timed = sets.get(TIMED)!, closedMs = await leastFit(body, timed, repeats, { polish: 0 });
    const polishedMs = await leastFit(body, timed, repeats);
    const speed = batches.map((batch) => {
      const peerMs = ms[batch]!;
      return { batch, peerMs, ms: closedMs, fitsPerSecond: 1000 / closedMs, polishedMs, ratio: peerMs / closedMs };
    });
    const parity_mm = parity.reduce((sum, value) => sum + value, 0) / parity.length;
    return { speed, quality, parity_mm, clean_vertex_mm: quality[0]!.polished[0], torch, smplfitter, threads };
  } finally {
    body.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Person number `index` with noise σ (metres) and a share of the points missing. */
async function draw(body: Body, index: number, noise: number, missing: number): Promise<Person> {
  const who = new RandomStream(7, "person", index), what = new RandomStream(7, "noise", index);
  const uniform = (least: number, most: number) => who.uniform(least, most);
  const pose = Float32Array.from(
    Array.from({ length: 55 }, (_, joint) => [...toVector(withinLimits(joint, 0.6, uniform))]).flat(),
  );
  pose.set([0.3 * who.normal(0, 1), who.uniform(-3, 3), 0.3 * who.normal(0, 1)]);
  const normal = (length: number) => tf.tensor1d(Array.from({ length }, () => who.normal(0, 1)));
  const parameters: BodyParameters = {
    betas: normal(10),
    expression: normal(10),
    pose: tf.tensor2d(pose, [55, 3]),
    transl: normal(3),
  };
  const skinned = skin(body, parameters), parts = body.weights.argMax(1);
  const [truth, joints, part, rest] = await Promise.all(
    [skinned.vertices, skinned.joints, parts, body.template].map((tensor) => tensor.data() as Promise<Float32Array>),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  disposeAll(parameters, { ...skinned }, parts);
  const shared = Float32Array.from({ length: 3 * 55 }, () => what.normal(0, noise * Math.SQRT1_2));
  const noisy = (values: Float32Array, partOf: (row: number) => number) =>
    values.map((value, i) =>
      value + shared[3 * partOf(Math.floor(i / 3)) + i % 3]! + what.normal(0, noise * Math.SQRT1_2)
    );
  const V = body.vertexCount, centre = who.integer(V);
  const away = (values: Float32Array, row: number) =>
    Math.hypot(...[0, 1, 2].map((axis) => values[3 * row + axis]! - rest[3 * centre + axis]!));
  const distances = Float64Array.from({ length: V }, (_, row) => away(rest, row));
  const edge = missing > 0 ? distances.toSorted()[Math.floor(missing * V)]! : -1;
  const seen = [...distances].map((distance) => distance > edge), expected = Math.max(noise, 0.002) * 1.6;
  const restJoints = await body.jointTemplate.data() as Float32Array;
  return {
    truth,
    points: noisy(truth, (row) => part[row]!),
    joints: noisy(joints, (row) => row),
    seen,
    uncertainty: Float32Array.from(seen, (visible) => visible ? expected : Infinity),
    jointUncertainty: Float32Array.from(
      { length: 55 },
      (_, joint) => away(restJoints, joint) > edge ? expected : Infinity,
    ),
  };
}

/** What smplfitter reads: uncertainty is alike where a point is seen, so that weights are 1 or 0. */
function arraysOf(sets: ReadonlyMap<string, readonly Person[]>, V: number): Record<string, SafeArray> {
  const arrays: Record<string, SafeArray> = {};
  for (const [name, people] of sets) {
    const B = people.length;
    const add = (key: string, shape: number[], of: (person: Person) => Float32Array) =>
      arrays[`${name}.${key}`] = {
        dtype: "F32",
        shape,
        data: Float32Array.from(people.flatMap((person) => [...of(person)])),
      };
    add("points", [B, V, 3], ({ points }) => points);
    add("joints", [B, 55, 3], ({ joints }) => joints);
    add("weights", [B, V], ({ uncertainty }) => uncertainty.map((u) => u < 1 ? 1 : 0));
    add("jointWeights", [B, 55], ({ jointUncertainty }) => jointUncertainty.map((u) => u < 1 ? JOINT_WEIGHT : 0));
  }
  return arrays;
}

function locatedOf({ points, joints, uncertainty, jointUncertainty }: Person) {
  return {
    position3d: tf.tensor2d(points, [points.length / 3, 3]),
    uncertainty: tf.tensor1d(uncertainty),
    joints: { position3d: tf.tensor2d(joints, [55, 3]), uncertainty: tf.tensor1d(jointUncertainty) },
  };
}

async function fittedVertices(body: Body, person: Person, options: Partial<FitOptions> = {}): Promise<Float32Array> {
  const located = locatedOf(person), fitted = await fitBody(located, body, { jointWeight: JOINT_WEIGHT, ...options });
  const skinned = skin(body, fitted), vertices = await skinned.vertices.data() as Float32Array;
  disposeAll(located, { ...fitted }, { ...skinned });
  return vertices;
}

async function leastFit(
  body: Body,
  people: readonly Person[],
  repeats: number,
  options: Partial<FitOptions> = {},
): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < repeats; i++) {
    const located = people.map(locatedOf), start = performance.now();
    for (const one of located) disposeAll({ ...await fitBody(one, body, options) });
    least = Math.min(least, (performance.now() - start) / people.length);
    disposeAll(located);
  }
  return least;
}

function meanDistance(a: Float32Array, b: Float32Array, where?: readonly boolean[]): number {
  let sum = 0, count = 0;
  for (let i = 0; i < a.length / 3; i++) {
    if (where && !where[i]) continue;
    sum += Math.hypot(a[3 * i]! - b[3 * i]!, a[3 * i + 1]! - b[3 * i + 1]!, a[3 * i + 2]! - b[3 * i + 2]!);
    count++;
  }
  return 1000 * sum / count;
}

/** Mean over people of the vertex error, over all vertices and those seen. */
class Mean {
  #sums = [0, 0];
  #count = 0;

  add(vertices: Float32Array, { truth, seen }: Person): void {
    this.#sums[0]! += meanDistance(vertices, truth);
    this.#sums[1]! += meanDistance(vertices, truth, seen);
    this.#count++;
  }

  get values(): [all: number, seen: number] {
    return [this.#sums[0]! / this.#count, this.#sums[1]! / this.#count];
  }
}
