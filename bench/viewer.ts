/**
 * # What the viewer page does for every picture of a motion
 *
 * The same code as in the page, here in Deno: no drawing, which is the graphics card's work.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../lib/body/gaussians.ts";
import { loadBody } from "../lib/body/template.ts";
import { viewerContents } from "../lib/format/viewer_contents.ts";
import { assembleAvatar } from "../lib/gaussian/assemble.ts";
import { disposeAll } from "../lib/tensor/scope.ts";
import { placeOnFaces, roomForGaussians } from "../lib/viewer/place_gaussians.ts";
import { poseBody } from "../lib/viewer/pose_body.ts";
import { type SplatTexels, writeColors, writeGaussians } from "../lib/viewer/splat_texels.ts";
import { viewColors } from "../lib/viewer/view_colors.ts";

/** Least milliseconds a picture, by part. */
export interface ViewerRow {
  readonly gaussians: number;
  readonly harmonics: number;
  readonly pose: number;
  readonly place: number;
  readonly color: number;
  readonly write: number;
  readonly total: number;
}

/** Measures one avatar of each number of Gaussians, with 1 and with 16 harmonics. */
export async function benchViewer(
  { counts, repeats }: { readonly counts: readonly number[]; readonly repeats: number },
): Promise<ViewerRow[]> {
  const rows: ViewerRow[] = [], body = await loadBody();
  for (const total of counts) {
    for (const harmonics of [1, 16]) {
      const template = attachGaussians(body, { total });
      const tensors = tf.tidy(() => ({
        translation: tf.zeros<tf.Rank.R2>([total, 3]),
        rotation: tf.tensor2d([[1, 0, 0, 0]]).tile<tf.Tensor2D>([total, 1]),
        scale: tf.fill<tf.Rank.R2>([total, 3], 0.4),
        opacity: tf.fill<tf.Rank.R1>([total], 0.9),
        sh: tf.randomNormal<tf.Rank.R3>([total, harmonics, 3], 0, 0.2, "float32", 1),
      }));
      const avatar = assembleAvatar(template, tensors, tensors);
      const page = await viewerContents({
        avatar,
        parameters: undefined,
        world: "y-up",
        uncertainty: undefined,
        confidence: undefined,
        photo: undefined,
        camera: undefined,
        motions: [],
        notices: [],
        title: "",
      });
      rows.push({ gaussians: total, harmonics, ...leastTimes(page, 10 * repeats) });
      disposeAll(tensors);
      template.dispose();
    }
  }
  body.dispose();
  return rows;
}

function leastTimes(
  { rig, avatar, faces, coefficients, poses }: Awaited<ReturnType<typeof viewerContents>>,
  pictures: number,
): Omit<ViewerRow, "gaussians" | "harmonics"> {
  const out = roomForGaussians(avatar.count, faces.length / 3), rgb = new Float32Array(3 * avatar.count);
  const texels: SplatTexels = [new Uint32Array(4 * avatar.count), new Uint32Array(4 * avatar.count)];
  const shapes = { faceOf: avatar.faceOf, logScale: avatar.scale.map(Math.log) };
  const least = { pose: Infinity, place: Infinity, color: Infinity, write: Infinity, total: Infinity };
  for (let picture = 0; picture < pictures; picture++) {
    const marks = [performance.now()], mark = () => marks.push(performance.now());
    const { vertices } = poseBody(rig, { coefficients, ...poses.photo });
    mark();
    placeOnFaces(avatar, vertices, faces, out);
    mark();
    viewColors(avatar, out, [0, 0, 4], rgb);
    mark();
    writeGaussians(texels, out, shapes);
    writeColors(texels, rgb);
    mark();
    (["pose", "place", "color", "write"] as const).forEach((part, i) => {
      least[part] = Math.min(least[part], marks[i + 1]! - marks[i]!);
    });
    least.total = Math.min(least.total, marks.at(-1)! - marks[0]!);
  }
  return least;
}
