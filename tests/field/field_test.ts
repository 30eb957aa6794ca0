import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  createField,
  type Field,
  FIELD_DEFAULTS,
  type FieldConfig,
  fieldOf,
  fieldShapes,
} from "../../lib/field/field.ts";
import { loadField, saveField } from "../../lib/field/field_file.ts";
import { loadSignature } from "../../lib/field/gps.ts";
import { createWeightNetwork, hiddenLayer } from "../../lib/field/weight_network.ts";
import { flattenParameters, unflattenParameters } from "../../lib/tensor/parameters.ts";
import { assertParity, everyBackend, failsCleanly, golden, leaves, maxAbsDiff, scoped } from "../harness.ts";

const reference = { reference: "PyTorch float64", version: "2.13.0", command: "python tests/golden/field.py" };
const signature = await loadSignature();
const small = { frequencies: 6, hidden: [10, 7], linkWidth: 5, depthBins: 3 };

async function referenceField(): Promise<{ field: Field; all: Record<string, tf.Tensor> }> {
  const all = await golden("field");
  const config = { ...FIELD_DEFAULTS, ...small };
  const flat = Object.keys(fieldShapes(config)).map((name) => [name, all[name]!]);
  const parameters = unflattenParameters(Object.fromEntries(flat));
  return { all, field: fieldOf(config, parameters as Field["parameters"], { trained: true }) };
}

everyBackend(
  "createField()'s network equals the PyTorch reference: encoding, hidden layer, weights, bias",
  async () => {
    const { field, all } = await referenceField();
    const points = all.points as tf.Tensor2D;
    const found = { encoding: field.encode(points), hidden: field.hidden(points), ...field.weights(points) };
    for (const [name, tensor] of Object.entries(found)) {
      // phases of the encoding reach 40 radians, where float32 steps by 4e-6; two layers multiply that by about 4
      await assertParity(tensor, all[name]!, { step: `field.${name}`, tolerance: 2e-5, ...reference });
    }
  },
);

everyBackend("Field.weights() has the reference's gradients to waves and first layer", async () => {
  const { field, all } = await referenceField();
  const { frequencies, layers } = field.parameters;
  const loss = (waves: tf.Tensor, weight: tf.Tensor) => {
    const first = { weight: weight as tf.Tensor2D, bias: layers["0"]!.bias };
    const parameters = { ...field.parameters, frequencies: waves as tf.Tensor2D, layers: { ...layers, 0: first } };
    const { weights } = fieldOf(field.config, parameters, { trained: true }).weights(all.points as tf.Tensor2D);
    return weights.mul(all.direction!).sum();
  };
  const [waves, weight] = tf.grads(loss)([frequencies!, layers["0"]!.weight]) as [tf.Tensor, tf.Tensor];
  const tolerance = 5e-4; // sums over 9 points × 5 × 5 outputs of size up to 60
  await assertParity(waves, all["gradient.frequencies"]!, {
    step: "field, gradient to the waves",
    tolerance,
    ...reference,
  });
  await assertParity(weight, all["gradient.weight"]!, { step: "field, gradient to a layer", tolerance, ...reference });
});

for (const encoding of ["raw", "fourier", "gps"] as const) {
  everyBackend(
    `createField() with the ${encoding} encoding answers with its shapes, and apart for points apart`,
    async () => {
      const field = createField({ ...small, encoding, eigenfunctions: 40 }, { signature });
      const points = tf.tensor2d([[0, -0.35, 0.01], [0.8, 0.1, 0], [0, -0.35, 0.01], [0.1, -1.3, 0.05]]);
      const { weights, bias } = field.weights(points);
      assertEquals([weights.shape, bias.shape], [[4, 5, 5], [4, 5]]);
      assertEquals(field.encode(points).shape, [4, { raw: 3, fourier: 12, gps: 40 }[encoding]]);
      assertEquals([field.channels, field.readout.shape, field.trained], [5, [8, 30], false]);
      const rows = tf.unstack(weights);
      assertEquals(await maxAbsDiff(rows[0]!, rows[2]!), 0);
      for (const other of [rows[1]!, rows[3]!]) assert(await maxAbsDiff(rows[0]!, other) > 0.01);
    },
  );
}

Deno.test("createField() is decided by its seed", () =>
  scoped(async () => {
    const points = tf.randomUniform<tf.Rank.R2>([5, 3], -1, 1);
    const [one, same, other] = [1, 1, 2].map((seed) => createField({ ...small, seed }).weights(points).weights);
    assertEquals(await maxAbsDiff(one!, same!), 0);
    assert(await maxAbsDiff(one!, other!) > 0.1);
  }));

Deno.test("createField()'s first layers start with about unit variance for each encoding", () =>
  scoped(async () => {
    const points = tf.tensor2d(signature.nodes, [signature.nodes.length / 3, 3]);
    for (const encoding of ["raw", "fourier", "gps"] as const) {
      const field = createField({ encoding, hidden: [512] }, { signature });
      const units = tf.matMul(field.encode(points), field.parameters.layers["0"]!.weight);
      const [variance] = await units.square().mean().data();
      assert(variance! > 0.3 && variance! < 5, `${encoding}: ${variance}`); // nodes crowd in the hands, where waves are high
    }
  }));

Deno.test("saveField() and loadField() keep every number, the configuration and whether it is trained", () =>
  scoped(async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const encoding of ["raw", "fourier", "gps"] as const) {
        const path = `${folder}/${encoding}.safetensors`;
        const field = createField({ ...small, encoding, eigenfunctions: 20 }, { signature });
        await saveField(path, { ...field, trained: true });
        const read = await loadField(path);
        assertEquals([read.config, read.trained], [field.config, true]);
        const points = tf.tensor2d([[0.1, -0.4, 0.02]]);
        assertEquals(await maxAbsDiff(read.weights(points).weights, field.weights(points).weights), 0);
        assertEquals(Object.keys(flattenParameters(read.parameters)), Object.keys(fieldShapes(field.config)));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("loadField() without a file is an untrained field of the default sizes", () =>
  scoped(async () => {
    const field = await loadField();
    assertEquals([field.trained, field.config], [false, FIELD_DEFAULTS]);
    assertEquals(field.readout.size, 331_530); // as the module's page says
  }));

Deno.test("createField() and loadField() say what is wrong, and leave nothing behind", async () => {
  const faults: [Partial<FieldConfig>, string, RegExp][] = [
    [{ encoding: "sine" as "raw" }, "RangeError", /encoding must be one of raw, fourier, gps: got "sine"/],
    [{ encoding: "gps" }, "TypeError", /needs \{ signature: await loadSignature\(\) \}/],
    [{ hidden: [] }, "TypeError", /hidden must list the width of one hidden layer or more/],
    [{ hidden: [4, 0] }, "RangeError", /a width in hidden must be a whole number at least 1: got 0/],
    [{ depthBins: 1.5 }, "RangeError", /depthBins must be a whole number/],
    [{ width: 3 } as Partial<FieldConfig>, "TypeError", /unknown option "width"/],
  ];
  for (const [config, name, message] of faults) {
    const error = await failsCleanly(() => createField(config));
    assertEquals(error.name, name);
    assertMatch(error.message, message);
  }
  const many = await failsCleanly(() => createField({ encoding: "gps", eigenfunctions: 9999 }, { signature }));
  assertMatch(many.message, /eigenfunctions must be a whole number from 1 to 128: got 9999/);
  const missing = await failsCleanly(() => loadField("/nowhere/field.safetensors"));
  assert(missing instanceof Deno.errors.NotFound);
});

Deno.test("Field leaves its results behind and no more, and dispose() frees all", async () => {
  for (const encoding of ["raw", "fourier", "gps"] as const) {
    await leaves(0, {}, async () => {
      const field = createField({ ...small, encoding }, { signature });
      for (const count of [1, 1, 2].entries()) {
        const ask = [field.encode, field.hidden, field.weights][count[0]]!;
        await leaves(count[1], { points: tf.zeros([3, 3]) }, ({ points }) => ask(points as tf.Tensor2D));
      }
      field.dispose();
    });
  }
});

Deno.test("hiddenLayer() keeps numbers of one size through many layers", () =>
  scoped(async () => {
    const sizes = { encoding: 32, hidden: [64, 64, 64, 64], linkWidth: 2, channels: 3 };
    const network = createWeightNetwork(sizes, { seed: 3, energy: 32 });
    const [size] = await hiddenLayer(tf.randomNormal([200, 32]), network).square().mean().data();
    assertAlmostEquals(size!, 0.425, 0.15); // the mean square of GELU of a standard normal
  }));
