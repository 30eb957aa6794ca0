/**
 * People that take milliseconds: the small body in two poses, painted in bands of colour, seen from around by the renderer itself.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { placeGaussians } from "../../../lib/body/drive.ts";
import { attachGaussians } from "../../../lib/body/gaussians.ts";
import { poseParameters } from "../../../lib/body/poses.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { assembleAvatar } from "../../../lib/gaussian/assemble.ts";
import { orbitCamera } from "../../../lib/image/cameras.ts";
import { renderGaussians } from "../../../lib/splat/render.ts";
import { disposeAll } from "../../../lib/tensor/scope.ts";
import type { PersonRecord, RecordLayout } from "../../../lib/train/estimator/records.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";
import "../../harness.ts"; // starts the backend

export const body = await loadBody(SMALL_BODY);
export const template = attachGaussians(body, { total: 400 });
const fine = attachGaussians(body, { total: 3000 });

export const LAYOUT: RecordLayout = {
  maps: { rgb: [48, 48, 3], mask: [48, 48, 1] },
  views: 4,
  viewSize: 32,
  vertexCount: body.vertexCount,
};
const YAWS = [0, 2.2, -0.9, 1.2]; // the photo's view, another side, two of another pose

/** A person whose colours follow from its number; equal calls give equal records. */
export async function tinyPerson(index: number): Promise<PersonRecord> {
  const stream = new RandomStream(21, index), n = fine.count, { viewSize, vertexCount: V } = LAYOUT;
  const bands = Array.from({ length: 6 }, () => [0, 1, 2].map(() => stream.uniform(-1.6, 1.6)));
  const canonical = await fine.canonical.data();
  const colours = Float32Array.from({ length: 3 * n }, (_, i) => {
    return bands[Math.min(5, Math.max(0, Math.floor((canonical[3 * Math.floor(i / 3) + 1]! + 1.3) * 3)))]![i % 3]!;
  });
  const share = tf.tensor1d(fine.share);
  const shape = {
    translation: tf.zeros<tf.Rank.R2>([n, 3]),
    rotation: tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [n, 1]) as tf.Tensor2D,
    scale: tf.tidy(() => share.sqrt().expandDims(1).mul<tf.Tensor2D>(tf.tensor2d([[0.5, 0.5, 0.05]]))),
  };
  const avatar = assembleAvatar(fine, shape, { opacity: tf.fill([n], 0.98), sh: tf.tensor3d(colours, [n, 1, 3]) });
  const vertices = new Float32Array(2 * V * 3), middles = Float32Array.of(0, 0, 3, 0, 0, 3);
  const pictures: number[] = [], cameras: number[] = [], maps: Record<string, Float32Array> = {};
  const parameters = [
    poseParameters(body, {}),
    poseParameters(body, { left_shoulder: [0, 0, -1], right_hip: [-0.6, 0, 0] }),
  ];
  for (const [pose, posed] of parameters.entries()) {
    const placed = tf.tidy(() =>
      skin(body, posed).vertices.mul<tf.Tensor2D>(tf.tensor2d([[1, -1, -1]])).add<tf.Tensor2D>(
        tf.tensor2d([[0, -0.35, 3]]),
      )
    );
    vertices.set((await placed.data()).map((value, i) => i % 3 === 2 ? value - 3 : value), 3 * V * pose);
    const gaussians = placeGaussians(avatar, placed);
    for (const [k, yaw] of YAWS.entries()) {
      if ((k < 2 ? 0 : 1) !== pose) continue;
      const camera = orbitCamera({ target: [0, 0, 3], distance: 3, yaw, world: "photo", fieldOfView: 0.7 });
      const drawn = async (side: number) => {
        const K = camera.K.map((row, i) => i < 2 ? row.map((value) => value * side / 512) : row);
        const { image, depth } = await renderGaussians(gaussians, { ...camera, K }, { width: side, height: side });
        const numbers = await image.data() as Float32Array;
        disposeAll(image, depth);
        return numbers;
      };
      pictures.push(...await drawn(viewSize));
      cameras.push(pose, camera.K[0]![0]!, 256, 256, ...camera.worldToCamera.slice(0, 3).flat());
      if (k > 0) continue;
      const photo = await drawn(48);
      maps["map.rgb"] = photo.filter((_, i) => i % 4 < 3);
      maps["map.mask"] = photo.filter((_, i) => i % 4 === 3);
    }
    disposeAll(placed, gaussians);
  }
  const { betas, expression, pose, transl } = parameters[0]!;
  const known = await Promise.all([betas, expression, pose, transl].map((part) => part.data())) as Float32Array[];
  const { template: _, ...tensors } = avatar;
  disposeAll(tensors, share, parameters.map((posed) => ({ ...posed })));
  return {
    ...maps,
    pictures: Float32Array.from(pictures),
    cameras: Float32Array.from(cameras),
    vertices,
    middles,
    parameters: Float32Array.of(...known.flatMap((part) => [...part])),
  };
}

export const DECODERS = {
  maps: ["rgb"],
  condition: "feature+canonical+sight+kin",
  colour: "chosen",
  reach: 0.1,
  hidden: [12],
  shDegree: 0,
  seed: 3,
} as const;
export const LOSSES = { colour: 1, structure: 0.2, mask: 0.5, translation: 0.002, scale: 0.002, opacity: 0.01 };
export const STATISTICS = { mean: new Float32Array(3).fill(0.3), deviation: new Float32Array(3).fill(0.3) };
