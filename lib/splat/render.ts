/**
 * # Rendering: Gaussians and a camera become a picture
 *
 * ```
 * colour_i = max(0, ½ + Σ sh_i·Y(F_i⁻¹·d_i))        d_i: unit vector from the camera to the Gaussian
 * picture  = rasterise(project(Gaussians), colours)
 * ```
 *
 * The colours are computed with tensors, the picture on plain arrays by a {@linkcode Rasterizer}. Colours are those of
 * the photo, sRGB 0..1, and are mixed as they are; like every Gaussian splatting renderer, this one does no light
 * transport.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import { conjugate, rotateVector } from "../gaussian/quaternion.ts";
import { shColor } from "../gaussian/spherical_harmonics.ts";
import type { Camera } from "../image/cameras.ts";
import { resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { type Color, rasterize } from "./rasterize.ts";
import { cameraCenter, type PictureSize, type View, viewOf } from "./view.ts";

/** Options of {@linkcode renderGaussians}. */
export interface RenderOptions extends Partial<PictureSize> {
  /** Red, green, blue 0..1 behind the Gaussians; black by default. */
  readonly background?: Color;
}

/** A rendered picture; the caller disposes of the tensors. */
export interface Rendered {
  /** [H, W, 4]: red, green, blue over the background, 0..1, and coverage 0..1 (1 where nothing shines through). */
  readonly image: tf.Tensor3D;
  /** [H, W]: mean depth of what is seen, metres along the camera's axis, 0 where nothing is. */
  readonly depth: tf.Tensor2D;
  /** How many Gaussians touch the picture. */
  readonly drawn: number;
  /** How many were left out because a number is not finite or a rotation is zero. */
  readonly invalid: number;
}

const DEFAULTS: Required<RenderOptions> = { width: 512, height: 512, background: [0, 0, 0] };

/**
 * Draws Gaussians as a camera sees them.
 *
 * No Gaussians, or none in sight, give the background; those with NaN, infinities or a zero rotation are left out and
 * counted.
 *
 * @param gaussians Gaussians in the world, as `drive` returns them.
 * @param camera Where from; see `lib/image/cameras.ts`.
 * @param options Size (512×512 by default) and background.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 * @throws {RangeError} if the size, the background or the camera is out of range.
 */
export async function renderGaussians(
  gaussians: Gaussians,
  camera: Camera,
  options: RenderOptions = {},
): Promise<Rendered> {
  const { background, ...size } = resolveOptions("renderGaussians", DEFAULTS, options);
  if (background.length !== 3 || !background.every((part) => part >= 0 && part <= 1)) {
    throw new RangeError(`renderGaussians: background must be three numbers from 0 to 1: got ${background}`);
  }
  const { n } = expectGaussians("renderGaussians", gaussians);
  const view = viewOf("renderGaussians", camera, size);
  const { means, rotations, scales, opacity } = gaussians;
  const numbers = [means, rotations, scales, opacity];
  const [m, r, s, o] = await Promise.all(numbers.map((tensor) => tensor.data())) as [F, F, F, F];
  const c = await viewColors(gaussians, n, view);
  const splats = { count: n, means: m, rotations: r, scales: s, opacity: o, colors: c };
  const { image, depth, drawn, invalid } = rasterize(splats, view, background);
  const { width, height } = size;
  return { image: tf.tensor3d(image, [height, width, 4]), depth: tf.tensor2d(depth, [height, width]), drawn, invalid };
}
type F = Float32Array;

/** So many Gaussians are coloured together. */
const CHUNK = 4096;

/** n·3 numbers: each Gaussian's colour towards the camera, in chunks. */
async function viewColors({ means, sh, frames }: Gaussians, n: number, view: View): Promise<Float32Array> {
  const colors = new Float32Array(3 * n), [, harmonics] = sh.shape;
  for (let start = 0; start < n; start += CHUNK) {
    using scope = new TensorScope();
    const size = Math.min(CHUNK, n - start);
    const some = scope.tidy(() =>
      colorsTowards(
        view,
        means.slice([start, 0], [size, 3]),
        sh.slice([start, 0, 0], [size, harmonics, 3]),
        frames?.slice([start, 0], [size, 4]),
      )
    );
    colors.set(await some.data(), 3 * start);
  }
  return colors;
}

function colorsTowards(view: View, means: tf.Tensor2D, sh: tf.Tensor3D, frames?: tf.Tensor2D): tf.Tensor2D {
  if (sh.shape[1] === 1) return shColor(sh, means); // the direction plays no part
  const away = means.sub<tf.Tensor2D>(tf.tensor2d([cameraCenter(view)]));
  const direction = away.div<tf.Tensor2D>(away.square().sum(1, true).sqrt().maximum(1e-12));
  return shColor(sh, frames ? rotateVector(conjugate(frames), direction) : direction);
}
