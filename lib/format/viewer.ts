/**
 * # A page that shows an avatar
 *
 * ```
 * page.html ← style.css, viewer.js (three, Spark and ours, bundled), data: base64(gzip(safetensors))
 * ```
 *
 * One HTML file that opens anywhere, from disk too, and fetches nothing: its content security policy forbids it. The avatar can
 * be turned, posed joint by joint, shaped, and driven by motions; a point tells its Gaussian, face, joint and uncertainty.
 *
 * The page carries the body that it poses: pass pages on only where the body's licence allows it. The embedded body is free.
 *
 * @example An avatar in its A-pose, with a walk to play
 * ```ts ignore
 * import { createPipeline, embeddedMotion, readMotion, writeViewer } from "../../mod.ts";
 *
 * const pipeline = await createPipeline();
 * const run = await pipeline.run("me.jpg", { record: ["image.crop", "localize.uncertainty"] });
 * await writeViewer("viewer.html", {
 *   avatar: run.avatar,
 *   parameters: run.body.parameters,
 *   uncertainty: run.trace.tensor("localize.uncertainty"),
 *   photo: run.trace.tensor("image.crop"),
 *   motions: [await readMotion(embeddedMotion("walk"))],
 *   notices: run.notices,
 *   title: "me.jpg",
 * });
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { gzipSync } from "fflate";
import type { BodyParameters } from "../body/skinning.ts";
import type { Motion } from "../body/motion/motion.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import type { Camera } from "../image/cameras.ts";
import { base64 } from "../plot/pixel_canvas.ts";
import { resolveOptions } from "../tensor/options.ts";
import { packContents } from "../viewer/pack_contents.ts";
import type { Upright } from "./axes.ts";
import { exportFile, type ExportOptions, readFile } from "./file.ts";
import { escapeHtml } from "./html.ts";
import { viewerContents } from "./viewer_contents.ts";

/** What a page shows. Only the avatar is needed. */
export interface ViewerScene {
  /** The Gaussians, and by their template the body. */
  readonly avatar: Avatar;
  /** Shape, expression and pose to open with, such as the fit's; the mean shape in the A-pose if not given. */
  readonly parameters?: BodyParameters | undefined;
  /** Which way the world of `parameters` is up: `"y-down"` (default), after a photo, or `"y-up"`. */
  readonly world?: Upright;
  /** [n] metres: `localize.uncertainty`. */
  readonly uncertainty?: tf.Tensor1D | undefined;
  /** [55], 0..1: how well the photo shows each joint, as `fitBody` says. */
  readonly confidence?: tf.Tensor1D | undefined;
  /** [h, w, 3], 0..1: the photo or its crop, shown beside the avatar. */
  readonly photo?: tf.Tensor3D | undefined;
  /** The camera of `photo`, in its pixels and in the world of `parameters`: the page can then look from there. */
  readonly camera?: Camera | undefined;
  /** Motions to play, as `readMotion` returns them. */
  readonly motions?: readonly Motion[];
  /** What a reader must know before believing what they see. */
  readonly notices?: readonly string[];
  /** The page's heading. */
  readonly title?: string;
}

const DEFAULTS: Required<Omit<ViewerScene, "avatar">> = {
  parameters: undefined,
  world: "y-down",
  uncertainty: undefined,
  confidence: undefined,
  photo: undefined,
  camera: undefined,
  motions: [],
  notices: [],
  title: "Avatar",
};

/** The page's parts, in viewer/. */
const part = (name: string) => new URL(`../../viewer/${name}`, import.meta.url);

/**
 * The text of a page that shows an avatar.
 *
 * @throws {TypeError} if shapes do not fit, or something unknown is to be shown.
 * @throws {RangeError} if a number is not finite.
 */
export async function encodeViewer(scene: ViewerScene): Promise<string> {
  const { avatar, ...rest } = scene;
  if (!avatar) throw new TypeError("writeViewer: avatar must be given: see assembleAvatar");
  const contents = await viewerContents({ avatar, ...resolveOptions("writeViewer", DEFAULTS, rest) });
  const data = base64(gzipSync(packContents(contents), { level: 6, mtime: 0 }));
  const [page, style, script] = await Promise.all(
    ["page.html", "style.css", "dist/viewer.js"].map(async (name) =>
      new TextDecoder().decode(await readFile("writeViewer", part(name)))
    ),
  ) as [string, string, string];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  const parts: Readonly<Record<string, string>> = {
    title: escapeHtml(contents.title),
    policy: `'sha256-${base64(new Uint8Array(digest))}'`,
    style,
    script,
    data,
  };
  return page.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]!);
}

/**
 * Writes a page that shows an avatar, whole or not at all.
 *
 * @param path The file, by convention `*.html`.
 * @param scene `{ avatar, parameters?, world?, uncertainty?, confidence?, photo?, camera?, motions?, notices?, title? }`.
 * @throws {Deno.errors.AlreadyExists} if there is such a file, unless `force` is set.
 * @throws {TypeError} if shapes do not fit, or something unknown is to be shown.
 * @throws {RangeError} if a number is not finite.
 */
export async function writeViewer(path: string, scene: ViewerScene, options: ExportOptions = {}): Promise<void> {
  const { force } = resolveOptions<Required<ExportOptions>>("writeViewer", { force: false }, options);
  await exportFile("writeViewer", path, await encodeViewer(scene), force);
}
