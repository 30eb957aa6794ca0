/**
 * # A page's contents as a file, and back
 *
 * ```
 * contents ⇄ safetensors file → gzip → base64 in the page
 * ```
 *
 * Directions, translations, rotations and harmonics lie in the file as 16-bit numbers (quantize.ts); everything else as it is.
 * What is no array is JSON in the file's metadata.
 *
 * @module
 */
import { largest } from "../body/fit/rig.ts";
import type { MotionFrame } from "../body/motion/frame_at.ts";
import type { Motion } from "../body/motion/motion.ts";
import { readSafetensors, type SafeData, writeSafetensors } from "../format/safetensors.ts";
import type { Photo, ViewerContents } from "./contents.ts";
import { dequantize, quantize } from "./quantize.ts";

interface About {
  readonly title: string;
  readonly notices: readonly string[];
  readonly joints: readonly string[];
  readonly shapes: number;
  readonly motions: readonly Pick<Motion, "name" | "rate" | "loop">[];
  readonly photo: Omit<Photo, "bytes"> | null;
}
type Arrays = Record<string, { readonly shape: readonly number[]; readonly data: SafeData }>;

/** Contents as the bytes of a safetensors file. */
export function packContents(contents: ViewerContents): Uint8Array<ArrayBuffer> {
  const { rig, avatar, faces, coefficients, poses, uncertainty, confidence, motions, photo } = contents;
  const { jointCount: J, coefficientCount: C, vertices: { count: V } } = rig, n = avatar.count;
  const arrays: Arrays = {};
  const add = (name: string, shape: readonly number[], data: SafeData) => arrays[name] = { shape, data };
  const addRounded = (name: string, shape: readonly number[], values: Float32Array, columns: number) => {
    const { numbers, steps } = quantize(values, columns);
    add(name, shape, numbers);
    add(`${name}.steps`, [columns], steps);
  };
  add("template", [V, 3], Float32Array.from(rig.vertices.rest));
  addRounded("directions", [V, 3, C], Float32Array.from(rig.vertices.directions), C);
  add("moving", [V], rig.vertices.moving);
  add("weight.start", [V + 1], rig.vertices.start);
  add("weight.joint", [rig.vertices.joints.length], Uint8Array.from(rig.vertices.joints));
  add("weight", [rig.vertices.weights.length], Float32Array.from(rig.vertices.weights));
  add("parents", [J], rig.parents);
  add("joints", [J, 3], Float32Array.from(rig.jointTemplate));
  add("joint.directions", [J, 3, C], Float32Array.from(rig.jointDirections));
  if (rig.poseDirections) {
    const P = rig.poseDirections.length / (3 * V);
    addRounded("pose.directions", [V, 3, P], rig.poseDirections, P);
  }
  add("faces", [faces.length / 3, 3], faces);
  add("face", [n], avatar.faceOf);
  add("slot", [n], avatar.slotOf);
  add("barycentric", [n, 3], avatar.barycentric);
  add("share", [n], avatar.share);
  addRounded("translation", [n, 3], avatar.translation, 3);
  addRounded("rotation", [n, 4], avatar.rotation, 1);
  add("scale", [n, 3], avatar.scale);
  add("opacity", [n], avatar.opacity);
  const k = avatar.sh.length / (3 * n);
  addRounded("sh", [n, k, 3], avatar.sh, 3 * k);
  add("coefficients", [C], coefficients);
  for (const [name, { pose, transl }] of Object.entries(poses)) {
    add(`pose.${name}`, [J, 3], pose);
    add(`pose.${name}.transl`, [3], transl);
  }
  if (uncertainty) add("uncertainty", [n], uncertainty);
  if (confidence) add("confidence", [J], confidence);
  motions.forEach(({ count, poses, transl }, i) => {
    add(`motion.${i}`, [count, J, 3], poses);
    add(`motion.${i}.transl`, [count, 3], transl);
  });
  if (photo) add("photo", [photo.bytes.length], photo.bytes);
  const about: About = {
    title: contents.title,
    notices: contents.notices,
    joints: rig.names,
    shapes: rig.shapeCount,
    motions: motions.map(({ name, rate, loop }) => ({ name, rate, loop })),
    photo: photo ? { type: photo.type, width: photo.width, height: photo.height, camera: photo.camera } : null,
  };
  return writeSafetensors(arrays, { about: JSON.stringify(about) });
}

/**
 * Contents from the bytes of a page's file.
 *
 * @throws {SyntaxError} if the bytes are no such file.
 */
export function unpackContents(bytes: Uint8Array): ViewerContents {
  const { arrays, metadata } = readSafetensors(bytes, "the page's data");
  if (metadata.about === undefined) throw new SyntaxError("unpackContents: the page's data say nothing of themselves");
  const about = JSON.parse(metadata.about) as About;
  const get = <T extends SafeData>(name: string): T => {
    const array = arrays.get(name);
    if (!array) throw new SyntaxError(`unpackContents: the page's data lack "${name}"`);
    return array.data as T;
  };
  const rounded = (name: string): Float32Array => dequantize({ numbers: get(name), steps: get(`${name}.steps`) });
  const optional = (name: string) => arrays.has(name) ? get<Float32Array>(name) : undefined;
  const coefficients = get<Float32Array>("coefficients"), parents = get<Int32Array>("parents");
  const children: number[][] = about.joints.map(() => []);
  parents.forEach((parent, joint) => children[parent]?.push(joint));
  const weights = {
    count: get("moving").length,
    start: get<Int32Array>("weight.start"),
    joints: Int32Array.from(get<Uint8Array>("weight.joint")),
    weights: Float64Array.from(get<Float32Array>("weight")),
  };
  const frame = (name: string): MotionFrame => ({ pose: get(`pose.${name}`), transl: get(`pose.${name}.transl`) });
  return {
    title: about.title,
    notices: about.notices,
    rig: {
      jointCount: parents.length,
      shapeCount: about.shapes,
      coefficientCount: coefficients.length,
      parents,
      children,
      names: about.joints,
      jointTemplate: Float64Array.from(get<Float32Array>("joints")),
      jointDirections: Float64Array.from(get<Float32Array>("joint.directions")),
      vertices: {
        ...weights,
        rest: Float64Array.from(get<Float32Array>("template")),
        directions: Float64Array.from(rounded("directions")),
        moving: get("moving"),
        part: largest(weights),
      },
      poseDirections: arrays.has("pose.directions") ? rounded("pose.directions") : undefined,
    },
    faces: get("faces"),
    avatar: {
      count: get("face").length,
      faceOf: get("face"),
      slotOf: get("slot"),
      barycentric: get("barycentric"),
      share: get("share"),
      translation: rounded("translation"),
      rotation: rounded("rotation"),
      scale: get("scale"),
      opacity: get("opacity"),
      sh: rounded("sh"),
    },
    coefficients,
    poses: { photo: frame("photo"), t: frame("t"), a: frame("a") },
    uncertainty: optional("uncertainty"),
    confidence: optional("confidence"),
    motions: about.motions.map((motion, i) => {
      const transl = get<Float32Array>(`motion.${i}.transl`);
      return { ...motion, count: transl.length / 3, poses: get(`motion.${i}`), transl };
    }),
    photo: about.photo ? { ...about.photo, bytes: get("photo") } : undefined,
  };
}
