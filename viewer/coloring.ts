/**
 * # What colours say
 *
 * | choice | colour |
 * |---|---|
 * | appearance | the Gaussian's own, as seen from the camera |
 * | uncertainty | dark = sure, yellow = the 98th percentile and above (viridis) |
 * | joint | one colour a joint, neighbours told apart |
 *
 * @module
 */
import { colourAt } from "../lib/plot/colormaps.ts";
import { harmonicsOf, viewColors } from "../lib/viewer/view_colors.ts";
import type { Figure } from "./figure.ts";

/** What colours may say. */
export type Coloring = "appearance" | "uncertainty" | "joint";

/** n·3 colours, 0..1, and what they mean. */
export class Colors {
  /** n·3 red, green, blue, sRGB. */
  readonly rgb: Float32Array;
  /** What they say. */
  coloring: Coloring = "appearance";
  /** The uncertainties at both ends of the scale, metres. */
  readonly range: readonly [least: number, most: number];
  readonly #figure: Figure;

  /** @param figure Whose Gaussians are coloured. */
  constructor(figure: Figure) {
    this.#figure = figure;
    this.rgb = new Float32Array(3 * figure.contents.avatar.count);
    const sorted = Float32Array.from(figure.contents.uncertainty ?? []).sort();
    this.range = [sorted[0] ?? 0, sorted[Math.floor(0.98 * (sorted.length - 1))] ?? 1];
  }

  /** Whether colours are others when the camera is elsewhere. */
  get followCamera(): boolean {
    return this.coloring === "appearance" && harmonicsOf(this.#figure.contents.avatar) > 1;
  }

  /** Works all colours out. */
  update(eye: ArrayLike<number>): void {
    const { contents: { avatar, uncertainty }, gaussians } = this.#figure;
    if (this.coloring === "appearance") return viewColors(avatar, gaussians, eye, this.rgb);
    const [least, most] = this.range;
    const joints = this.#figure.joints;
    const hues = this.#figure.contents.rig.names.map((_, joint) => jointColor(joint));
    for (let i = 0; i < avatar.count; i++) {
      const color = this.coloring === "joint"
        ? hues[joints[i]!]!
        : colourAt("sequential", (uncertainty![i]! - least) / Math.max(most - least, 1e-9)).map((byte) => byte / 255);
      this.rgb.set(color, 3 * i);
    }
  }
}

/** Hues a golden angle apart, so that neighbours in the list differ. */
function jointColor(joint: number): [number, number, number] {
  const hue = (joint * 137.508) % 360, light = joint % 3 === 0 ? 0.62 : joint % 3 === 1 ? 0.5 : 0.72;
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return light - 0.55 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [channel(0), channel(8), channel(4)];
}
