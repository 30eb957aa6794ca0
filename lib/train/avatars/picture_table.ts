/**
 * # Figures of many pictures: means by kind and by angle
 *
 * ```
 * gain = mean PSNR of the avatars − largest mean PSNR of a baseline            over the same pictures
 * ```
 *
 * @module
 */
import type { PictureMetrics } from "../image_metrics.ts";
import { type BaselineName, BASELINES } from "./baselines.ts";
import type { PictureKind } from "./subject.ts";

/** The names of the kinds of pictures, in order. */
export const PICTURE_KINDS: readonly PictureKind[] = ["input_view", "new_view", "new_pose"];

/** Means over the pictures of one kind. */
export interface KindFigures extends PictureMetrics {
  readonly pictures: number;
  /** dB above the best baseline. */
  readonly gain_over_best_baseline_db: number;
  readonly best_baseline: BaselineName;
  readonly baselines: Readonly<Record<BaselineName, Omit<PictureMetrics, "perceptual">>>;
}

/** Means of all kinds. */
export interface AvatarFigures extends Readonly<Record<PictureKind, KindFigures>> {
  /** New views by degrees around the person. */
  readonly by_angle: Readonly<Record<string, KindFigures>>;
}

type Row = readonly [kind: PictureKind, angle: number, maker: string, metrics: PictureMetrics];

/** Collects figures of pictures; makers are `avatar` and the baselines. */
export class PictureTable {
  readonly #rows: Row[] = [];

  /** Adds what was measured of one picture. */
  add(kind: PictureKind, angle: number, maker: "avatar" | BaselineName, metrics: PictureMetrics): void {
    this.#rows.push([kind, angle, maker, metrics]);
  }

  /** Adds all that another table holds. */
  addAll(other: PictureTable): void {
    this.#rows.push(...other.#rows);
  }

  /** The means; NaN where there was no picture. */
  figures(): AvatarFigures {
    const of = (kind: PictureKind) => this.#rows.filter(([own]) => own === kind), views = of("new_view");
    const angles = [...new Set(views.map(([, angle]) => angle))].sort((a, b) => a - b);
    const by_angle = Object.fromEntries(
      angles.map((angle) => [String(angle), summarize(views.filter(([, own]) => own === angle))]),
    );
    const [input_view, new_view, new_pose] = PICTURE_KINDS.map((kind) => summarize(of(kind)));
    return { input_view: input_view!, new_view: new_view!, new_pose: new_pose!, by_angle };
  }
}

function summarize(rows: readonly Row[]): KindFigures {
  const by = (maker: string) => rows.filter(([, , own]) => own === maker).map(([, , , metrics]) => metrics);
  const mean = (of: readonly PictureMetrics[], key: keyof PictureMetrics) =>
    of.reduce((sum, metrics) => sum + metrics[key], 0) / of.length;
  const plain = (of: readonly PictureMetrics[]) => ({
    psnr: mean(of, "psnr"),
    ssim: mean(of, "ssim"),
    mask_iou: mean(of, "mask_iou"),
  });
  const own = by("avatar"), baselines = Object.fromEntries(BASELINES.map((name) => [name, plain(by(name))]));
  const best = BASELINES.reduce((a, b) => baselines[b]!.psnr > baselines[a]!.psnr ? b : a);
  return {
    pictures: own.length,
    ...plain(own),
    perceptual: mean(own, "perceptual"),
    gain_over_best_baseline_db: mean(own, "psnr") - baselines[best]!.psnr,
    best_baseline: best,
    baselines: baselines as KindFigures["baselines"],
  };
}
