import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fieldOf, type FieldParameters, resolveFieldConfig } from "../../lib/field/field.ts";
import { linkCells, linkOf, type LinkParameters, normalizeCells, resolveLinkConfig } from "../../lib/localize/link.ts";
import { unflattenParameters } from "../../lib/tensor/parameters.ts";
import { predict } from "../../lib/train/forward.ts";
import { localizerLoss } from "../../lib/train/losses.ts";
import { assertParity, everyBackend, golden } from "../harness.ts";

const REFERENCE = {
  reference: "the equations in float64 with torch.autograd",
  version: "2.13.0",
  command: "python tests/golden/localizer_step.py",
};

everyBackend("a training step equals PyTorch's: link, positions, loss and every gradient", async () => {
  const saved = await golden("localizer_step");
  const variables: Record<string, tf.Variable> = {};
  for (const [name, tensor] of Object.entries(saved)) {
    if (name.startsWith("theta.")) variables[name.slice(6)] = tf.variable(tensor);
  }
  const statistics = { mean: saved.mean!, deviation: saved.deviation! };
  const tree = unflattenParameters(variables) as unknown as { link: LinkParameters; field: FieldParameters };
  const link = linkOf(
    resolveLinkConfig("test", {
      channels: 6,
      width: 8,
      normalization: "channel",
      mixing: ["attention", "convolution"],
      heads: 2,
      grid: [3, 4],
    }),
    { ...tree.link, statistics } as unknown as LinkParameters,
  );
  const config = resolveFieldConfig("test", { frequencies: 3, hidden: [5], linkWidth: 8, depthBins: 3 });
  const field = fieldOf(config, tree.field, { trained: false });
  const rows = <T extends tf.Tensor>(name: string, ...shape: number[]) => saved[name]!.reshape([-1, ...shape]) as T;
  const truth = {
    position2d: rows<tf.Tensor2D>("true2d", 2),
    position3d: rows<tf.Tensor2D>("true3d", 3),
    inside: rows<tf.Tensor1D>("inside"),
    cells: rows<tf.Tensor2D>("cells", 12),
    bins: rows<tf.Tensor2D>("bins", 3),
  };
  const forward = { grid: [3, 4] as const, box: 2.2, uncertaintyOffset: -2.5, logitScale: 3 };
  const cells = normalizeCells(rows<tf.Tensor2D>("features", 6), link);

  const linked = linkCells(cells, link, 2);
  const parity = (step: string, tolerance: number) => ({ step: `train.${step}`, ...REFERENCE, tolerance });
  await assertParity(linked, rows("linked", 8), parity("linked", 1e-4)); // a few hundred float32 operations deep
  const found = predict(linked, field, saved.points as tf.Tensor2D, forward);
  await assertParity(found.position2d, rows("position2d", 2), parity("position2d", 1e-4));
  await assertParity(found.position3dBox, rows("position3d", 3), parity("position3d", 1e-4));
  await assertParity(found.uncertainty, rows("uncertainty"), parity("uncertainty", 1e-4));

  const losses = { beta: 0.5, weight2d: 0.7, crossEntropy: 0.1, depthCrossEntropy: 0.3 };
  const { value, grads } = tf.variableGrads(
    () =>
      localizerLoss(predict(linkCells(cells, link, 2), field, saved.points as tf.Tensor2D, forward), truth, 2, losses)
        .total,
    Object.values(variables),
  );
  await assertParity(value.reshape([1]), saved.loss!, parity("loss", 1e-4));
  for (const [name, variable] of Object.entries(variables)) {
    const wanted = saved[`gradient.${name}`]!, largest = (await wanted.abs().max().data())[0]!;
    await assertParity(grads[variable.name]!, wanted, parity(`gradient.${name}`, 1e-4 + 1e-3 * largest)); // float32
  }
  assertEquals(Object.keys(grads).length, Object.keys(variables).length);
}, { size: "medium" });
