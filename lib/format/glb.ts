/**
 * # .glb: the avatar's body as a rigged mesh
 *
 * ```
 * scene ─┬ body: mesh with colours, shape and expression targets, skin
 *        └ pelvis ─┬ left_hip … 55 joints by SMPL-X's names
 * vertex = Σ_j w_j · (node of j) · (rest of j)⁻¹ · (rest vertex + Σ_i target weight_i · target_i)
 * ```
 *
 * What every 3D program opens: the mesh in the avatar's shape with the Gaussians' colours at its vertices, ready to be posed
 * and animated. Metres, y up, facing +z, as glTF wants; two sets of joints (six a vertex: viewers that know one set use the
 * four largest). Targets are displacements by one standard deviation, counted from the shape in the file; the joints stay
 * where that shape has them, so large changes of stature bend less well. The body's pose corrections are left out.
 *
 * Gaussians themselves go into .ply; a .glb shows their colours as a surface does.
 *
 * Source: Khronos, *glTF 2.0 Specification*.
 *
 * @module
 */
import { Document, WebIO } from "@gltf-transform/core";
import type * as tf from "@tensorflow/tfjs";
import type { Motion } from "../body/motion/motion.ts";
import { restParameters } from "../body/poses.ts";
import { type BodyParameters, shapeBody } from "../body/skinning.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import { expectOneOf, resolveOptions } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { UPRIGHT, type Upright } from "./axes.ts";
import { exportFile, type ExportOptions } from "./file.ts";
import { accessor, type Floats } from "./glb_accessor.ts";
import { createMesh } from "./glb_mesh.ts";
import { animate, createJoints, inverseBinds, poseJoints } from "./glb_skeleton.ts";

/** Options of {@linkcode encodeGlb}. */
export interface GlbOptions {
  /** Shape, expression and pose; the mean shape in T-pose if not given. */
  readonly parameters?: BodyParameters | undefined;
  /** Which way the world of `parameters` is up: `"y-up"` (default), or `"y-down"` after a photo. The file is y up. */
  readonly world?: Upright;
  /** A motion that the file carries as an animation. */
  readonly motion?: Motion | undefined;
}

const DEFAULTS: Required<GlbOptions> = { parameters: undefined, world: "y-up", motion: undefined };

/**
 * The bytes of a .glb file.
 *
 * @param avatar Its body gives the mesh, its Gaussians the colours.
 * @throws {TypeError} if the parameters do not fit the avatar's body, or an option is unknown.
 * @throws {RangeError} if a number is not finite.
 */
export async function encodeGlb(avatar: Avatar, options: GlbOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { parameters, world, motion } = resolveOptions<Required<GlbOptions>>("encodeGlb", DEFAULTS, options);
  expectOneOf("encodeGlb", "world", world, UPRIGHT);
  const body = avatar.template.body;
  using scope = new TensorScope();
  const { betas, expression, pose, transl } = parameters ?? scope.own({ ...restParameters(body) });
  expectShape("encodeGlb", { pose, transl }, { pose: `${body.parents.length} 3`, transl: "3" });
  const rest = scope.own({ ...shapeBody(body, betas, expression) });
  const read = async (tensor: tf.Tensor) => finite(await tensor.data() as Float32Array);
  const [vertices, joints, angles, moved] = await Promise.all(
    [rest.vertices, rest.joints, pose, transl].map(read),
  ) as Floats[];

  const document = new Document();
  document.getRoot().getAsset().generator = "nlf-gs";
  document.createBuffer();
  const scene = document.createScene("avatar");
  document.getRoot().setDefaultScene(scene);
  const nodes = createJoints(document, body, joints!);
  poseJoints(nodes, angles!, moved!, joints!, world === "y-down");
  const mesh = await createMesh(document, avatar, vertices!);
  const skin = document.createSkin("skeleton").setSkeleton(nodes[0]!);
  for (const node of nodes) skin.addJoint(node);
  skin.setInverseBindMatrices(accessor(document, "MAT4", inverseBinds(joints!)));
  scene.addChild(document.createNode("body").setMesh(mesh).setSkin(skin)).addChild(nodes[0]!);
  if (motion) animate(document, nodes, motion, joints!);
  return await new WebIO().writeBinary(document) as Uint8Array<ArrayBuffer>;
}
/**
 * Writes an avatar's body as a rigged .glb file, whole or not at all.
 *
 * @param path The file, by convention `*.glb`.
 * @throws {Deno.errors.AlreadyExists} if there is such a file, unless `force` is set.
 * @throws {TypeError} if the parameters do not fit the avatar's body.
 */
export async function writeGlb(path: string, avatar: Avatar, options: GlbOptions & ExportOptions = {}): Promise<void> {
  const all = { ...DEFAULTS, force: false };
  const { force, ...rest } = resolveOptions<Required<GlbOptions & ExportOptions>>("writeGlb", all, options);
  await exportFile("writeGlb", path, await encodeGlb(avatar, rest), force);
}

function finite(numbers: Float32Array): Float32Array {
  const bad = numbers.find((number) => !Number.isFinite(number));
  if (bad !== undefined) throw new RangeError(`encodeGlb: parameters hold ${bad}: wanted finite numbers`);
  return numbers;
}
