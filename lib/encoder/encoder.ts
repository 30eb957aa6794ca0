/**
 * # The encoder's interface: from a crop to f_I at several resolutions
 *
 * ```
 * f_I = encoder(crop)      crop [512, 512, 3], 0..1      f_I [h, w, C]
 * ```
 *
 * Every encoder takes the same 512² crop (resizing it to what its network wants) and returns f_I, the coarse map from
 * which the localizer starts, together with a *pyramid* of maps from which appearance is sampled. A map knows
 * where its cells lie on the crop: the centre of cell i is at `origin + i·stride` crop pixels, along x and y alike.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/** The side of the person's crop in pixels; every position in the pipeline is in pixels of this crop. */
export const CROP = 512;

/** A grid of features that knows where it lies on the crop. */
export interface FeatureMap {
  /** [h, w, C] */
  readonly map: tf.Tensor3D;
  /** Crop pixel of the first cell's centre, along x and y. */
  readonly origin: number;
  /** Crop pixels from one cell's centre to the next. */
  readonly stride: number;
}

/** What an encoder returns; the caller disposes of all maps. */
export interface Encoded {
  /** f_I, the coarse map. */
  readonly features: FeatureMap;
  /** Maps by name, such as `s4` (stride 4) or `rgb` (the crop itself); may be empty. */
  readonly pyramid: Readonly<Record<string, FeatureMap>>;
}

/** A frozen network from a crop to features. */
export interface Encoder {
  /** The name it was loaded by. */
  readonly name: string;
  /** Channels C of f_I. */
  readonly channels: number;
  /** Rows and columns of f_I. */
  readonly grid: readonly [h: number, w: number];
  /** MoveNet's blocks whose outputs begin f_I; behind another block a localizer's tail finds nothing it knows. */
  readonly blocks?: readonly number[];
  /** Channels of each pyramid level by name. */
  readonly levels: Readonly<Record<string, number>>;
  /**
   * Encodes one crop.
   *
   * @param crop [512, 512, 3], colours 0..1.
   * @throws {TypeError} if the crop has another shape.
   */
  encode(crop: tf.Tensor3D): Promise<Encoded>;
  /** Frees the weights. */
  dispose(): void;
}

/** An encoder whose network can be looked into. */
export interface InspectableEncoder extends Encoder {
  /**
   * Runs the network and returns intermediate tensors.
   *
   * @param crop [512, 512, 3], colours 0..1.
   * @param names Their names, such as `block.3`; one that ends in `*` stands for all that begin so.
   * @returns The tensors by name; the caller disposes of them.
   * @throws {RangeError} if a name matches none, listing those that there are.
   */
  inspect(crop: tf.Tensor3D, names: readonly string[]): Promise<Record<string, tf.Tensor>>;
}

/** The map of h cells a side that covers the whole crop: cell i is centred at (i + ½)·512/h. */
export function coveringMap(map: tf.Tensor3D): FeatureMap {
  const stride = CROP / map.shape[0];
  return { map, origin: stride / 2, stride };
}
