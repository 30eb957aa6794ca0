/**
 * # The pipeline: from a photo to a posed avatar, every stop open
 *
 * ```
 * photo → crop → f_I → link ─┬→ locate(ω(g)) → p'_2D, p'_3D, u ─→ sample → decode → avatar ┐
 *                            body + Gaussians g ┘                └→ fit → body parameters ──┴→ drive → render
 * ```
 *
 * A pipeline holds what all photos share: encoder, body, template, localizer, decoders. {@linkcode Pipeline.run} takes one
 * photo through the steps ({@link ./run.ts}).
 *
 * @example
 * ```ts ignore
 * const pipeline = await createPipeline({ encoder: "movenet-thunder" });
 * const run = await pipeline.run("photo.jpg", { watch: { joints: ["left_elbow"] } });
 * console.log(run.trace);
 * run.dispose();
 * pipeline.dispose();
 * ```
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { attachGaussians, type Template } from "../body/gaussians.ts";
import { type Body, loadBody } from "../body/template.ts";
import type { Encoder } from "../encoder/encoder.ts";
import { type EncoderName, loadEncoder } from "../encoder/load.ts";
import type { Decoders } from "../gaussian/decode.ts";
import { decodersFor } from "../gaussian/decoder_file.ts";
import { loadPersonDetector } from "../image/keypoints.ts";
import { loadSegmenter } from "../image/mask.ts";
import { blocksRead, expectFit } from "../localize/fit.ts";
import { loadLocalizer, type Localizer, SHIPPED_ENCODER } from "../localize/localizer.ts";
import { expectInteger, resolveOptions } from "../tensor/options.ts";
import { noticesOf } from "./notices.ts";
import { type PipelineRun, runPipeline } from "./run.ts";
import type { RunOptions } from "./run_options.ts";

/** What a pipeline is made of. */
export interface PipelineOptions {
  /** An encoder's name, or an encoder of your own, which stays yours to dispose of; `"movenet-thunder"` by default. */
  readonly encoder?: EncoderName | Encoder;
  /** Path of an SMPL-X .npz; the embedded body by default. */
  readonly body?: string | URL | undefined;
  /** Path of a localizer's file; without one the shipped one, or one that is untrained where that does not fit the encoder. */
  readonly localizer?: string | URL | undefined;
  /** Path of the decoders' file; without one the shipped ones, or untrained ones where those do not fit the encoder. */
  readonly decoders?: string | URL | undefined;
  /** Gaussians on each face; 1 by default. */
  readonly perFace?: number | undefined;
  /** Gaussians in all, spread by area, instead of `perFace`. */
  readonly total?: number | undefined;
  /** With `total`: so many on every face at least. */
  readonly atLeast?: number | undefined;
  /** Gaussians in memory at a time; 1000 by default. */
  readonly chunk?: number;
}

/** Everything that photos share. */
export interface Pipeline {
  /** The encoder; not disposed of with the pipeline if it was handed in. */
  readonly encoder: Encoder;
  /** The body that carries the Gaussians. */
  readonly body: Body;
  /** The Gaussians on its faces. */
  readonly template: Template;
  /** Link, field and head. */
  readonly localizer: Localizer;
  /** MLP_shape and MLP_appearance. */
  readonly decoders: Decoders;
  /** What is not trained, in plain words. */
  readonly notices: readonly string[];
  /**
   * Takes one photo through all steps.
   *
   * @param photo A path, the bytes of an image file, or a tensor [H, W, 3] of colours 0..1, which stays the caller's.
   * @throws {RangeError} if a name in `record`, `replace` or `watch` is unknown.
   * @throws {TypeError} if a replacement has another shape, or an option is unknown.
   * @throws {SyntaxError} if the photo is no picture.
   */
  run(photo: string | URL | Uint8Array | tf.Tensor3D, options?: RunOptions): Promise<PipelineRun>;
  /** Frees all weights and the body. */
  dispose(): void;
}

const PIPELINE_DEFAULTS: Required<PipelineOptions> = {
  encoder: SHIPPED_ENCODER,
  body: undefined,
  localizer: undefined,
  decoders: undefined,
  perFace: undefined,
  total: undefined,
  atLeast: undefined,
  chunk: 1000,
};

/**
 * Loads all that photos share.
 *
 * @throws {RangeError} if an encoder's name or a number is out of range.
 * @throws {TypeError} if an option is unknown, or the parts do not fit each other.
 */
export async function createPipeline(options: PipelineOptions = {}): Promise<Pipeline> {
  const given = resolveOptions("createPipeline", PIPELINE_DEFAULTS, options);
  expectInteger("createPipeline", "chunk", given.chunk, 1);
  const { encoder: named } = given;
  if (typeof named !== "string" && typeof named?.encode !== "function") {
    throw new TypeError(
      "createPipeline: encoder must be a name or an Encoder with encode(), channels, grid and levels",
    );
  }
  if (given.total !== undefined && given.perFace !== undefined) {
    throw new TypeError("createPipeline: perFace and total exclude each other: give one of them");
  }
  if (given.atLeast !== undefined && given.total === undefined) {
    throw new TypeError("createPipeline: atLeast says how a total is spread: give total too");
  }
  using made = new DisposableStack(); // frees what was loaded if a later part fails
  const own = <T extends { dispose(): void }>(part: T) => made.adopt(part, (owned) => owned.dispose());
  const told = typeof named === "string" && given.localizer !== undefined
    ? own(await loadLocalizer(given.localizer))
    : undefined;
  const blocks = told?.config.encoder === named && blocksRead(told.config); // of MoveNet
  const encoder = typeof named === "string" ? own(await loadEncoder(named, blocks ? { blocks } : {})) : named;
  const body = own(await loadBody(given.body));
  const spread = given.total === undefined
    ? { perFace: given.perFace ?? 1 }
    : { total: given.total, atLeast: given.atLeast };
  const template = own(attachGaussians(body, spread));
  const localizer = told ?? own(await loadLocalizer(given.localizer, { encoder }));
  expectFit("createPipeline", localizer, encoder);
  const decoders = own(await decodersFor(given.decoders, encoder));
  const detector = own(await loadPersonDetector());
  const segmenter = own(await loadSegmenter());
  const parts = { encoder, body, template, localizer, decoders, detector, segmenter, chunk: given.chunk };
  const owned = made.move();
  return {
    encoder,
    body,
    template,
    localizer,
    decoders,
    notices: noticesOf(localizer, decoders),
    run: async (photo, options) => {
      if (owned.disposed) throw new Error("run: this pipeline was disposed of: create another");
      return await runPipeline(parts, photo, options);
    },
    dispose: () => owned.dispose(),
  };
}
