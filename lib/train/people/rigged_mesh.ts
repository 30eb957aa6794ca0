/**
 * # A mesh on the skeleton, in typed arrays
 *
 * ```
 * shaped  v = t + D·β                              t: template, D: shape (and expression) directions
 * posed   v' = Σ_k w_k·(G_k·(v − J_k) + p_k)       six joints k a vertex; G_k, p_k from forward kinematics
 * ```
 *
 * The same model as `body/skinning.ts`, which a test holds this module to. Here it runs on typed arrays, because skin,
 * clothes and hair are many meshes on one skeleton, and because only what is seen matters, not gradients.
 *
 * @module
 */
import type { Matrix, Vector } from "../../body/turns.ts";

/** How many joints move a vertex at most. */
export const INFLUENCES = 6;

/** A mesh that follows the skeleton and the body's shape. */
export interface RiggedMesh {
  /** Mean shape at rest, [n, 3] row by row. */
  readonly template: Float32Array;
  /** [n · 3, d]: displacement for one standard deviation along each direction. */
  readonly directions: Float32Array;
  /** d: shape directions first, then, on the body, those of expression. */
  readonly directionCount: number;
  /** [n, 6] joints. */
  readonly joints: Uint8Array;
  /** [n, 6] weights; each row sums to one. */
  readonly weights: Float32Array;
  /** Three vertices a face. */
  readonly faces: Uint32Array;
}

/** t + D·β; coefficients beyond the mesh's directions are ignored. */
export function shapeMesh(mesh: RiggedMesh, coefficients: ArrayLike<number>): Float32Array {
  const { template, directions, directionCount } = mesh;
  const shaped = new Float32Array(template.length);
  const used = Math.min(directionCount, coefficients.length);
  for (let i = 0, at = 0; i < shaped.length; i++, at += directionCount) {
    let sum = template[i]!;
    for (let d = 0; d < used; d++) sum += directions[at + d]! * coefficients[d]!;
    shaped[i] = sum;
  }
  return shaped;
}

/** The rigid motion of each joint, as twelve numbers (3×4, row-major): x ↦ G·(x − J) + p. */
export function jointMotions(
  orientations: readonly Matrix[],
  positions: readonly Vector[],
  rest: readonly Vector[],
): Float64Array {
  const motions = new Float64Array(12 * rest.length);
  orientations.forEach((g, joint) => {
    const [jx, jy, jz] = rest[joint]!, p = positions[joint]!;
    for (let row = 0; row < 3; row++) {
      const [a, b, c] = [g[3 * row]!, g[3 * row + 1]!, g[3 * row + 2]!];
      motions.set([a, b, c, p[row]! - a * jx - b * jy - c * jz], 12 * joint + 4 * row);
    }
  });
  return motions;
}

/** Moves shaped vertices with the joints. */
export function poseMesh(mesh: RiggedMesh, shaped: Float32Array, motions: Float64Array): Float32Array {
  const { joints, weights } = mesh, posed = new Float32Array(shaped.length);
  for (let v = 0, at = 0; v < shaped.length; v += 3, at += INFLUENCES) {
    const x = shaped[v]!, y = shaped[v + 1]!, z = shaped[v + 2]!;
    let px = 0, py = 0, pz = 0;
    for (let k = at; k < at + INFLUENCES; k++) {
      const w = weights[k]!;
      if (w === 0) continue;
      const m = 12 * joints[k]!;
      px += w * (motions[m]! * x + motions[m + 1]! * y + motions[m + 2]! * z + motions[m + 3]!);
      py += w * (motions[m + 4]! * x + motions[m + 5]! * y + motions[m + 6]! * z + motions[m + 7]!);
      pz += w * (motions[m + 8]! * x + motions[m + 9]! * y + motions[m + 10]! * z + motions[m + 11]!);
    }
    posed[v] = px;
    posed[v + 1] = py;
    posed[v + 2] = pz;
  }
  return posed;
}

/** Unit normals at the vertices: the sum of the faces' area vectors, outwards. */
export function vertexNormals(vertices: Float32Array, faces: Uint32Array): Float32Array {
  const normals = new Float32Array(vertices.length);
  for (let f = 0; f < faces.length; f += 3) {
    const a = 3 * faces[f]!, b = 3 * faces[f + 1]!, c = 3 * faces[f + 2]!;
    const ax = vertices[a]!, ay = vertices[a + 1]!, az = vertices[a + 2]!;
    const ux = vertices[b]! - ax, uy = vertices[b + 1]! - ay, uz = vertices[b + 2]! - az;
    const vx = vertices[c]! - ax, vy = vertices[c + 1]! - ay, vz = vertices[c + 2]! - az;
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    for (const corner of [a, b, c]) {
      normals[corner]! += nx;
      normals[corner + 1]! += ny;
      normals[corner + 2]! += nz;
    }
  }
  for (let v = 0; v < normals.length; v += 3) {
    const x = normals[v]!, y = normals[v + 1]!, z = normals[v + 2]!, size = Math.sqrt(x * x + y * y + z * z) || 1;
    normals[v]! /= size;
    normals[v + 1]! /= size;
    normals[v + 2]! /= size;
  }
  return normals;
}
