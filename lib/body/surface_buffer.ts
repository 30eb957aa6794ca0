/**
 * # Which surface is seen at a pixel
 *
 * For each triangle a, b, c and each pixel centre p inside its bounding box,
 *
 * ```
 * u = [p, b, c]/[a, b, c]      v = [a, p, c]/[a, b, c]      w = 1 − u − v        [·,·,·] = twice the signed area
 * z = u·z_a + v·z_b + w·z_c    nearest z wins (the z-buffer)
 * ```
 *
 * What is kept is not a colour but *who* is there: surface, face, u and v, from which everything else is interpolated
 * later, once for each pixel that is really seen. A surface may carry a number `keep` for each vertex: where its
 * interpolated value is negative there is no surface. That is how hems are cut, along smooth lines across faces.
 *
 * Coordinates: x right, y down in pixels of the buffer (pixel centres at .5), z forward in metres. Seen from outside, a
 * face turns anticlockwise on the screen. Triangles are small beside their distance, so u, v, w are
 * interpolated without the perspective correction.
 *
 * @module
 */

/** For each pixel the nearest thing seen, row by row. */
export interface SurfaceBuffer {
  readonly width: number;
  readonly height: number;
  /** Distance along z; Infinity where nothing is. */
  readonly depth: Float32Array;
  /** Number of the surface; 255 where nothing is. */
  readonly surface: Uint8Array;
  /** Number of the face in its surface. */
  readonly face: Int32Array;
  /** Weight of the face's first vertex, and of its second. */
  readonly u: Float32Array;
  readonly v: Float32Array;
}

/** Triangles to draw. */
export interface Triangles {
  /** x, y, z of each vertex, in the buffer's coordinates. */
  readonly projected: Float32Array;
  /** Three vertex numbers a face. */
  readonly faces: Uint32Array;
  /** One number a vertex; negative is cut away. */
  readonly keep?: Float32Array | undefined;
  /** Whether the inside is seen too. */
  readonly twoSided?: boolean | undefined;
}

/** The surface number that says: nothing here. */
export const NOTHING = 255;
const NEAR = 0.05; // metres before the camera within which faces are left out

/** An empty buffer. */
export function createSurfaceBuffer(width: number, height: number): SurfaceBuffer {
  const n = width * height;
  return {
    width,
    height,
    depth: new Float32Array(n).fill(Infinity),
    surface: new Uint8Array(n).fill(NOTHING),
    face: new Int32Array(n),
    u: new Float32Array(n),
    v: new Float32Array(n),
  };
}

/** Empties a buffer for another picture. */
export function clearSurfaceBuffer(buffer: SurfaceBuffer): void {
  buffer.depth.fill(Infinity);
  buffer.surface.fill(NOTHING);
}

/** Draws triangles into a buffer under a surface number 0..254. */
export function rasterize(buffer: SurfaceBuffer, surface: number, triangles: Triangles): void {
  const { width, height, depth, surface: surfaces, face: faceBuffer, u: uBuffer, v: vBuffer } = buffer;
  const { projected: p, faces, keep, twoSided } = triangles;
  for (let face = 0, at = 0; at < faces.length; face++, at += 3) {
    const a = faces[at]!, b = faces[at + 1]!, c = faces[at + 2]!;
    if (keep && keep[a]! < 0 && keep[b]! < 0 && keep[c]! < 0) continue;
    const ax = p[3 * a]!, ay = p[3 * a + 1]!, bx = p[3 * b]!, by = p[3 * b + 1]!, cx = p[3 * c]!, cy = p[3 * c + 1]!;
    const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
    if (area === 0 || (area > 0 && !twoSided)) continue;
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    if (x0 > x1) continue;
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    if (y0 > y1) continue;
    const az = p[3 * a + 2]!, bz = p[3 * b + 2]!, cz = p[3 * c + 2]!;
    if (az < NEAR || bz < NEAR || cz < NEAR) continue;

    const ux = (by - cy) / area, uy = (cx - bx) / area, vx = (cy - ay) / area, vy = (ax - cx) / area;
    for (let y = y0; y <= y1; y++) {
      let u = ux * (x0 + 0.5 - cx) + uy * (y + 0.5 - cy);
      let v = vx * (x0 + 0.5 - cx) + vy * (y + 0.5 - cy);
      for (let x = x0, i = y * width + x0; x <= x1; x++, i++, u += ux, v += vx) {
        const w = 1 - u - v;
        if (u < 0 || v < 0 || w < 0) continue;
        const z = u * az + v * bz + w * cz;
        if (z >= depth[i]!) continue;
        if (keep && u * keep[a]! + v * keep[b]! + w * keep[c]! < 0) continue;
        depth[i] = z;
        surfaces[i] = surface;
        faceBuffer[i] = face;
        uBuffer[i] = u;
        vBuffer[i] = v;
      }
    }
  }
}
