/**
 * # Motions: play, stop, look at any moment
 *
 * @module
 */
import { frameAt } from "../lib/body/motion/frame_at.ts";
import type { PlainMotion } from "../lib/viewer/contents.ts";
import { button, choices, element } from "./dom.ts";
import type { Figure } from "./figure.ts";

const SPEEDS = [0.25, 0.5, 1, 2];

/** What shortcuts and other parts call. */
export interface MotionBar {
  toggle(): void;
  stop(): void;
}

/** Fills the bar under the stage; it stays hidden where there are no motions. */
export function motionBar(bar: HTMLElement, figure: Figure): MotionBar {
  const { motions } = figure.contents;
  if (motions.length === 0) return { toggle: () => {}, stop: () => {} };
  let motion = motions[0]!, seconds = 0, last: number | undefined;
  const play = button("Play", () => toggle());
  play.id = "play";
  play.className = "primary";
  const pick = choices("Motion", motions.map(({ name }, i) => [String(i), name]), (value) => {
    motion = motions[Number(value)]!;
    seconds = 0;
    time.max = String(length(motion));
    show();
  });
  const speed = choices("Speed", SPEEDS.map((value) => [String(value), `${value}×`]), () => {});
  speed.value = "1";
  const time = element("input", { type: "range", className: "time", min: "0", step: "0.01", aria: { label: "Time" } });
  const output = element("output");
  time.max = String(length(motion));
  time.value = "0";
  time.addEventListener("input", () => {
    stop();
    seconds = time.valueAsNumber;
    show();
  });
  const tell = () => {
    time.value = String(seconds);
    output.value = `${seconds.toFixed(2)} / ${length(motion).toFixed(2)} s`;
    time.setAttribute("aria-valuetext", `${seconds.toFixed(2)} seconds`);
  };
  const show = () => {
    figure.take(frameAt(motion, seconds, motion.loop));
    tell();
  };
  const step = (now: number) => {
    if (last === undefined) return;
    const whole = length(motion);
    seconds += (now - last) / 1000 * Number(speed.value);
    last = now;
    if (seconds >= whole) seconds = whole > 0 ? seconds % whole : 0; // what does not loop begins again
    show();
    requestAnimationFrame(step);
  };
  const stop = () => {
    last = undefined;
    play.textContent = "Play";
  };
  const toggle = () => {
    if (last !== undefined) return stop();
    play.textContent = "Pause";
    last = performance.now();
    requestAnimationFrame(step);
  };
  tell();
  bar.append(play, pick, time, output, speed);
  bar.hidden = false;
  return { toggle, stop };
}

/** How long a motion lasts, as motionSeconds has it. */
function length({ count, rate, loop }: PlainMotion): number {
  return (loop ? count : count - 1) / rate;
}
