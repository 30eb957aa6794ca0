/**
 * # Which vertices and joints are seen
 *
 * ```
 * vertex  inside crop and photo, facing the camera, nothing opaque before it, depth ≤ seen depth + cloth thickness
 * joint   at least a quarter of the vertices around it is seen
 * ```
 *
 * A vertex under a shirt counts as seen: what a photo shows of a clothed arm is its sleeve. The picture's depth is that
 * of the outermost surface; clothes stand off at most a few centimetres.
 *
 * @module
 */
import { JOINT_COUNT } from "../../body/joints.ts";
import type { SurfaceBuffer } from "../../body/surface_buffer.ts";
import { INFLUENCES, type RiggedMesh } from "./rigged_mesh.ts";

const CLOTH = 0.045; // metres between skin and the surface that is seen
const AROUND = 32; // vertices that speak for a joint

/** For each joint the vertices nearest to it among those that it or its parent moves. [55][≤ 32] */
export function verticesAround(
  mesh: RiggedMesh,
  rest: readonly (readonly [number, number, number])[],
  parents: Int32Array,
): Uint16Array[] {
  return Array.from({ length: JOINT_COUNT }, (_, joint) => {
    const [x, y, z] = rest[joint]!, near: [vertex: number, distance: number][] = [];
    for (let v = 0; v < mesh.template.length / 3; v++) {
      const owners = mesh.joints.subarray(v * INFLUENCES, v * INFLUENCES + 2);
      if (owners[0] !== joint && owners[1] !== joint && owners[0] !== parents[joint]) continue;
      near.push([
        v,
        Math.hypot(mesh.template[3 * v]! - x, mesh.template[3 * v + 1]! - y, mesh.template[3 * v + 2]! - z),
      ]);
    }
    near.sort((a, b) => a[1] - b[1]);
    const reach = (near[0]?.[1] ?? 0) * 1.6 + 0.02, some = near.filter(([, distance]) => distance < reach);
    const stride = Math.max(1, some.length / AROUND);
    return Uint16Array.from({ length: Math.min(AROUND, some.length) }, (_, i) => some[Math.floor(i * stride)]![0]);
  });
}

/** What the visibility of vertices depends on. */
export interface SeenFrom {
  /** [V, 3] camera axes; [V, 2] crop pixels (512). */
  readonly vertices: Float32Array;
  readonly normals: Float32Array;
  readonly projected: Float32Array;
  readonly buffer: SurfaceBuffer;
  /** [size, size]: opacity of what stands before, and whether the photo covers the pixel. */
  readonly before: Float32Array | undefined;
  readonly inPhoto: (x: number, y: number) => boolean;
  readonly size: number;
}

/** 1 for each vertex that is seen. */
export function seenVertices({ vertices, normals, projected, buffer, before, inPhoto, size }: SeenFrom): Uint8Array {
  const seen = new Uint8Array(vertices.length / 3), toBuffer = buffer.width / 512;
  for (let v = 0, i = 0; v < seen.length; v++, i += 3) {
    const x = projected[2 * v]!, y = projected[2 * v + 1]!, z = vertices[i + 2]!;
    if (!(x >= 0 && y >= 0 && x < 512 && y < 512 && z > 0) || !inPhoto(x, y)) continue;
    if (normals[i]! * vertices[i]! + normals[i + 1]! * vertices[i + 1]! + normals[i + 2]! * z > 0) continue;
    const column = Math.floor(x * toBuffer), row = Math.floor(y * toBuffer);
    if (z > buffer.depth[row * buffer.width + column]! + CLOTH) continue;
    if (before && before[Math.floor(y / 512 * size) * size + Math.floor(x / 512 * size)]! > 0.5) continue;
    seen[v] = 1;
  }
  return seen;
}

/** 1 for each joint around which enough is seen. */
export function seenJoints(seen: Uint8Array, around: readonly Uint16Array[]): Uint8Array {
  return Uint8Array.from(around, (vertices) => {
    let count = 0;
    for (const v of vertices) count += seen[v]!;
    return vertices.length > 0 && count >= vertices.length / 4 ? 1 : 0;
  });
}
