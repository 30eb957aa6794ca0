/**
 * # Rig bundle: everything that is needed to drive the Gaussians elsewhere
 *
 * ```
 * avatar.zip ─┬ manifest.json           what is in it, counts, axes
 *             ├ avatar.ply              the Gaussians at rest, in the avatar's shape
 *             ├ skeleton.json           55 joints: name, parent, place at rest
 *             ├ binding.safetensors     each Gaussian's six joints and weights, its face, its place in the face's frame
 *             ├ mesh.safetensors        vertices at rest, faces, six joints and weights a vertex
 *             └ parameters.npz          shape and pose in SMPL-X's names, where given
 * ```
 *
 * Two ways to drive, by what a program can do: each Gaussian by its own joints (linear blend skinning), or by its face of the
 * skinned mesh, which is what `drive` does and is exact. `docs/rig_bundle.md` has the schema and both formulas. All files
 * are y up, the body faces +z, metres.
 *
 * @module
 */
import { restParameters } from "../body/poses.ts";
import { type BodyParameters, shapeBody } from "../body/skinning.ts";
import { topWeights } from "../body/top_weights.ts";
import { placeGaussians } from "../body/drive.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import { shDegree } from "../gaussian/spherical_harmonics.ts";
import { resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { exportFile, type ExportOptions } from "./file.ts";
import { encodeParameters } from "./parameters_npz.ts";
import { encodePly } from "./ply.ts";
import { blendWeights } from "./rig_weights.ts";
import { writeSafetensors } from "./safetensors.ts";
import { zipFiles } from "./zip.ts";

/** Marks the manifest. */
export const RIG_BUNDLE = "nlf-gs rig bundle";
/** Counts changes of the layout that old readers do not understand. */
export const RIG_BUNDLE_VERSION = 1;
/** Joints that move a Gaussian or vertex at most. */
export const INFLUENCES = 6;

/** Options of {@linkcode encodeRigBundle}. */
export interface RigBundleOptions {
  /** Their shape and expression are the avatar's at rest; all are stored. The mean shape if not given. */
  readonly parameters?: BodyParameters | undefined;
}

/**
 * The bytes of a rig bundle.
 *
 * @throws {TypeError} if the parameters do not fit the avatar's body.
 * @throws {RangeError} if a number is not finite.
 */
export async function encodeRigBundle(
  avatar: Avatar,
  options: RigBundleOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { parameters } = resolveOptions<Required<RigBundleOptions>>(
    "encodeRigBundle",
    { parameters: undefined },
    options,
  );
  const { template } = avatar, { body, count: n } = template, V = body.vertexCount;
  using scope = new TensorScope();
  const { betas, expression } = parameters ?? scope.own({ ...restParameters(body) });
  const rest = scope.own({ ...shapeBody(body, betas, expression) });
  const gaussians = scope.own({ ...placeGaussians(avatar, rest.vertices) });
  const tensors = [rest.vertices, rest.joints, body.weights, template.barycentric];
  const local = [avatar.translation, avatar.rotation, avatar.scale];
  const [vertices, joints, weights, barycentric, translation, rotation, scale] = await Promise.all(
    [...tensors, ...local].map((tensor) => tensor.data()),
  ) as F[];
  const ofVertices = topWeights(weights!, body.parents.length, INFLUENCES);
  const ofGaussians = blendWeights(template, barycentric!, ofVertices, INFLUENCES);
  const degree = shDegree("encodeRigBundle", avatar.sh.shape[1]);
  const files = {
    "avatar.ply": await encodePly(gaussians, { world: "y-up", axes: "y-up" }),
    "skeleton.json": json({
      joints: body.jointNames.map((name, j) => ({
        name,
        parent: body.parents[j],
        position: Array.from(joints!.subarray(3 * j, 3 * j + 3)),
      })),
    }),
    "binding.safetensors": writeSafetensors({
      joints: { shape: [n, INFLUENCES], data: ofGaussians.joints },
      weights: { shape: [n, INFLUENCES], data: ofGaussians.weights },
      face: { shape: [n], data: template.faceOf },
      barycentric: { shape: [n, 3], data: barycentric! },
      translation: { shape: [n, 3], data: translation! },
      rotation: { shape: [n, 4], data: rotation! },
      scale: { shape: [n, 3], data: scale! },
    }),
    "mesh.safetensors": writeSafetensors({
      vertices: { shape: [V, 3], data: vertices! },
      faces: { shape: [body.faceCount, 3], data: body.faces },
      joints: { shape: [V, INFLUENCES], data: ofVertices.joints },
      weights: { shape: [V, INFLUENCES], data: ofVertices.weights },
    }),
    ...(parameters ? { "parameters.npz": await encodeParameters(parameters) } : {}),
  };
  const manifest = {
    format: RIG_BUNDLE,
    version: RIG_BUNDLE_VERSION,
    units: "metres",
    axes: "x left, y up, z forwards (the body faces +z)",
    pose: "T-pose",
    quaternions: "wxyz",
    counts: { gaussians: n, joints: body.parents.length, vertices: V, faces: body.faceCount, shDegree: degree },
    files: Object.keys(files),
  };
  return zipFiles({ "manifest.json": json(manifest), ...files }, 6);
}
type F = Float32Array;

/**
 * Writes an avatar as a rig bundle, whole or not at all.
 *
 * @param path The file, by convention `*.zip`.
 * @throws {Deno.errors.AlreadyExists} if there is such a file, unless `force` is set.
 */
export async function writeRigBundle(
  path: string,
  avatar: Avatar,
  options: RigBundleOptions & ExportOptions = {},
): Promise<void> {
  const { force, parameters } = resolveOptions<Required<RigBundleOptions & ExportOptions>>("writeRigBundle", {
    force: false,
    parameters: undefined,
  }, options);
  await exportFile("writeRigBundle", path, await encodeRigBundle(avatar, { parameters }), force);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, null, 1) + "\n");
}
