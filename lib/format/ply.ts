/**
 * # .ply: Gaussians as every splat viewer reads them
 *
 * One binary little-endian float32 row each Gaussian, in the layout of the original 3D Gaussian splatting code:
 *
 * ```
 * x y z   nx ny nz   f_dc_0..2   f_rest_0..44   opacity   scale_0..2   rot_0..3
 * ```
 *
 * | column | holds |
 * |---|---|
 * | `x y z` | mean, metres |
 * | `nx ny nz` | zeros, as in the original |
 * | `f_dc` | the constant harmonic's red, green, blue: colour = ½ + 0.28209479·f_dc |
 * | `f_rest` | the other harmonics, all of red first, then green, then blue |
 * | `opacity` | log(o / (1 − o)) |
 * | `scale` | natural logarithm of the standard deviations |
 * | `rot` | quaternion wxyz |
 *
 * **Axes** are x right, y down, z forward, which is the world after a photo. Where the world has y up (a body without a
 * photo), say so with `world: "y-up"`, and everything takes a half turn about x.
 *
 * The file knows one frame only. Harmonics that live in the faces' frames are turned into the world's here, so that a
 * viewer shows the very colours that our renderer shows; the pose is thereby frozen.
 *
 * Source: graphdeco-inria/gaussian-splatting, `scene/gaussian_model.py`.
 *
 * @module
 */
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import { MAX_SH_DEGREE } from "../gaussian/spherical_harmonics.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { inFileAxes, UPRIGHT, type Upright } from "./axes.ts";
import { exportFile, type ExportOptions } from "./file.ts";

/** Options of {@linkcode encodePly} and {@linkcode writePly}. */
export interface PlyOptions {
  /** Which way the Gaussians' world is up: `"y-down"` (default; a camera's axes) or `"y-up"`. */
  readonly world?: Upright;
  /** Which way the file is up: `"y-down"` (default), as viewers of .ply files expect, or `"y-up"`. */
  readonly axes?: Upright;
  /** Harmonics up to this degree are written, absent ones as zeros; 3, the default, is what every reader takes. */
  readonly shDegree?: number;
  /** Lines of text for the header, such as what a viewer of the file should know. */
  readonly comments?: readonly string[];
}

const DEFAULTS: Required<PlyOptions> = { world: "y-down", axes: "y-down", shDegree: MAX_SH_DEGREE, comments: [] };

/** Opacities and scales are kept this far from where their logarithms are infinite. */
const OPACITY_MARGIN = 1e-6, SCALE_MIN = 1e-12;

/** The names of the columns for harmonics up to a degree. */
export function plyColumns(shDegree: number): string[] {
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}_${i}`);
  const rest = 3 * ((shDegree + 1) ** 2 - 1);
  return [
    ..."xyz",
    ...["nx", "ny", "nz"],
    ...numbered("f_dc", 3),
    ...numbered("f_rest", rest),
    "opacity",
    ...numbered("scale", 3),
    ...numbered("rot", 4),
  ];
}

/**
 * The bytes of a .ply file.
 *
 * @param gaussians Gaussians in the world, as `drive` returns them.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 * @throws {RangeError} if a number is not finite, or `shDegree` is lower than the Gaussians' own.
 */
export async function encodePly(gaussians: Gaussians, options: PlyOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { world, axes, shDegree, comments } = resolveOptions("encodePly", DEFAULTS, options);
  expectOneOf("encodePly", "world", world, UPRIGHT);
  expectOneOf("encodePly", "axes", axes, UPRIGHT);
  const { n, degree } = expectGaussians("encodePly", gaussians);
  expectInteger("encodePly", "shDegree", shDegree, degree, MAX_SH_DEGREE);
  const columns = plyColumns(shDegree);
  const rows = new Float32Array(n * columns.length);
  for (let start = 0; start < n; start += CHUNK) {
    using scope = new TensorScope();
    const some = scope.own(rowsOf(gaussians, start, Math.min(CHUNK, n - start)));
    const { means, rotations, scales, opacity, sh } = scope.own(await inFileAxes(some, degree, world !== axes));
    const tensors = [means, rotations, scales, opacity, sh];
    const [m, r, s, o, h] = await Promise.all(tensors.map((tensor) => tensor.data())) as [F, F, F, F, F];
    fillRows({ m, r, s, o, h }, degree, shDegree, rows.subarray(start * columns.length));
  }
  const bad = rows.findIndex((number) => !Number.isFinite(number));
  if (bad >= 0) {
    const [i, column] = [Math.floor(bad / columns.length), columns[bad % columns.length]];
    throw new RangeError(`encodePly: Gaussian ${i} has ${rows[bad]} for ${column}: leave it out or repair it`);
  }
  const header = new TextEncoder().encode([
    "ply",
    "format binary_little_endian 1.0",
    `element vertex ${n}`,
    `comment axes: ${axes === "y-down" ? "x right, y down, z forward" : "x left, y up, z to the viewer"}; metres`,
    ...comments.map((text) => `comment ${text.replaceAll(/[^\x20-\x7e]+/g, " ")}`), // one line each, plain ASCII
    ...columns.map((name) => `property float ${name}`),
    "end_header\n",
  ].join("\n"));
  const bytes = new Uint8Array(header.length + rows.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(rows.buffer), header.length);
  return bytes;
}
type F = Float32Array;

/** So many Gaussians are written together. */
const CHUNK = 4096;

/** Some of the Gaussians; new tensors. */
function rowsOf({ means, rotations, scales, opacity, sh, frames }: Gaussians, start: number, size: number): Gaussians {
  const some = {
    means: means.slice([start, 0], [size, 3]),
    rotations: rotations.slice([start, 0], [size, 4]),
    scales: scales.slice([start, 0], [size, 3]),
    opacity: opacity.slice(start, size),
    sh: sh.slice([start, 0, 0], [size, sh.shape[1], 3]),
  };
  return frames ? { ...some, frames: frames.slice([start, 0], [size, 4]) } : some;
}

/** Means, rotations, scales, opacities and harmonics as numbers. */
interface Numbers {
  readonly m: F;
  readonly r: F;
  readonly s: F;
  readonly o: F;
  readonly h: F;
}

/** Writes the columns of some Gaussians: log scales, logit opacities, harmonics channel by channel. */
function fillRows({ m, r, s, o, h }: Numbers, degree: number, shDegree: number, rows: F): void {
  const columns = plyColumns(shDegree);
  const [harmonics, written] = [(degree + 1) ** 2, (shDegree + 1) ** 2];
  const [dc, rest, scale0] = [columns.indexOf("f_dc_0"), columns.indexOf("f_dc_0") + 3, columns.indexOf("scale_0")];
  for (let i = 0; i < o.length; i++) {
    const row = rows.subarray(i * columns.length, (i + 1) * columns.length);
    row.set(m.subarray(3 * i, 3 * i + 3));
    for (let k = 0; k < harmonics; k++) {
      for (let channel = 0; channel < 3; channel++) {
        const place = k === 0 ? dc + channel : rest + channel * (written - 1) + k - 1;
        row[place] = h[3 * (harmonics * i + k) + channel]!;
      }
    }
    const visible = Math.min(1 - OPACITY_MARGIN, Math.max(OPACITY_MARGIN, o[i]!));
    row[scale0 - 1] = Math.log(visible / (1 - visible));
    for (let axis = 0; axis < 3; axis++) row[scale0 + axis] = Math.log(Math.max(SCALE_MIN, s[3 * i + axis]!));
    row.set(r.subarray(4 * i, 4 * i + 4), scale0 + 3);
  }
}

/**
 * Writes Gaussians as a .ply file, whole or not at all, and over an older file only with `force`.
 *
 * @param path The file, by convention `*.ply`.
 * @param gaussians Gaussians in the world, as `drive` returns them.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 * @throws {RangeError} if a number is not finite, or `shDegree` is lower than the Gaussians' own.
 * @throws {Deno.errors.AlreadyExists} if there is a file of that name and `force` is not set.
 */
export async function writePly(
  path: string,
  gaussians: Gaussians,
  options: PlyOptions & ExportOptions = {},
): Promise<void> {
  const { force, ...ply } = options;
  await exportFile("writePly", path, await encodePly(gaussians, ply), force);
}
