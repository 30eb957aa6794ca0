/**
 * # Reading a rig bundle
 *
 * Archives come from strangers: what they claim to unpack to is checked first, and then that all files are there and of the
 * sizes that the manifest promises, joints come after their parents, and indices point at something.
 *
 * @module
 */
import type { Gaussians } from "../gaussian/gaussians.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { disposeAll } from "../tensor/scope.ts";
import { readFile } from "./file.ts";
import { decodePly } from "./read_ply.ts";
import { INFLUENCES, RIG_BUNDLE, RIG_BUNDLE_VERSION } from "./rig_bundle.ts";
import { readSafetensors } from "./safetensors.ts";
import { unzipEntry, zipEntries } from "./zip.ts";

/** The content of a rig bundle; lengths with n Gaussians, V vertices, F faces. */
export interface RigBundle {
  /** At rest, y up; to be disposed of. */
  readonly gaussians: Gaussians;
  /** Parents before their children; −1 at the root. */
  readonly skeleton: readonly RigJoint[];
  /** What each Gaussian hangs on. */
  readonly binding: {
    /** n·6 joints and weights. */
    readonly joints: Uint8Array;
    readonly weights: Float32Array;
    /** n faces, and n·3 places on them. */
    readonly face: Int32Array;
    readonly barycentric: Float32Array;
    /** n·3, n·4 (wxyz), n·3: in the face's frame. */
    readonly translation: Float32Array;
    readonly rotation: Float32Array;
    readonly scale: Float32Array;
  };
  /** The body at rest. */
  readonly mesh: {
    /** V·3 metres. */
    readonly vertices: Float32Array;
    /** F·3 */
    readonly faces: Int32Array;
    /** V·6 joints and weights. */
    readonly joints: Uint8Array;
    readonly weights: Float32Array;
  };
}

/** One joint of a bundle's skeleton. */
export interface RigJoint {
  /** By SMPL-X's names. */
  readonly name: string;
  /** Its place in the list. */
  readonly parent: number;
  /** Metres, at rest. */
  readonly position: readonly [x: number, y: number, z: number];
}

/** How a bundle is read. */
export interface ReadRigBundleOptions {
  /** How the file is called in errors. */
  readonly name?: string;
  /** The most bytes that it may unpack to; 2 GiB unless told. */
  readonly maxBytes?: number;
}

const FILES = ["manifest.json", "avatar.ply", "skeleton.json", "binding.safetensors", "mesh.safetensors"];

/**
 * The content of a rig bundle.
 *
 * @returns the bundle; the caller disposes of its Gaussians.
 * @throws {SyntaxError} if it is no rig bundle, or one of another version.
 * @throws {RangeError} if it claims to unpack to more than `maxBytes`.
 */
export function decodeRigBundle(bytes: Uint8Array, options: ReadRigBundleOptions = {}): RigBundle {
  const { name, maxBytes } = resolveOptions<Required<ReadRigBundleOptions>>("decodeRigBundle", {
    name: "file",
    maxBytes: 2 ** 31,
  }, options);
  expectInteger("decodeRigBundle", "maxBytes", maxBytes, 0);
  const fail = (why: string): never => {
    throw new SyntaxError(`decodeRigBundle: ${name} is no rig bundle: ${why}`);
  };
  const rules = { caller: "decodeRigBundle", name, kind: "rig bundle" };
  const there = zipEntries(bytes, { ...rules, wants: (entry) => FILES.includes(entry), maxBytes });
  for (const file of FILES) if (!there.includes(file)) fail(`it has no ${file}`);
  const file = (entry: string) => unzipEntry(bytes, entry, rules);
  const parse = (entry: string): Record<string, unknown> => {
    try {
      return JSON.parse(new TextDecoder().decode(file(entry))) ?? {};
    } catch {
      return fail(`its ${entry} is not JSON`);
    }
  };
  const manifest = parse("manifest.json");
  if (manifest.format !== RIG_BUNDLE) fail(`its manifest says format ${JSON.stringify(manifest.format)}`);
  if (manifest.version !== RIG_BUNDLE_VERSION) {
    fail(`it has version ${JSON.stringify(manifest.version)}, wanted ${RIG_BUNDLE_VERSION}: update this library`);
  }
  const counts = (manifest.counts ?? {}) as Record<string, number>;
  const [n, V, F] = ["gaussians", "vertices", "faces"].map((key) => {
    const count = counts[key];
    return Number.isSafeInteger(count) && count! >= 0 ? count! : fail(`its manifest counts ${count} ${key}`);
  }) as [number, number, number];
  const skeleton = checkSkeleton(parse("skeleton.json").joints, fail);
  /** One array of a safetensors file, of the wanted type, shape and, for indices, range. */
  const arraysOf = (entry: string) => {
    const { arrays } = readSafetensors(file(entry), `${entry} in ${name}`);
    return <T>(key: string, type: new (length: number) => T, shape: number[], below = Infinity): T => {
      const array = arrays.get(key);
      if (!(array?.data instanceof type) || array.shape.join() !== shape.join()) {
        return fail(
          `${key} of its ${entry} must be ${type.name} [${shape.join(", ")}]: got [${array?.shape.join(", ") ?? ""}]`,
        );
      }
      const numbers = array.data as ArrayLike<number>;
      for (let i = 0; i < numbers.length; i++) {
        const fits = below === Infinity ? Number.isFinite(numbers[i]) : numbers[i]! >= 0 && numbers[i]! < below;
        if (!fits) fail(`${key} of its ${entry} holds ${numbers[i]}`);
      }
      return array.data as T;
    };
  };
  const bound = arraysOf("binding.safetensors"), meshed = arraysOf("mesh.safetensors"), J = skeleton.length;
  const binding = {
    joints: bound("joints", Uint8Array, [n, INFLUENCES], J),
    weights: bound("weights", Float32Array, [n, INFLUENCES]),
    face: bound("face", Int32Array, [n], F),
    barycentric: bound("barycentric", Float32Array, [n, 3]),
    translation: bound("translation", Float32Array, [n, 3]),
    rotation: bound("rotation", Float32Array, [n, 4]),
    scale: bound("scale", Float32Array, [n, 3]),
  };
  const mesh = {
    vertices: meshed("vertices", Float32Array, [V, 3]),
    faces: meshed("faces", Int32Array, [F, 3], V),
    joints: meshed("joints", Uint8Array, [V, INFLUENCES], J),
    weights: meshed("weights", Float32Array, [V, INFLUENCES]),
  };
  const gaussians = decodePly(file("avatar.ply"), `avatar.ply in ${name}`);
  if (gaussians.means.shape[0] !== n) {
    const found = gaussians.means.shape[0];
    disposeAll({ ...gaussians });
    fail(`its avatar.ply has ${found} Gaussians, its manifest counts ${n}`);
  }
  return { gaussians, skeleton, binding, mesh };
}

function checkSkeleton(joints: unknown, fail: (why: string) => never): RigJoint[] {
  if (!Array.isArray(joints) || joints.length === 0 || joints.length > 256) {
    return fail("its skeleton.json wants a list of 1 to 256 joints");
  }
  return joints.map((joint, i) => {
    const { name, parent, position } = (joint ?? {}) as Partial<RigJoint>;
    const placed = Array.isArray(position) && position.length === 3 && position.every(Number.isFinite);
    if (typeof name !== "string" || !placed) fail(`joint ${i} of its skeleton.json wants a name and a position`);
    if (!Number.isInteger(parent) || parent! < -1 || parent! >= i || (parent === -1) !== (i === 0)) {
      fail(
        `joint ${i} of its skeleton.json has the parent ${parent}: parents come before their children, one has none`,
      );
    }
    return { name: name!, parent: parent!, position: position! };
  });
}

/**
 * Reads a rig bundle.
 *
 * @param path Path or file URL.
 * @returns the bundle; the caller disposes of its Gaussians.
 * @throws {SyntaxError} if it is no rig bundle.
 */
export async function readRigBundle(path: string | URL): Promise<RigBundle> {
  return decodeRigBundle(await readFile("readRigBundle", path), { name: String(path) });
}
