/**
 * # Pipelines as variants: any tensor replaced, any part exchanged
 *
 * ```
 * photo → pipeline(options) with replace → run → measure(run) → figures
 * ```
 *
 * The inputs are photos, given by path. What is measured of a run is the caller's: a function of the run that returns plain
 * figures. Its source, the options and the replacements' sources name the outcome.
 *
 * @example How much of the picture does the avatar cover, and how much if its Gaussians are halved?
 * ```ts ignore
 * const measure = async ({ trace }) => ({ mean: trace.rows.find(({ name }) => name === "render.image").mean });
 * const options = { encoder: "movenet-thunder" };
 * await ablate({
 *   variants: [
 *     pipelineVariant({ name: "as it is", options, measure }),
 *     pipelineVariant({ name: "half", options, measure, replace: { "drive.scales": (scales) => scales.div(2) } }),
 *   ],
 *   inputs: { astronaut: "data/astronaut.png" },
 *   metrics: [{ name: "mean", better: "more" }],
 * });
 * ```
 *
 * @module
 */
import { createPipeline, type PipelineOptions } from "../pipeline/pipeline.ts";
import type { Replacements } from "../pipeline/recorder.ts";
import type { PipelineRun } from "../pipeline/run.ts";
import type { RunOptions } from "../pipeline/run_options.ts";
import { tensorsIn } from "../tensor/scope.ts";
import type { Conditions, Variant } from "./variant.ts";

/** A pipeline that is compared. */
export interface PipelineVariant {
  /** Its name in the table. */
  readonly name: string;
  /** What is changed, in one line. */
  readonly about?: string;
  /** What the pipeline is made of; an encoder is given by name. */
  readonly options?: PipelineOptions & { readonly encoder?: string };
  /** Functions whose result takes a tensor's place. */
  readonly replace?: Replacements;
  /** What else the run does: watched Gaussians, recorded tensors, the picture's size. */
  readonly run?: Omit<RunOptions, "replace" | "signal" | "onStep">;
  /** What is measured of a run, which is freed afterwards. */
  measure(run: PipelineRun): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
}

/** A pipeline as a variant of {@linkcode ablate}; inputs are paths of photos. Nothing is drawn: it is measured for one seed. */
export function pipelineVariant(variant: PipelineVariant): Variant<string> {
  const { name, about = "", options = {}, replace = {}, run = {}, measure } = variant;
  return {
    name,
    about,
    definition: { pipeline: options, replace, run, measure },
    seedless: () => true,
    prepare: async () => {
      const pipeline = await createPipeline(options), { link, field } = pipeline.localizer;
      const parameters = tensorsIn([link.parameters, field.parameters]);
      return {
        bytes: [...parameters].reduce((sum, { size }) => sum + 4 * size, 0),
        measure: async (photo: string, { signal, say }: Conditions) => {
          const begun = performance.now();
          const onStep = (step: string) => void say(`${photo}: ${step}`);
          const done = await pipeline.run(photo, { ...run, replace, signal, onStep });
          const ms = performance.now() - begun;
          try {
            return { figures: await measure(done), ms };
          } finally {
            done.dispose();
          }
        },
        dispose: () => pipeline.dispose(),
      };
    },
  };
}
