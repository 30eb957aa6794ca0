/**
 * # Rendering and its gradient as a list of passes
 *
 * ```
 * project → sort by depth → plan rounds → for each round: emit, sort by tile, resolve, paint → develop
 * the gradient: the same again, then seed → for each round, last first: paint's gradient, gather → project's gradient
 * ```
 *
 * The gradient paints anew instead of keeping the forward pass's lists: nothing lives between the two, and a picture that
 * is never differentiated costs no memory. The lists of the last round are still there when the gradient begins, so where
 * one round is enough, as in training on small pictures, they are not sorted twice.
 *
 * Memory, in bytes: 84 a Gaussian (116 with gradient), 28 a pixel (60 with gradient), 36 a pair (76 with gradient), with
 * room for at most `PAIRS` pairs: 38 MB (80 MB with gradient). Each buffer is rounded up to a power of two.
 *
 * @module
 */
import type { SplatTensors } from "../gaussian_splat.ts";
import type { Color } from "../rasterize.ts";
import type { View } from "../view.ts";
import { BLANK, DEVELOP, PAINT } from "./paint.ts";
import { PAINT_GRADIENT, SEED } from "./paint_gradient.ts";
import { GATHER, PAIR_NUMBERS } from "./pairs.ts";
import type { Passes } from "./passes.ts";
import { PROJECT } from "./project.ts";
import { PROJECT_GRADIENT } from "./project_gradient.ts";
import { type Plan, planRounds, type RoundSizes, SLOT } from "./rounds.ts";
import { LENS, packView, tileGrid } from "./view_uniform.ts";

/** A picture on the device. */
export interface PictureBuffers {
  /** [H, W, 4] */
  readonly image: GPUBuffer;
  /** [H, W] */
  readonly depth: GPUBuffer;
}

/** What is drawn, and how. */
export interface Scene {
  /** n */
  readonly count: number;
  /** None where there are no Gaussians. */
  readonly splats: SplatTensors<GPUBuffer> | undefined;
  /** [4]: fx, fy, cx, cy in place of the view's. */
  readonly intrinsics: GPUBuffer | undefined;
  readonly view: View;
  readonly background: Color;
  /** See `roundSizes`. */
  readonly sizes: RoundSizes;
}

/** Pixels between rounds. */
interface Canvas {
  readonly sums: GPUBuffer;
  readonly light: GPUBuffer;
  readonly last: GPUBuffer;
}

/** A scene's forward passes, recorded but for the development. */
interface Painted extends Canvas {
  readonly uniform: GPUBuffer;
  readonly records: GPUBuffer;
  /** Without Gaussians there is nothing to plan. */
  readonly plan: Plan | undefined;
}

function paintScene(passes: Passes, scene: Scene): Painted {
  const { count, splats, intrinsics, view, background, sizes } = scene, { width, height } = view;
  const uniform = passes.uniform(packView(count, view, background, sizes));
  if (intrinsics) passes.copy(intrinsics, uniform, LENS, 16);
  const pixels = width * height, { columns, rows } = tileGrid(view);
  const canvas = {
    sums: passes.storage(16 * pixels),
    light: passes.storage(8 * pixels),
    last: passes.storage(4 * pixels),
  };
  passes.run(BLANK, [uniform, canvas.sums, canvas.light, canvas.last], [columns, rows]);
  const records = passes.storage(64 * count);
  if (!splats) return { uniform, records, plan: undefined, ...canvas };

  const keys = passes.storage(4 * count), indices = passes.storage(4 * count);
  const { means, rotations, scales, opacity, colors } = splats;
  const projected = [uniform, means, rotations, scales, opacity, colors, records, keys, indices];
  passes.run(PROJECT, projected, [Math.ceil(count / 64)]);
  const plan = planRounds(passes, { view: uniform, count, sizes, records, keys, indices });
  for (let round = 0; round < sizes.rounds; round++) {
    plan.fill(round);
    const painted = [uniform, records, plan.list, plan.ranges, canvas.sums, canvas.light, canvas.last];
    passes.run(PAINT, painted, plan.groups(round, "paint"));
  }
  return { uniform, records, plan, ...canvas };
}

/** Records the passes that draw a scene. */
export function recordPicture(passes: Passes, scene: Scene, picture: PictureBuffers): void {
  const { uniform, sums, light } = paintScene(passes, scene), { columns, rows } = tileGrid(scene.view);
  passes.run(DEVELOP, [uniform, sums, light, picture.image, picture.depth], [columns, rows]);
}

/** Records the passes that lead from a picture's gradient to the Gaussians' and each Gaussian's share of the intrinsics'. */
export function recordGradient(
  passes: Passes,
  scene: Scene,
  picture: PictureBuffers,
  gradient: SplatTensors<GPUBuffer> & { readonly intrinsics: GPUBuffer },
): void {
  const { uniform, records, plan, sums, light, last } = paintScene(passes, scene);
  const { count, splats, view, sizes } = scene;
  if (!plan || !splats) return;
  const pixels = view.width * view.height, { columns, rows } = tileGrid(view);
  const seeds = passes.storage(16 * pixels), states = passes.storage(16 * pixels);
  passes.run(SEED, [uniform, picture.image, picture.depth, sums, light, seeds, states], [columns, rows]);

  const slots = passes.storage(4 * PAIR_NUMBERS * (sizes.pairs + sizes.tiles)), ellipses = passes.storage(32 * count);
  for (const buffer of [ellipses, gradient.opacity, gradient.colors]) passes.clear(buffer); // for those not drawn
  for (let round = sizes.rounds - 1; round >= 0; round--) {
    if (round < sizes.rounds - 1) plan.fill(round);
    const painted = [uniform, records, plan.list, plan.ranges, last, seeds, states, slots];
    passes.run(PAINT_GRADIENT, painted, plan.groups(round, "paint"));
    const step = passes.uniform(Uint32Array.of(SLOT.rounds + round, 0, 0, 0));
    const { plan: slotsOf, order, first, blocks } = plan;
    const gathered = [step, slotsOf, order, first, blocks, slots, ellipses, gradient.opacity, gradient.colors];
    passes.run(GATHER, gathered, plan.groups(round, "emit"));
  }
  const inputs = [uniform, splats.means, splats.rotations, splats.scales, ellipses];
  const outputs = [gradient.means, gradient.rotations, gradient.scales, gradient.intrinsics];
  passes.run(PROJECT_GRADIENT, [...inputs, ...outputs], [Math.ceil(count / 64)]);
}
