/**
 * # Decoders in training: from one photo to pictures from elsewhere
 *
 * ```
 * record → feature_g, sight, kin (no gradient) → MLP_shape, MLP_appearance → avatar
 *        → for each picture drawn: drive by its true body → splat → image loss
 * L = mean over pictures + w_t·mean|t|² + w_s·mean(ln(scale/s_0))² + w_o·mean(1 − opacity)             t in face sizes
 * ```
 *
 * The encoder is frozen and the body is given, so gradients pass the renderer, the driving and two small networks, and stop at
 * what these look at.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Template } from "../../body/gaussians.ts";
import { placeGaussians, placeInFrames, slotFrames } from "../../body/drive.ts";
import { CANONICAL_WAVES } from "../../gaussian/canonical_waves.ts";
import {
  createDecoders,
  decodeAppearance,
  type DecoderConfig,
  type Decoders,
  decodersOf,
  decodeShape,
  looksAt,
  resolveDecoderConfig,
} from "../../gaussian/decode.ts";
import { neutralScale } from "../../gaussian/activations.ts";
import { assembleAvatar, type Avatar } from "../../gaussian/assemble.ts";
import { type Evidence, evidenceOf } from "../../gaussian/evidence.ts";
import type { Gaussians } from "../../gaussian/gaussians.ts";
import { sampleFeatures } from "../../gaussian/sample.ts";
import { splatGaussians } from "../../splat/splat_gaussians.ts";
import { flattenParameters, unflattenParameters } from "../../tensor/parameters.ts";
import { namedGradients } from "../../tensor/named_gradients.ts";
import { disposeAll, TensorScope } from "../../tensor/scope.ts";
import type { Learned } from "../descent.ts";
import { differingKeys } from "../feature_cache.ts";
import { RandomStream } from "../people/random.ts";
import { misplacedVertices } from "./misplace.ts";
import { imageLoss, type ImageLossConfig } from "./image_loss.ts";
import {
  mapsOf,
  parametersOf,
  type PersonRecord,
  photoK,
  pictureOf,
  type RecordLayout,
  verticesOf,
} from "./records.ts";

/** Weights of the losses. */
export interface EstimatorLossConfig extends ImageLossConfig {
  /** w_t, a square of a face's size. */
  readonly translation: number;
  /** w_s */
  readonly scale: number;
  /** w_o */
  readonly opacity: number;
}

/** What the photo of a record tells. */
export interface ReadPhoto {
  /** feature_g [n, ΣC]. */
  readonly feature: tf.Tensor2D;
  /** What else the decoders look at. */
  readonly evidence: Evidence;
}

/** How decoders in training are built; what follows from the records is left out. */
export type TraineeConfig = Omit<Partial<DecoderConfig>, "channels" | "encoding"> & {
  readonly maps: readonly string[];
  readonly condition: DecoderConfig["condition"];
};

/** Decoders whose parameters are variables. */
export class EstimatorTrainee implements Disposable {
  /** What is learned, by dotted name. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  readonly decoders: Decoders;
  readonly #share: tf.Tensor1D;

  private constructor(
    readonly template: Template,
    readonly layout: RecordLayout,
    decoders: Decoders,
    readonly losses: EstimatorLossConfig,
  ) {
    const { shape, appearance } = decoders;
    const variables: Record<string, tf.Variable> = {};
    for (const [name, tensor] of Object.entries(flattenParameters({ shape, appearance }))) {
      variables[name] = tf.variable(tensor, true);
      tensor.dispose();
    }
    const tree = unflattenParameters(variables) as unknown as Pick<Decoders, "shape" | "appearance">;
    this.decoders = decodersOf(decoders.config, { statistics: decoders.statistics, ...tree }, false);
    this.variables = variables;
    this.#share = tf.tensor1d(template.share);
  }

  /** Decoders at the start of their training, nearly opaque. */
  static create(
    template: Template,
    layout: RecordLayout,
    config: TraineeConfig,
    losses: EstimatorLossConfig,
    statistics: { readonly mean: Float32Array; readonly deviation: Float32Array },
  ): EstimatorTrainee {
    const decoders = createDecoders(decoderConfig(layout, config));
    disposeAll(decoders.statistics);
    const opaque = decoders.appearance.output!.bias, bias = new Float32Array(opaque.shape[0]).fill(OPAQUE, 0, 1);
    opaque.dispose();
    const appearance = { ...decoders.appearance, output: { ...decoders.appearance.output!, bias: tf.tensor1d(bias) } };
    const measured = { mean: tf.tensor1d(statistics.mean), deviation: tf.tensor1d(statistics.deviation) };
    return new EstimatorTrainee(template, layout, {
      ...decoders,
      appearance,
      statistics: measured,
    }, losses);
  }

  /**
   * Decoders that were trained before, to be trained on.
   *
   * @param known They stay the caller's.
   * @throws {RangeError} if they are built otherwise than told.
   */
  static from(
    template: Template,
    layout: RecordLayout,
    config: TraineeConfig,
    losses: EstimatorLossConfig,
    known: Decoders,
  ): EstimatorTrainee {
    const wanted = resolveDecoderConfig("train", decoderConfig(layout, config));
    const { seed, located } = wanted; // of these the networks do not depend
    const differing = differingKeys({ ...known.config, seed, located }, wanted);
    if (differing.length > 0) {
      throw new RangeError(
        `train: the decoders to start from differ in ${differing.join(", ")}: set these as they are in its header`,
      );
    }
    const { statistics: { mean, deviation }, shape, appearance } = known;
    const kept = { mean: mean.clone(), deviation: deviation.clone() };
    const copies = Object.entries(flattenParameters({ shape, appearance })).map(([name, t]) =>
      [name, t.clone()] as const
    );
    const tree = unflattenParameters(Object.fromEntries(copies)) as unknown as Pick<Decoders, "shape" | "appearance">;
    return new EstimatorTrainee(template, layout, decodersOf(wanted, { statistics: kept, ...tree }, false), losses);
  }

  /**
   * What the photo of a record tells of each Gaussian; the caller disposes of it.
   *
   * @param believed Where the body is believed to be [V, 3]; where it truly is if not given.
   */
  async read(record: PersonRecord, believed?: tf.Tensor2D): Promise<ReadPhoto> {
    using scope = new TensorScope();
    const { config } = this.decoders, vertices = believed ?? scope.own(verticesOf(record, 0, this.layout));
    const levels = mapsOf(record, config.maps, this.layout),
      [photo, mask] = mapsOf(record, ["rgb", "mask"], this.layout);
    scope.own([...levels, photo!, mask!].map(({ map }) => map));
    const body = { vertices, K: photoK(record), photo: photo!, mask: mask! };
    const evidence = scope.own({ ...await evidenceOf(config, this.template, body) });
    const feature = scope.own(sampleFeatures(levels, evidence.position2d));
    return scope.release({ feature, evidence });
  }

  /** The avatar that the photo of a record becomes; the caller disposes of it, the template excepted. */
  avatar({ feature, evidence: { position2d: _, ...known } }: ReadPhoto): Avatar {
    const options = { ...known, frozen: true };
    const shape = decodeShape(this.decoders, feature, this.#share, options);
    return assembleAvatar(this.template, shape, decodeAppearance(this.decoders, feature, options));
  }

  /**
   * The loss of some pictures of a record, and its gradients.
   *
   * @param drawn Numbers of the pictures, that of the photo's own view, 0, first.
   * @param place Where the body is believed to be instead of where it is: vertices [V, 3], which stay the caller's, or what draws a disturbance.
   */
  async learn(record: PersonRecord, drawn: readonly number[], place?: RandomStream | tf.Tensor2D): Promise<Learned> {
    using scope = new TensorScope();
    const believed = place instanceof RandomStream ? scope.own(this.#misplaced(record, place)) : place;
    const photo = scope.own({ ...await this.read(record, believed) });
    const posed = [0, 1].map((pose) =>
      scope.own(slotFrames(this.template, scope.own(verticesOf(record, pose, this.layout))))
    );
    const views = drawn.map((k) => {
      const view = pictureOf(record, k, this.layout);
      scope.own(view.picture);
      return view;
    });
    const size = { width: this.layout.viewSize, height: this.layout.viewSize };
    const parts: tf.Scalar[] = [];
    const { value, gradients } = namedGradients(() => {
      const avatar = this.avatar(photo);
      const placed = posed.map((frames, pose) =>
        views.some((view) => view.pose === pose) && placeInFrames(avatar, frames)
      );
      const pictured = views.map(({ picture, pose, camera }) => {
        const { image } = splatGaussians(placed[pose] as Gaussians, camera, size);
        return imageLoss(image, picture, this.losses);
      });
      const calm = this.#calm(avatar);
      parts.push(...pictured.map((part) => tf.keep(part.clone())), tf.keep(calm.clone()));
      return tf.addN(pictured).div(pictured.length).add<tf.Scalar>(calm);
    }, this.variables);
    const numbers = await Promise.all([value, ...parts].map(async (scalar) => (await scalar.data())[0]!));
    disposeAll(value, parts);
    const others = numbers.slice(2, -1);
    return {
      loss: numbers[0]!,
      figures: {
        input: numbers[1]!,
        others: others.reduce((sum, part) => sum + part, 0) / Math.max(1, others.length),
        calm: numbers.at(-1)!,
      },
      gradients,
    };
  }

  /** True and rendered pictures of a record [S, S, 4], where the body truly is; the caller disposes of them. */
  async render(
    record: PersonRecord,
    drawn: readonly number[],
  ): Promise<{ readonly picture: tf.Tensor3D; readonly image: tf.Tensor3D }[]> {
    using scope = new TensorScope();
    const { template: _, ...tensors } = this.avatar(scope.own({ ...await this.read(record) }));
    const avatar: Avatar = { template: this.template, ...scope.own(tensors) };
    const size = { width: this.layout.viewSize, height: this.layout.viewSize };
    return drawn.map((k) => {
      const { picture, pose, camera } = pictureOf(record, k, this.layout);
      const vertices = scope.own(verticesOf(record, pose, this.layout));
      const image = tf.tidy(() => splatGaussians(placeGaussians(avatar, vertices), camera, size).image);
      return { picture, image };
    });
  }

  #misplaced(record: PersonRecord, disturbance: RandomStream): tf.Tensor2D {
    const parameters = parametersOf(record);
    const vertices = misplacedVertices(this.template.body, parameters, disturbance);
    disposeAll({ ...parameters });
    return vertices;
  }

  /** Regularisers: near the skin, the nearer the finer the faces; of the neutral size, opaque. */
  #calm({ translation, scale, opacity }: Avatar): tf.Scalar {
    const { losses } = this;
    return tf.addN([
      translation.square().sum(1).mean().mul(losses.translation),
      scale.div(neutralScale(this.#share)).log().square().mean().mul(losses.scale),
      tf.sub(1, opacity).mean().mul(losses.opacity),
    ]) as tf.Scalar;
  }

  /** Decoders with copies of the parameters; the caller disposes of them. */
  trained(): Decoders {
    const { config, statistics } = this.decoders;
    const copies = Object.entries(this.variables).map(([name, v]) => [name, tf.tidy(() => v.mul(1))] as const);
    const tree = unflattenParameters(Object.fromEntries(copies));
    const { shape, appearance } = tree as unknown as Pick<Decoders, "shape" | "appearance">;
    const kept = { mean: statistics.mean.clone(), deviation: statistics.deviation.clone() };
    return decodersOf(config, { statistics: kept, shape, appearance }, true);
  }

  /** Frees variables and what is fixed, but not the template. */
  [Symbol.dispose](): void {
    disposeAll(this.#share, { ...this.decoders.statistics });
    for (const variable of Object.values(this.variables)) variable.dispose();
  }
}

const OPAQUE = 3; // logit of 0.95

function decoderConfig({ maps }: RecordLayout, config: TraineeConfig): Parameters<typeof createDecoders>[0] {
  const channels = config.maps.reduce((sum, name) => sum + maps[name]![2], 0);
  return { ...config, channels, encoding: looksAt(config, "canonical") ? CANONICAL_WAVES : 0 };
}
