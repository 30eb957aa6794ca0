/**
 * # Locate in several views of a crop
 *
 * ```
 * view v of the crop → encoder → link → f_v, laid back over the crop       each view, {@link ./crop_views.ts}
 * H_2D, H_3D, U  =  mean over v of conv1×1(f_v; W_pose(asked_v(g)))        → p'_2D, p'_3D, u
 * ```
 *
 * Logits are averaged, as for independent opinions, before a position is read: two views that see the wrist in two places agree on one of
 * them, where the mean of two positions would lie between.
 *
 * - `"crop"`: the crop as it is.
 * - `"mirrored"`: with its mirror image, whose errors are partly others.
 * - `"upright"`: first turned so that the person stands upright, then with its mirror image. Encoders know people mostly upright.
 *   Where the trunk, from pelvis to neck, is found to point sideways or down, the crop is turned to bring it up; the turn stays
 *   if the joints are surer there:
 *
 * ```
 * k = quarter turns that bring (neck − pelvis) nearest to up, p'_3D of the mean over crop and mirror image
 * turned if mean u of the joints in the k-views < mean u in the crop's own
 * ```
 *
 * Features are made once a view, and joints located once a set of views, when first asked for.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Encoder, FeatureMap } from "../encoder/encoder.ts";
import type { QuarterTurns } from "../image/turn.ts";
import { expectOneOf } from "../tensor/options.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import { AS_IT_IS, type CropView, overCrop, viewCrop } from "./crop_views.ts";
import { JOINT_COUNT, jointIndex } from "../body/joints.ts";
import { linkFeatures } from "./link.ts";
import type { Localizer } from "./localizer.ts";
import { locate, type Located, type LocateOptions } from "./locate.ts";
import type { SeenMap } from "./seen_maps.ts";
import { watchPoints } from "./watch.ts";

/** In which views points are located. */
export const VIEW_CHOICES = ["crop", "mirrored", "upright"] as const;
/** One of {@linkcode VIEW_CHOICES}. */
export type ViewChoice = typeof VIEW_CHOICES[number];

/** A crop before an encoder and a localizer's link; features and joints of views, made when first asked for. */
export class ViewedCrop implements Disposable {
  readonly #crop: tf.Tensor3D;
  readonly #encoder: Pick<Encoder, "encode">;
  readonly #localizer: Localizer;
  readonly #linked = new Map<string, FeatureMap>();
  readonly #joints = new Map<string, Located>();
  readonly #scope = new TensorScope();

  /**
   * Nothing is encoded yet.
   *
   * @param crop [512, 512, 3], 0..1; it stays the caller's and must outlive this.
   * @param linked The linked features of the crop as it is, if they were made already; they stay the caller's.
   */
  constructor(crop: tf.Tensor3D, encoder: Pick<Encoder, "encode">, localizer: Localizer, linked?: FeatureMap) {
    this.#crop = crop;
    this.#encoder = encoder;
    this.#localizer = localizer;
    if (linked) this.#linked.set(nameOf(AS_IT_IS), linked);
  }

  /**
   * The linked features of a view, laid over the crop; they stay with this.
   *
   * @throws {RangeError} if the encoder's cells do not lie alike about the crop's middle, where another view is asked for.
   */
  async linked(view: CropView): Promise<FeatureMap> {
    const known = this.#linked.get(nameOf(view));
    if (known) return known;
    const turned = viewCrop(this.#crop, view);
    const { features, pyramid } = await this.#encoder.encode(turned).finally(() => turned.dispose());
    using scope = new TensorScope();
    scope.own([features.map, Object.values(pyramid).map(({ map }) => map)]);
    const seen = linkFeatures(features, this.#localizer.link);
    scope.own(seen.map);
    const linked = overCrop(seen, view);
    this.#scope.own(linked.map);
    this.#linked.set(nameOf(view), linked);
    return linked;
  }

  /**
   * Locates canonical points: from the mean of the views' heatmaps.
   *
   * @param points [n, 3] canonical metres.
   * @param options As of `locate`; points are watched in the crop as it is.
   * @returns as `locate`; the caller disposes of it.
   * @throws as `locate`; {RangeError} if there is no view.
   */
  async locate(points: tf.Tensor2D, views: readonly CropView[], options: LocateOptions = {}): Promise<Located> {
    const { field, head } = this.#localizer, { watch, ...others } = options;
    if (views.length === 0) throw new RangeError("ViewedCrop.locate: there must be a view");
    const seen: SeenMap[] = [];
    for (const view of views) seen.push({ features: await this.linked(view), mirrored: view.mirrored });
    const located = await locate(seen, field, points, { ...head, ...others });
    if (!watch || watch.length === 0) return located;
    using scope = new TensorScope();
    scope.own(located);
    const { map } = await this.linked(AS_IT_IS), { assignment = head.assignment, intercept } = others;
    const watched = watchPoints(map, field, await points.data() as Float32Array, watch, { assignment, intercept });
    return { ...scope.release(located), watched };
  }

  /**
   * Locates the joints in views; not again, where {@linkcode ViewedCrop.views} had to.
   *
   * @param joints [55, 3] canonical metres.
   * @param options As of `locate`; of the same joints in the same views those of the first call count.
   * @returns as `locate`; it stays with this.
   */
  async joints(joints: tf.Tensor2D, views: readonly CropView[], options: LocateOptions = {}): Promise<Located> {
    const key = [joints.id, ...views.map(nameOf)].join(), known = this.#joints.get(key);
    if (known) return known;
    const located = this.#scope.own(await this.locate(joints, views, options));
    this.#joints.set(key, located);
    return located;
  }

  /**
   * The views of a choice.
   *
   * @param joints [55, 3] canonical metres.
   * @throws {RangeError} if the choice is unknown; {TypeError} if the joints have another shape.
   */
  async views(choice: ViewChoice, joints: tf.Tensor2D, options: LocateOptions = {}): Promise<readonly CropView[]> {
    expectOneOf("ViewedCrop", "views", choice, VIEW_CHOICES);
    expectShape("ViewedCrop.views", { joints }, `${JOINT_COUNT} 3`);
    if (choice === "crop") return [AS_IT_IS];
    const own = withMirrored(0);
    if (choice === "mirrored") return own;
    const { trunk, uncertainty } = await this.#stance(joints, own, options);
    const turns = turnsToUpright(trunk);
    if (turns === 0) return own;
    const turned = withMirrored(turns), there = await this.#stance(joints, turned, options);
    return there.uncertainty < uncertainty ? turned : own;
  }

  async #stance(joints: tf.Tensor2D, views: readonly CropView[], options: LocateOptions): Promise<Stance> {
    const { position3d, uncertainty } = await this.joints(joints, views, options);
    const u = await uncertainty.data() as Float32Array;
    return {
      trunk: trunkDirection(await position3d.data()),
      uncertainty: u.reduce((sum, value) => sum + value, 0) / u.length,
    };
  }

  /** Frees the features and joints made here. */
  [Symbol.dispose](): void {
    this.#scope[Symbol.dispose]();
    this.#linked.clear();
    this.#joints.clear();
  }
}

/** What the joints say of a stance. */
interface Stance {
  /** From pelvis to neck, x and y of the camera axes, metres. */
  readonly trunk: readonly [x: number, y: number];
  /** Mean u of the joints, metres. */
  readonly uncertainty: number;
}

const PELVIS = jointIndex("pelvis"), NECK = jointIndex("neck");

/**
 * From pelvis to neck, x and y of the camera axes, metres.
 *
 * @param joints [55, 3] camera axes, metres, row by row.
 */
export function trunkDirection(joints: ArrayLike<number>): readonly [x: number, y: number] {
  const along = (axis: number) => joints[3 * NECK + axis]! - joints[3 * PELVIS + axis]!;
  return [along(0), along(1)];
}

/** The quarter turns that bring a direction nearest to up; y points down. */
export function turnsToUpright([x, y]: readonly [x: number, y: number]): QuarterTurns {
  if (Math.abs(x) > Math.abs(y)) return x > 0 ? 1 : 3;
  return y > 0 ? 2 : 0;
}

const withMirrored = (
  turns: QuarterTurns,
): readonly CropView[] => [{ turns, mirrored: false }, { turns, mirrored: true }];
const nameOf = ({ turns, mirrored }: CropView) => `${turns}${mirrored ? " mirrored" : ""}`;
