/**
 * # Reading motions
 *
 * | ending | format |
 * |---|---|
 * | `.npz` | AMASS's keys: SMPL+H (156 numbers a frame), SMPL-X (165), SMPL (72) |
 * | `.bvh` | a skeleton with joint names of a common scheme |
 *
 * Files are from strangers: their size is looked at before they are read, and what their headers claim before anything
 * is allocated.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { parseBvh } from "../../format/bvh.ts";
import { readFile } from "../../format/file.ts";
import { readNpz } from "../../format/npz.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../../tensor/options.ts";
import { AMASS_KEYS, decodeAmass } from "./amass.ts";
import { createMotion, type Motion } from "./motion.ts";
import { retargetBvh } from "./retarget.ts";

/** How a motion is read. */
export interface ReadMotionOptions {
  /** Frames a second, for files that do not tell. */
  readonly rate?: number | undefined;
  /** `"start"` (default): the first frame stands above the origin; `"file"`: places on the floor stay as recorded. */
  readonly origin?: "start" | "file";
  /** For .bvh: our joint by the file's name, where its names follow no known scheme. */
  readonly joints?: Readonly<Record<string, string>>;
  /** The most bytes that the file may have and unpack to; 512 MiB unless told. */
  readonly maxBytes?: number;
}

/** The motions that are embedded, by name: our own, free of rights, looping. */
export const MOTIONS = ["idle", "walk", "wave", "turn"] as const;
/** The name of an embedded motion. */
export type MotionName = typeof MOTIONS[number];

/**
 * Where an embedded motion lies, for {@linkcode readMotion}.
 *
 * @throws {RangeError} if there is no motion of that name.
 */
export function embeddedMotion(name: MotionName): URL {
  expectOneOf("embeddedMotion", "name", name, MOTIONS);
  return new URL(`../../../data/motions/${name}.npz`, import.meta.url);
}

/**
 * Reads a motion.
 *
 * @param path Path or file URL of an .npz or .bvh file.
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {SyntaxError} if the file cannot be parsed.
 * @throws {TypeError} if it is neither, has other arrays, or lacks joints.
 * @throws {RangeError} if it is too large, has no frames, or numbers out of range.
 */
export async function readMotion(path: string | URL, options: ReadMotionOptions = {}): Promise<Motion> {
  const { rate, origin, joints, maxBytes } = resolveOptions<Required<ReadMotionOptions>>("readMotion", {
    rate: undefined,
    origin: "start",
    joints: {},
    maxBytes: 2 ** 29,
  }, options);
  expectOneOf("readMotion", "origin", origin, ["start", "file"]);
  expectInteger("readMotion", "maxBytes", maxBytes, 1);
  const file = basename(path instanceof URL ? path.pathname : path), ending = extname(file).toLowerCase();
  if (ending !== ".npz" && ending !== ".bvh") {
    throw new TypeError(`readMotion: ${file} must end in .npz (AMASS) or .bvh: convert it first`);
  }
  const size = await Deno.stat(path).then((info) => info.size, () => 0); // a missing file is reported by readFile
  if (size > maxBytes) throw new RangeError(`readMotion: ${file} has ${size} bytes: the limit is ${maxBytes}`);
  const bytes = await readFile("readMotion", path);
  const motion = ending === ".npz"
    ? decodeAmass(readNpz(bytes, { name: file, only: AMASS_KEYS, maxBytes }), file, rate)
    : retargetBvh(parseBvh(new TextDecoder().decode(bytes), file), file, joints);
  const named = { ...motion, name: basename(file, extname(file)) };
  return origin === "file" ? named : fromOrigin(named);
}

/** The same motion, its first frame above the origin. */
function fromOrigin(motion: Motion): Motion {
  const [x, , z] = motion.transl as unknown as [number, number, number];
  return createMotion({ ...motion, transl: motion.transl.map((place, i) => place - [x, 0, z][i % 3]!) });
}
