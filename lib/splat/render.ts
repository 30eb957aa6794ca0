/**
 * # Rendering: Gaussians and a camera become a picture
 *
 * ```
 * colour_i = max(0, ½ + Σ sh_i·Y(F_i⁻¹·d_i))        d_i: unit vector from the camera to the Gaussian
 * picture  = rasterise(project(Gaussians), colours)
 * ```
 *
 * The colours are computed with tensors, the picture on plain arrays, by `draw.ts`. Colours are those of
 * the photo, sRGB 0..1, and are mixed as they are; like every Gaussian splatting renderer, this one does no light
 * transport.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import type { Camera } from "../image/cameras.ts";
import { TensorScope } from "../tensor/scope.ts";
import { drawSplats } from "./draw.ts";
import { expectRenderOptions, type RenderOptions } from "./render_options.ts";
import { viewColors } from "./view_colors.ts";
import { type View, viewOf } from "./view.ts";

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
  const { background, ...size } = expectRenderOptions("renderGaussians", options);
  const { n } = expectGaussians("renderGaussians", gaussians);
  const view = viewOf("renderGaussians", camera, size);
  const { means, rotations, scales, opacity } = gaussians;
  const numbers = [means, rotations, scales, opacity];
  const [m, r, s, o] = await Promise.all(numbers.map((tensor) => tensor.data())) as [F, F, F, F];
  const c = await colorsInChunks(gaussians, n, view);
  const splats = { count: n, means: m, rotations: r, scales: s, opacity: o, colors: c };
  const { image, depth, drawn, invalid } = drawSplats(splats, view, background);
  const { width, height } = size;
  return {
    image: tf.tensor3d(image.slice(), [height, width, 4]),
    depth: tf.tensor2d(depth.slice(), [height, width]),
    drawn,
    invalid,
  };
}
type F = Float32Array;

/** So many Gaussians are coloured together. */
const CHUNK = 4096;

/** n·3 numbers: each Gaussian's colour towards the camera, in chunks. */
async function colorsInChunks({ means, sh, frames }: Gaussians, n: number, view: View): Promise<Float32Array> {
  const colors = new Float32Array(3 * n), [, harmonics] = sh.shape;
  for (let start = 0; start < n; start += CHUNK) {
    using scope = new TensorScope();
    const size = Math.min(CHUNK, n - start);
    const some = scope.tidy(() =>
      viewColors(view, {
        means: means.slice([start, 0], [size, 3]),
        sh: sh.slice([start, 0, 0], [size, harmonics, 3]),
        ...(frames && { frames: frames.slice<tf.Tensor2D>([start, 0], [size, 4]) }),
      })
    );
    colors.set(await some.data(), 3 * start);
  }
  return colors;
}
