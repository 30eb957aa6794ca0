/**
 * # Evidence: what is known of each Gaussian beside its feature
 *
 * ```
 * posed body, camera → where slots project, sight        photo at those places, sight → the kin's colours
 * mask → sight, where the person is                       canonical place → γ(g)
 * ```
 *
 * Gathers what the decoders' condition names, for all Gaussians; {@linkcode evidenceRows} deals it out in chunks.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Template } from "../body/gaussians.ts";
import type { Encoded, FeatureMap } from "../encoder/encoder.ts";
import type { Matrix } from "../image/cameras.ts";
import { TensorScope } from "../tensor/scope.ts";
import { canonicalWaves } from "./canonical_waves.ts";
import { type DecodeOptions, type DecoderConfig, type Decoders, looksAt } from "./decode.ts";
import { type Estimate, estimateGaussians, type EstimateOptions } from "./estimate.ts";
import { type KinColours, kinColours, kinOf } from "./kin.ts";
import { sampleFeatures } from "./sample.ts";
import { onlyOnPerson, sightOf } from "./sight.ts";

/** A photo and the body in it. */
export interface PhotographedBody {
  /** [V, 3] metres, in the axes of the photo's camera. */
  readonly vertices: tf.Tensor2D;
  /** [3, 3] of the 512² crop. */
  readonly K: Matrix;
  /** The crop's colours [h, w, 3], 0..1. */
  readonly photo: FeatureMap;
  /** The foreground mask [h, w, 1], 0..1. */
  readonly mask: FeatureMap;
}

/** What is known, for all n Gaussians; only what the configuration asks for. */
export interface Evidence {
  /** [n, 2]: where the slots project to, crop pixels. */
  readonly position2d: tf.Tensor2D;
  /** γ(g) [n, E]. */
  readonly encoding?: tf.Tensor2D;
  /** Seen and facing [n, 2]. */
  readonly sight?: tf.Tensor2D;
  /** The kin's colours. */
  readonly kin?: KinColours;
  /** √(2·area) at rest of each Gaussian's face [n], metres. */
  readonly faceSize?: tf.Tensor1D;
}

/** What is measured elsewhere. */
export interface EvidenceOptions {
  /** [n, 2] crop pixels: where colours are read instead of where the slots project to. */
  readonly position2d?: tf.Tensor2D | undefined;
}

/**
 * Gathers what decoders want to know of a photo.
 *
 * @returns the evidence; the caller disposes of it.
 * @throws {TypeError} if the vertices are not those of the template's body.
 */
export async function evidenceOf(
  config: DecoderConfig,
  template: Template,
  { vertices, K, photo, mask }: PhotographedBody,
  options: EvidenceOptions = {},
): Promise<Evidence> {
  using scope = new TensorScope();
  const turned = scope.own({ ...await sightOf(template, vertices, K) });
  const at = options.position2d ?? turned.position2d;
  const sight = scope.own(onlyOnPerson(turned.sight, scope.own(sampleFeatures(mask, at))));
  const evidence: { -readonly [K in keyof Evidence]: Evidence[K] } = { position2d: turned.position2d };
  if (looksAt(config, "canonical")) evidence.encoding = scope.own(canonicalWaves(template.canonical));
  if (looksAt(config, "sight")) evidence.sight = sight;
  if (looksAt(config, "kin")) {
    const rgb = scope.own(sampleFeatures(photo, at)), kin = await kinOf(template);
    evidence.kin = scope.own({ ...await kinColours(rgb, sight, kin) });
  }
  if (config.reach > 0) evidence.faceSize = scope.own(tf.tensor1d(template.faceSize));
  return scope.release(evidence);
}

/**
 * The maps that decoders sample: those that their configuration names, `features` being f_I, or else all.
 *
 * @throws {TypeError} if the encoder gave no map of a name.
 */
export function sampledMaps({ maps }: DecoderConfig, { features, pyramid }: Encoded): FeatureMap[] {
  if (maps.length === 0) return [features, ...Object.values(pyramid)];
  return maps.map((name) => {
    const map = name === "features" ? features : pyramid[name];
    if (map) return map;
    throw new TypeError(
      `sampledMaps: these decoders read the map "${name}", which the encoder does not give: known are features, ${
        Object.keys(pyramid).join(", ")
      }`,
    );
  });
}

/**
 * The evidence of the Gaussians [start, end), for `decodeShape` and `decodeAppearance`.
 *
 * @returns new tensors; the caller disposes of them.
 */
export function evidenceRows({ encoding, sight, kin, faceSize }: Evidence, start: number, end: number): DecodeOptions {
  const rows = (all: tf.Tensor2D) => all.slice<tf.Tensor2D>([start, 0], [end - start, -1]);
  return {
    ...(encoding && { encoding: rows(encoding) }),
    ...(sight && { sight: rows(sight) }),
    ...(kin &&
      { kin: { colours: kin.colours.map(rows) as unknown as KinColours["colours"], weights: rows(kin.weights) } }),
    ...(faceSize && { faceSize: faceSize.slice<tf.Tensor1D>(start, end - start) }),
  };
}

/**
 * Shapes and appearances of a template's Gaussians, with all that the photo and the body tell of them.
 *
 * @param maps Those that {@linkcode sampledMaps} names.
 * @param position2d [n, 2]: where they are sampled, crop pixels; the evidence's own places unless told.
 * @returns as `estimateGaussians`; the caller disposes of it.
 */
export async function estimateWithEvidence(
  maps: readonly FeatureMap[],
  decoders: Decoders,
  template: Template,
  evidence: Evidence,
  { position2d = evidence.position2d, ...options }:
    & Omit<EstimateOptions, "known">
    & { readonly position2d?: tf.Tensor2D | undefined } = {},
): Promise<Estimate> {
  using scope = new TensorScope();
  const share = scope.own(tf.tensor1d(template.share));
  const known = (start: number, end: number) => evidenceRows(evidence, start, end);
  return await estimateGaussians(maps, position2d, decoders, share, { ...options, known });
}
