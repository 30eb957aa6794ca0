/**
 * # Sight: which Gaussians the photo shows
 *
 * ```
 * facing = −n·d                 n: normal of the posed face      d: unit vector from the camera to the Gaussian
 * seen   = [inside the crop] · clamp(facing/0.15) · clamp((z_seen + 3 cm − z)/2 cm)            clamp to 0..1
 * ```
 *
 * z_seen is the depth of the nearest surface of the body at that pixel. A Gaussian that is not seen has a place in the photo
 * all the same, and the pixel there shows something else: an arm before the chest, the front of the head for its back.
 * Whatever decodes it must know that. The steps at the borders are soft, because a fitted body is off by centimetres.
 *
 * What stands before the person, and cloth, are not known to the body: behind a table a leg counts as seen, and beside an arm
 * that is believed a few centimetres off there is wall. The foreground mask knows better: {@linkcode onlyOnPerson}.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Template } from "../body/gaussians.ts";
import { slotOrigins } from "../body/face_frame.ts";
import { CROP } from "../encoder/encoder.ts";
import type { Matrix } from "../image/cameras.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { createSurfaceBuffer, rasterize } from "../body/surface_buffer.ts";

const SIDE = 256; // pixels of the depth map
const SLACK = 0.03, SOFT = 0.02; // metres
const GRAZING = 0.15; // cosine

/** Where Gaussians are on a posed body, and whether they are seen. */
export interface Sight {
  /** [n, 2]: seen 0..1; facing, the cosine between normal and the way to the viewer. */
  readonly sight: tf.Tensor2D;
  /** [n, 2]: where their slots project to, crop pixels. */
  readonly position2d: tf.Tensor2D;
}

/**
 * Which Gaussians of a posed body a photo shows.
 *
 * @param vertices [V, 3] metres, in the axes of the photo's camera.
 * @param K [3, 3] of the 512² crop.
 * @returns sight and places; the caller disposes of both.
 * @throws {TypeError} if the vertices are not those of the template's body.
 */
export async function sightOf(template: Template, vertices: tf.Tensor2D, K: Matrix): Promise<Sight> {
  const { body, count: n, faceOf } = template;
  expectShape("sightOf", { vertices }, `${body.vertexCount} 3`);
  using scope = new TensorScope();
  const origins = scope.own(slotOrigins(vertices, template));
  const [v, o] = await Promise.all([vertices.data(), origins.data()]) as [Float32Array, Float32Array];
  const f = [K[0]![0]!, K[1]![1]!] as const, c = [K[0]![2]!, K[1]![2]!] as const, scale = SIDE / CROP;
  const projected = new Float32Array(v.length);
  for (let i = 0; i < v.length; i += 3) {
    const z = Math.max(v[i + 2]!, 0.01);
    projected[i] = scale * (f[0] * v[i]! / z + c[0]);
    projected[i + 1] = scale * (f[1] * v[i + 1]! / z + c[1]);
    projected[i + 2] = v[i + 2]!;
  }
  const buffer = createSurfaceBuffer(SIDE, SIDE);
  rasterize(buffer, 0, { projected, faces: new Uint32Array(body.faces) });
  const sight = new Float32Array(2 * n), places = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y, z] = [o[3 * i]!, o[3 * i + 1]!, o[3 * i + 2]!], near = Math.max(z, 0.01);
    const px = f[0] * x / near + c[0], py = f[1] * y / near + c[1];
    places[2 * i] = px;
    places[2 * i + 1] = py;
    const facing = facingOf(v, body.faces, faceOf[i]!, x, y, z);
    sight[2 * i + 1] = facing;
    if (!(z > 0.01 && px >= 0 && py >= 0 && px < CROP && py < CROP)) continue;
    const depth = buffer.depth[Math.floor(py * scale) * SIDE + Math.floor(px * scale)]!;
    sight[2 * i] = clamp(facing / GRAZING) * clamp((depth + SLACK - z) / SOFT);
  }
  return { sight: tf.tensor2d(sight, [n, 2]), position2d: tf.tensor2d(places, [n, 2]) };
}

/**
 * Sight narrowed to the pixels that show the person.
 *
 * @param sight [n, 2], from {@linkcode sightOf}.
 * @param mask [n, 1]: the foreground mask at the Gaussians' places, 0..1.
 * @returns [n, 2]; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 */
export function onlyOnPerson(sight: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor2D {
  expectShape("onlyOnPerson", { sight, mask }, { sight: "n 2", mask: "n 1" });
  return tf.tidy(() => {
    const [seen, facing] = tf.split(sight, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return tf.concat2d([seen.mul(mask), facing], 1);
  });
}

function facingOf(v: Float32Array, faces: Int32Array, face: number, x: number, y: number, z: number): number {
  const [a, b, c] = [3 * faces[3 * face]!, 3 * faces[3 * face + 1]!, 3 * faces[3 * face + 2]!];
  const ux = v[b]! - v[a]!, uy = v[b + 1]! - v[a + 1]!, uz = v[b + 2]! - v[a + 2]!;
  const wx = v[c]! - v[a]!, wy = v[c + 1]! - v[a + 1]!, wz = v[c + 2]! - v[a + 2]!;
  const nx = uy * wz - uz * wy, ny = uz * wx - ux * wz, nz = ux * wy - uy * wx;
  const along = nx * x + ny * y + nz * z, length = Math.hypot(nx, ny, nz) * Math.hypot(x, y, z);
  return length > 0 ? -along / length : 0;
}

const clamp = (x: number) => Math.max(0, Math.min(1, x));
