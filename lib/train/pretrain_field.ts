/**
 * # Pre-training a field: let it know the body before it sees a picture
 *
 * A field that starts at random must learn from pictures alone that a fingertip is no neighbour of the thigh it rests on. The global
 * point signature knows ({@link ../field/gps.ts}). So its Fourier waves and hidden layers are first taught to predict it,
 *
 * ```
 * minimise  mean |Φ(g)·H − GPS(g)|²        g on the surface, in the volume, at joints;  H [K, E] is thrown away
 * ```
 *
 * and training on pictures starts from there, with a readout of its own. In the paper's ablation this does better than the
 * signature itself and than waves from scratch.
 *
 * Points are drawn once, signatures looked up once; the error reported is that of points kept apart, as a share of the
 * signature's own mean square.
 *
 * Source: NLF, section 3.3.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { createField, type FieldConfig, fieldOf, type FieldParameters, resolveFieldConfig } from "../field/field.ts";
import { gpsFeatures, loadSignature, type Signature } from "../field/gps.ts";
import { matMul } from "../tensor/mat_mul.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { flattenParameters, unflattenParameters } from "../tensor/parameters.ts";
import { namedGradients } from "../tensor/named_gradients.ts";
import { disposeAll, TensorScope } from "../tensor/scope.ts";
import { Optimizer } from "./optimizer.ts";
import { type AnchoredBody, placePoints, samplePoints } from "./points.ts";
import { RandomStream } from "./people/random.ts";

/** How long and on how much to pre-train. */
export interface PretrainOptions {
  /** 1500. */
  readonly steps: number;
  /** Points a step; 512. */
  readonly batch: number;
  /** Points drawn in all; 8192, an eighth of them kept apart. */
  readonly points: number;
  /** Of points and order. */
  readonly seed: number;
  /** Is told the error after each step. */
  readonly onStep: (step: number, error: number) => void | Promise<void>;
}

/** The defaults of {@linkcode PretrainOptions}. */
export const PRETRAIN_DEFAULTS: PretrainOptions = { steps: 1500, batch: 512, points: 8192, seed: 0, onStep: () => {} };

/** A pre-trained field's parameters. */
export interface Pretrained {
  /** By dotted name (`frequencies`, `layers.0.weight`, …), all but the readout; the caller disposes of them. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Mean square error on points kept apart over the signature's mean square. */
  readonly error: number;
}

/**
 * Pre-trains the Fourier waves and hidden layers of a field.
 *
 * @throws {RangeError} if the field's encoding has no waves.
 */
export async function pretrainField(
  config: FieldConfig,
  body: AnchoredBody,
  signature: Signature,
  options: Partial<PretrainOptions> = {},
): Promise<Pretrained> {
  const { steps, batch, points, seed, onStep } = resolveOptions("pretrainField", PRETRAIN_DEFAULTS, options);
  for (const [name, value] of Object.entries({ steps, batch, points })) expectInteger("pretrainField", name, value, 1);
  if (config.encoding !== "fourier") {
    throw new RangeError(`pretrainField: only the "fourier" encoding has waves to teach: got "${config.encoding}"`);
  }
  using scope = new TensorScope();
  const drawn = samplePoints(body, new RandomStream(seed, "pretrain"), {
    joints: Math.min(55, points),
    surface: Math.max(0, Math.floor((points - 55) * 0.6)),
    volume: Math.max(0, points - 55 - Math.floor((points - 55) * 0.6)),
  });
  const places = scope.own(tf.tensor2d(placePoints(drawn, body.canonical), [drawn.count, 3]));
  const signatures = scope.own(gpsFeatures(places, signature, config.eigenfunctions));
  const seeded = createField(config), K = config.hidden.at(-1)!;
  const variables: Record<string, tf.Variable> = {};
  for (const [name, tensor] of Object.entries(flattenParameters(seeded.parameters))) {
    if (name !== "readout") variables[name] = scope.own(tf.variable(tensor));
  }
  seeded.dispose();
  const first = scope.own(tf.randomNormal([K, config.eigenfunctions], 0, 0.02, "float32", seed));
  const head = scope.own(tf.variable(first));
  const readout = scope.own(tf.zeros<tf.Rank.R2>([1, 1])); // never read here
  const field = fieldOf(config, { ...unflattenParameters(variables), readout } as unknown as FieldParameters, {
    trained: false,
  });
  const predicted = (rows: tf.Tensor2D) => matMul(field.hidden(rows), head as unknown as tf.Tensor2D);
  const optimizer = new Optimizer({ ...variables, head }, { rate: 3e-3, weightDecay: 0, warmUp: 50 });
  const apart = Math.floor(drawn.count / 8);
  for (let step = 0; step < steps; step++) {
    const chosen = orderOf(new RandomStream(seed, "order", step), batch, apart, drawn.count);
    const { value, gradients } = tf.tidy(() => {
      const rows = tf.tensor1d(chosen, "int32"), x = tf.gather(places, rows), y = tf.gather(signatures, rows);
      const loss = () => tf.mean(tf.square(tf.sub(predicted(x), y))) as tf.Scalar;
      return { ...namedGradients(loss, optimizer.variables) };
    });
    const [error] = await value.data();
    await optimizer.step(gradients, steps);
    disposeAll(value, gradients);
    await onStep(step + 1, error!);
    await new Promise((resume) => setTimeout(resume)); // lets signals through
  }
  const ends = scope.tidy(() => {
    const [x, y] = [places, signatures].map((rows) => tf.slice(rows, [0, 0], [apart, -1])) as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    return tf.stack([tf.mean(tf.square(tf.sub(predicted(x), y))), tf.mean(tf.square(y))]);
  });
  const [off, all] = await ends.data();
  const parameters = Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, tf.tidy(() => variable.mul(1))]),
  );
  return { parameters, error: off! / all! };
}

/**
 * A pre-trained field as the start of a localizer's training.
 *
 * @param config The localizer's field.
 * @returns its parameters as the localizer names them (`field.frequencies`, …); the caller disposes of them.
 * @throws {RangeError} if the field's encoding has no waves.
 */
export async function taughtField(
  config: Partial<FieldConfig>,
  body: AnchoredBody,
  options?: Partial<PretrainOptions>,
): Promise<Pretrained> {
  const resolved = resolveFieldConfig("taughtField", config);
  const { parameters, error } = await pretrainField(resolved, body, await loadSignature(), options);
  const named = Object.entries(parameters).map(([name, tensor]) => [`field.${name}`, tensor] as const);
  return { parameters: Object.fromEntries(named), error };
}

function orderOf(stream: RandomStream, count: number, from: number, to: number): Int32Array {
  return Int32Array.from({ length: count }, () => from + stream.integer(to - from));
}
