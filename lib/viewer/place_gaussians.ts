/**
 * # Gaussians on posed faces, in plain numbers
 *
 * ```
 * t = (v1 − v0) / |v1 − v0|        n = (v1 − v0) × (v2 − v0), normalised        R_face = [t | n × t | n]        s = √(2·area)
 * mean     = Σ_c barycentric_c·v_c + s·R_face·translation
 * rotation = R_face·rotation        scale = s·scale        frame = R_face
 * ```
 *
 * The equations of `placeGaussians` (body/drive.ts, body/face_frame.ts), written into arrays that are made once, so that
 * a hundred thousand Gaussians can follow a motion.
 *
 * @module
 */
import { LEAST_AREA, LEAST_EDGE, LEAST_SINE } from "../body/flat_faces.ts";
import type { PlainAvatar } from "./contents.ts";

/** Gaussians in the world, in plain numbers. */
export interface PlainGaussians {
  /** n·3 metres. */
  readonly means: Float32Array;
  /** n·4, quaternions wxyz. */
  readonly rotations: Float32Array;
  /** n·3 metres. */
  readonly scales: Float32Array;
  /** F·4, quaternions wxyz: the frames of the *faces*; the Gaussian's harmonics are written in that of its face. */
  readonly frames: Float32Array;
  /** [F] metres: √(2·area). */
  readonly sizes: Float32Array;
}

/** Arrays for n Gaussians on F faces. */
export function roomForGaussians(n: number, F: number): PlainGaussians {
  return {
    means: new Float32Array(3 * n),
    rotations: new Float32Array(4 * n),
    scales: new Float32Array(3 * n),
    frames: new Float32Array(4 * F),
    sizes: new Float32Array(F),
  };
}

/**
 * Puts an avatar onto posed vertices.
 *
 * @param vertices V·3 metres.
 * @param faces F·3
 * @param out From {@linkcode roomForGaussians}; overwritten.
 */
export function placeOnFaces(
  avatar: PlainAvatar,
  vertices: Float64Array,
  faces: Int32Array,
  out: PlainGaussians,
): void {
  faceFrames(vertices, faces, out);
  const { count, faceOf, barycentric, translation, rotation, scale } = avatar;
  const { means, rotations, scales, frames, sizes } = out;
  for (let i = 0; i < count; i++) {
    const face = faceOf[i]!, size = sizes[face]!, i3 = 3 * i, i4 = 4 * i;
    const w = frames[4 * face]!, x = frames[4 * face + 1]!, y = frames[4 * face + 2]!, z = frames[4 * face + 3]!;
    // R_face·translation = a + 2w·(u × a) + 2u × (u × a), u = (x, y, z)
    const ax = translation[i3]!, ay = translation[i3 + 1]!, az = translation[i3 + 2]!;
    const cx = 2 * (y * az - z * ay), cy = 2 * (z * ax - x * az), cz = 2 * (x * ay - y * ax);
    const v0 = 3 * faces[3 * face]!, v1 = 3 * faces[3 * face + 1]!, v2 = 3 * faces[3 * face + 2]!;
    const b0 = barycentric[i3]!, b1 = barycentric[i3 + 1]!, b2 = barycentric[i3 + 2]!;
    means[i3] = b0 * vertices[v0]! + b1 * vertices[v1]! + b2 * vertices[v2]! +
      size * (ax + w * cx + y * cz - z * cy);
    means[i3 + 1] = b0 * vertices[v0 + 1]! + b1 * vertices[v1 + 1]! + b2 * vertices[v2 + 1]! +
      size * (ay + w * cy + z * cx - x * cz);
    means[i3 + 2] = b0 * vertices[v0 + 2]! + b1 * vertices[v1 + 2]! + b2 * vertices[v2 + 2]! +
      size * (az + w * cz + x * cy - y * cx);
    const qw = rotation[i4]!, qx = rotation[i4 + 1]!, qy = rotation[i4 + 2]!, qz = rotation[i4 + 3]!;
    rotations[i4] = w * qw - x * qx - y * qy - z * qz;
    rotations[i4 + 1] = w * qx + x * qw + y * qz - z * qy;
    rotations[i4 + 2] = w * qy - x * qz + y * qw + z * qx;
    rotations[i4 + 3] = w * qz + x * qy - y * qx + z * qw;
    scales[i3] = size * scale[i3]!;
    scales[i3 + 1] = size * scale[i3 + 1]!;
    scales[i3 + 2] = size * scale[i3 + 2]!;
  }
}

/** R_face and s of every face. */
function faceFrames(vertices: Float64Array, faces: Int32Array, { frames, sizes }: PlainGaussians): void {
  for (let face = 0; face < sizes.length; face++) {
    const v0 = 3 * faces[3 * face]!, v1 = 3 * faces[3 * face + 1]!, v2 = 3 * faces[3 * face + 2]!;
    const x0 = vertices[v0]!, y0 = vertices[v0 + 1]!, z0 = vertices[v0 + 2]!;
    const ex = vertices[v1]! - x0, ey = vertices[v1 + 1]! - y0, ez = vertices[v1 + 2]! - z0; // edge
    const ox = vertices[v2]! - x0, oy = vertices[v2 + 1]! - y0, oz = vertices[v2 + 2]! - z0; // other
    const nx = ey * oz - ez * oy, ny = ez * ox - ex * oz, nz = ex * oy - ey * ox; // twice the area along the normal
    const edge = Math.sqrt(ex * ex + ey * ey + ez * ez), other = Math.sqrt(ox * ox + oy * oy + oz * oz);
    const twiceArea = Math.sqrt(nx * nx + ny * ny + nz * nz);
    const long = edge > LEAST_EDGE, solid = long && twiceArea - edge * other * LEAST_SINE > LEAST_AREA;
    const tx = long ? ex / edge : 1, ty = long ? ey / edge : 0, tz = long ? ez / edge : 0;
    // Flat: the part of z, or of x where z is too near, that is at right angles to t
    let ux = solid ? nx : Math.abs(tz) > 0.9 ? 1 : 0, uy = solid ? ny : 0, uz = solid ? nz : ux === 1 ? 0 : 1;
    const along = tx * ux + ty * uy + tz * uz;
    ux -= along * tx;
    uy -= along * ty;
    uz -= along * tz;
    const norm = 1 / Math.sqrt(ux * ux + uy * uy + uz * uz);
    ux *= norm;
    uy *= norm;
    uz *= norm;
    const bx = uy * tz - uz * ty, by = uz * tx - ux * tz, bz = ux * ty - uy * tx; // n × t
    writeQuaternion(frames, 4 * face, tx, bx, ux, ty, by, uy, tz, bz, uz);
    sizes[face] = Math.sqrt(Math.max(twiceArea, LEAST_AREA));
  }
}

/** The unit quaternion of a rotation, row-major, from its largest number, as `matrixToQuaternion`. */
function writeQuaternion(
  out: Float32Array,
  at: number,
  xx: number,
  xy: number,
  xz: number,
  yx: number,
  yy: number,
  yz: number,
  zx: number,
  zy: number,
  zz: number,
): void {
  const w4 = 1 + xx + yy + zz, x4 = 1 + xx - yy - zz, y4 = 1 - xx + yy - zz, z4 = 1 - xx - yy + zz;
  let w: number, x: number, y: number, z: number;
  if (w4 >= x4 && w4 >= y4 && w4 >= z4) [w, x, y, z] = [w4, zy - yz, xz - zx, yx - xy];
  else if (x4 >= y4 && x4 >= z4) [w, x, y, z] = [zy - yz, x4, xy + yx, xz + zx];
  else if (y4 >= z4) [w, x, y, z] = [xz - zx, xy + yx, y4, yz + zy];
  else [w, x, y, z] = [yx - xy, xz + zx, yz + zy, z4];
  const length = 1 / Math.sqrt(w * w + x * x + y * y + z * z);
  out[at] = w * length;
  out[at + 1] = x * length;
  out[at + 2] = y * length;
  out[at + 3] = z * length;
}
