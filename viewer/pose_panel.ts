/**
 * # Poses: the photo's own, T, A, and everything between two of them
 *
 * @module
 */
import { slerpPose } from "../lib/body/motion/slerp.ts";
import type { MotionFrame } from "../lib/body/motion/frame_at.ts";
import type { Poses } from "../lib/viewer/contents.ts";
import { button, choices, element, section, slider } from "./dom.ts";
import type { Figure } from "./figure.ts";

const MILLISECONDS = 450; // from one pose to the next

/** The panel's part, and what shortcuts call. */
export interface PosePanel {
  readonly part: HTMLElement;
  go(pose: keyof Poses): void;
}

/**
 * Buttons and a slider.
 *
 * @param named What the pose that the page opens with is called.
 * @param onPose Called before a pose is taken: a motion that plays has to stop.
 */
export function posePanel(figure: Figure, named: string, onPose: () => void): PosePanel {
  const { poses } = figure.contents;
  const texts: Readonly<Record<keyof Poses, string>> = { photo: named, t: "T-pose", a: "A-pose" };
  const options = Object.entries(texts);
  const go = (pose: keyof Poses) => {
    onPose();
    const goal = poses[pose], from = { pose: figure.pose.slice(), transl: figure.transl.slice() };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return figure.take(goal);
    const started = performance.now();
    let mine = figure.taken;
    const step = () => {
      if (mine !== figure.taken) return; // another pose was chosen, or a motion plays
      const t = Math.min(1, (performance.now() - started) / MILLISECONDS);
      figure.take(t === 1 ? goal : between(from, goal, t * t * (3 - 2 * t)));
      mine = figure.taken;
      if (t < 1) requestAnimationFrame(step);
    };
    step();
  };
  const blend = () => {
    onPose();
    figure.take(between(poses[from.value as keyof Poses], poses[to.value as keyof Poses], part.input.valueAsNumber));
  };
  const from = choices("Between: from", options, blend), to = choices("Between: to", options, blend);
  to.value = "t";
  const part = slider(
    { short: "Between", full: "Between the two poses" },
    { least: 0, most: 1, step: 0.01 },
    (value) => `${Math.round(100 * value)} %`,
    blend,
  );
  part.show(0);
  const buttons = options.map(([pose, text]) => button(text, () => go(pose as keyof Poses)));
  return {
    part: section(
      "Pose",
      true,
      element("div", { className: "row" }, ...buttons),
      element("div", { className: "field two" }, from, "to", to),
      part.row,
    ),
    go,
  };
}

/** Between two poses: joints by slerp, places straight. */
export function between(a: MotionFrame, b: MotionFrame, t: number): MotionFrame {
  return { pose: slerpPose(a.pose, b.pose, t), transl: a.transl.map((x, axis) => x + t * (b.transl[axis]! - x)) };
}
