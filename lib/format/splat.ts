/**
 * # .splat: Gaussians in 32 bytes each
 *
 * ```
 * mean 3·f32 · scale 3·f32 · red green blue opacity 4·u8 · rotation 4·u8          little-endian, no header
 * colour = 255·(½ + 0.28209479·sh_0)        rotation = 128·(w, x, y, z) + 128
 * ```
 *
 * The small format of early web viewers: colours to 1/255, rotations to 1/128, harmonics above degree 0 are dropped. For
 * everything else there is .ply. Axes are the same: x right, y down, z forward, metres.
 *
 * Source: antimatter15/splat; `read-splat.ts` of playcanvas/splat-transform.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectGaussians, type Gaussians } from "../gaussian/gaussians.ts";
import { SH_0 } from "../gaussian/spherical_harmonics.ts";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { inFileAxes, UPRIGHT, type Upright } from "./axes.ts";
import { exportFile, type ExportOptions, readFile } from "./file.ts";

/** Options of {@linkcode encodeSplat}. */
export interface SplatOptions {
  /** Which way the Gaussians' world is up: `"y-down"` (default; a camera's axes) or `"y-up"`. */
  readonly world?: Upright;
}

const ROW = 32; // bytes

/**
 * The bytes of a .splat file, rows in the order of the Gaussians.
 *
 * @param gaussians Gaussians in the world, as `drive` returns them.
 * @throws {TypeError} if shapes do not fit or an option is unknown.
 * @throws {RangeError} if a number is not finite.
 */
export async function encodeSplat(gaussians: Gaussians, options: SplatOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { world } = resolveOptions<Required<SplatOptions>>("encodeSplat", { world: "y-down" }, options);
  expectOneOf("encodeSplat", "world", world, UPRIGHT);
  const { n } = expectGaussians("encodeSplat", gaussians);
  using scope = new TensorScope();
  const constant = scope.tidy(() => gaussians.sh.slice([0, 0, 0], [-1, 1, 3]));
  const turned = scope.own(await inFileAxes({ ...gaussians, sh: constant }, 0, world === "y-up"));
  const tensors = [turned.means, turned.scales, turned.sh, turned.opacity, turned.rotations];
  const [means, scales, sh, opacity, rotations] = await Promise.all(tensors.map((tensor) => tensor.data())) as F[];
  const bytes = new Uint8Array(ROW * n), view = new DataView(bytes.buffer);
  const finite = (value: number, what: string, i: number): number => {
    if (Number.isFinite(value)) return value;
    throw new RangeError(`encodeSplat: Gaussian ${i} has ${value} for its ${what}: leave it out or repair it`);
  };
  for (let i = 0; i < n; i++) {
    const row = ROW * i, byte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
    for (let axis = 0; axis < 3; axis++) {
      view.setFloat32(row + 4 * axis, finite(means![3 * i + axis]!, "mean", i), true);
      view.setFloat32(row + 12 + 4 * axis, finite(scales![3 * i + axis]!, "scale", i), true);
      bytes[row + 24 + axis] = byte(255 * (0.5 + SH_0 * finite(sh![3 * i + axis]!, "colour", i)));
    }
    bytes[row + 27] = byte(255 * finite(opacity![i]!, "opacity", i));
    const quaternion = rotations!.subarray(4 * i, 4 * i + 4), length = Math.hypot(...quaternion);
    for (let k = 0; k < 4; k++) {
      bytes[row + 28 + k] = byte(128 * finite(quaternion[k]! / length, "rotation", i) + 128);
    }
  }
  return bytes;
}
type F = Float32Array;

/**
 * Writes Gaussians as a .splat file, whole or not at all.
 *
 * @param path The file, by convention `*.splat`.
 * @throws {Deno.errors.AlreadyExists} if there is such a file, unless `force` is set.
 * @throws {RangeError} if a number is not finite.
 */
export async function writeSplat(
  path: string,
  gaussians: Gaussians,
  options: SplatOptions & ExportOptions = {},
): Promise<void> {
  const { force, world } = resolveOptions<Required<SplatOptions & ExportOptions>>("writeSplat", {
    force: false,
    world: "y-down",
  }, options);
  await exportFile("writeSplat", path, await encodeSplat(gaussians, { world }), force);
}

/**
 * Gaussians from the bytes of a .splat file.
 *
 * @param name How the file is called in errors.
 * @returns the Gaussians, of degree 0 and without `frames`; the caller disposes of them.
 * @throws {SyntaxError} if it is no such file.
 */
export function decodeSplat(bytes: Uint8Array, name = "file"): Gaussians {
  if (bytes.length % ROW !== 0) {
    throw new SyntaxError(
      `decodeSplat: ${name} is no .splat file: its ${bytes.length} bytes are not rows of ${ROW}: truncated?`,
    );
  }
  const n = bytes.length / ROW, view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const column = (width: number, read: (row: number, k: number) => number): Float32Array =>
    Float32Array.from({ length: width * n }, (_, i) => read(ROW * Math.floor(i / width), i % width));
  const means = column(3, (row, k) => view.getFloat32(row + 4 * k, true));
  const scales = column(3, (row, k) => view.getFloat32(row + 12 + 4 * k, true));
  const bad = [...means, ...scales].findIndex((number, i) => !Number.isFinite(number) || (i >= 3 * n && number < 0));
  if (bad >= 0) {
    throw new SyntaxError(
      `decodeSplat: ${name} is no .splat file: row ${Math.floor(bad % (3 * n) / 3)} has no place or size`,
    );
  }
  return {
    means: tf.tensor2d(means, [n, 3]),
    scales: tf.tensor2d(scales, [n, 3]),
    sh: tf.tensor3d(column(3, (row, k) => (bytes[row + 24 + k]! / 255 - 0.5) / SH_0), [n, 1, 3]),
    opacity: tf.tensor1d(column(1, (row) => bytes[row + 27]! / 255)),
    rotations: tf.tensor2d(column(4, (row, k) => unitByte(bytes.subarray(row + 28, row + 32), k)), [n, 4]),
  };
}

/** Number k of the unit quaternion in four bytes; the identity where there is none. */
function unitByte(bytes: Uint8Array, k: number): number {
  const length = Math.hypot(...Array.from(bytes, (byte) => byte - 128));
  return length > 0 ? (bytes[k]! - 128) / length : k === 0 ? 1 : 0;
}

/**
 * Reads Gaussians from a .splat file.
 *
 * @param path Path or file URL.
 * @returns the Gaussians, of degree 0; the caller disposes of them.
 * @throws {SyntaxError} if it is no such file.
 */
export async function readSplat(path: string | URL): Promise<Gaussians> {
  return decodeSplat(await readFile("readSplat", path), String(path));
}
