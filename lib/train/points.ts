/**
 * # Training points: drawn anew at each step, known in rest and in pose alike
 *
 * A field learns at points of the whole body. Each is an affine combination of at most four *anchors*, the V vertices
 * and 55 joints, with the same weights in rest and in any pose:
 *
 * ```
 * joint       J_j                                                       the pelvis first, then the 22 of the body, then others
 * surface     x = Σ_i b_i·v_i                                           face drawn by area or by number, b uniform on it
 * volume      x = (1 − t)·Σ_i b_i·v_i + t·J_j        t in [0, 0.9)      j moves the face's first vertex most
 * ```
 *
 * Half of the surface points are drawn by area, half evenly over faces, since hands and head, where most Gaussians sit, have
 * half the faces on a seventh of the area.
 *
 * **Flip.** A flipped picture shows a person whose left is right: vertices and joints change places with their mirror images
 * and x is negated. Since the canonical body is its own mirror image, nothing else changes.
 *
 * Source: NLF, section 3.4 (points from joints, surface and volume).
 *
 * @module
 */
import { MIRRORED_JOINTS } from "../body/joints.ts";
import type { Body } from "../body/template.ts";
import type { RandomStream } from "./people/random.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";

/** A body's anchors at rest, and what it takes to draw from them; plain numbers. */
export interface AnchoredBody {
  /** [(V + 55)·3]: the canonical anchors, vertices first. */
  readonly canonical: Float32Array;
  /** V */
  readonly vertexCount: number;
  /** F·3 vertex numbers. */
  readonly faces: Int32Array;
  /** [F]: the sum of face areas up to and including each, as a fraction of all. */
  readonly areaUpTo: Float64Array;
  /** [V]: the joint that moves each vertex most. */
  readonly joint: Uint8Array;
}

/** Points as combinations of anchors. */
export interface SampledPoints {
  /** P */
  readonly count: number;
  /** [P·4] anchor numbers. */
  readonly anchors: Int32Array;
  /** [P·4]; four sum to 1. */
  readonly weights: Float32Array;
}

/** How many points of each kind. */
export interface PointCounts {
  /** At least 1: the pelvis is always the first point. */
  readonly joints: number;
  /** Points on the skin. */
  readonly surface: number;
  /** Points inside. */
  readonly volume: number;
}

/** The defaults of {@linkcode PointCounts}: 128 points. */
export const POINT_DEFAULTS: PointCounts = { joints: 26, surface: 70, volume: 32 };

const TERMS = 4;
/** How many of the first joints are the body's, without jaw, eyes and fingers. */
export const BODY_JOINTS = 22;

/** Reads a body's anchors, once. */
export async function anchorBody(body: Body): Promise<AnchoredBody> {
  const [vertices, joints, weights] = await Promise.all(
    [body.template, body.jointTemplate, body.weights].map((tensor) => tensor.data() as Promise<Float32Array>),
  ) as [Float32Array, Float32Array, Float32Array];
  const count = body.parents.length, total = body.faceAreas.reduce((sum, area) => sum + area, 0);
  let sum = 0;
  return {
    canonical: Float32Array.from([...vertices, ...joints]),
    vertexCount: body.vertexCount,
    faces: body.faces,
    areaUpTo: body.faceAreas.map((area) => (sum += area) / total),
    joint: Uint8Array.from({ length: body.vertexCount }, (_, v) => {
      const row = weights.subarray(v * count, (v + 1) * count);
      return row.indexOf(row.reduce((most, weight) => Math.max(most, weight), 0));
    }),
  };
}

/** Draws points; the same stream draws the same. */
export function samplePoints(body: AnchoredBody, stream: RandomStream, given?: Partial<PointCounts>): SampledPoints {
  const counts = resolveOptions("samplePoints", POINT_DEFAULTS, given);
  expectInteger("samplePoints", "joints", counts.joints, 1);
  const count = counts.joints + counts.surface + counts.volume, V = body.vertexCount;
  const anchors = new Int32Array(TERMS * count), weights = new Float32Array(TERMS * count);
  const joints = body.canonical.length / 3 - V, others = joints - BODY_JOINTS;
  for (let p = 0; p < count; p++) {
    if (p < counts.joints) {
      anchors[TERMS * p] = V + (p < BODY_JOINTS ? p : BODY_JOINTS + stream.integer(others));
      weights[TERMS * p] = 1;
      continue;
    }
    const face = stream.chance(0.5) ? stream.integer(body.faces.length / 3) : faceByArea(body, stream.uniform(0, 1));
    const root = Math.sqrt(stream.uniform(0, 1)), along = stream.uniform(0, 1); // uniform on a triangle
    const depth = p < counts.joints + counts.surface ? 0 : stream.uniform(0, 0.9);
    const corners = body.faces.subarray(3 * face, 3 * face + 3);
    anchors.set(corners, TERMS * p);
    anchors[TERMS * p + 3] = V + body.joint[corners[0]!]!;
    const barycentric = [1 - root, root * (1 - along), root * along];
    weights.set([...barycentric.map((b) => (1 - depth) * b), depth], TERMS * p);
  }
  return { count, anchors, weights };
}

function faceByArea({ areaUpTo }: AnchoredBody, fraction: number): number {
  let low = 0, high = areaUpTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (areaUpTo[middle]! <= fraction) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Where points are, given where their anchors are.
 *
 * @param anchors [(V + 55)·3]: canonical or posed.
 * @returns [P·3]
 */
export function placePoints(points: SampledPoints, anchors: Float32Array): Float32Array {
  const placed = new Float32Array(3 * points.count);
  for (let term = 0; term < TERMS * points.count; term++) {
    const weight = points.weights[term]!, from = 3 * points.anchors[term]!, to = 3 * Math.floor(term / TERMS);
    if (weight === 0) continue;
    placed[to]! += weight * anchors[from]!;
    placed[to + 1]! += weight * anchors[from + 1]!;
    placed[to + 2]! += weight * anchors[from + 2]!;
  }
  return placed;
}

/**
 * The anchors of the person that the flipped picture shows; camera axes.
 *
 * @param anchors [(V + 55)·3], vertices first.
 * @param mirror [V]: the vertex on the other side, as a {@linkcode Body} has it.
 */
export function mirrorAnchors(anchors: Float32Array, mirror: Int32Array): Float32Array {
  const V = mirror.length, flipped = new Float32Array(anchors.length);
  for (let i = 0; i < anchors.length / 3; i++) {
    const from = 3 * (i < V ? mirror[i]! : V + MIRRORED_JOINTS[i - V]!);
    flipped.set([-anchors[from]!, anchors[from + 1]!, anchors[from + 2]!], 3 * i);
  }
  return flipped;
}
