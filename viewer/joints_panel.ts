/**
 * # Joints: three sliders each, the axis-angle vector in degrees
 *
 * One body part at a time; a joint can be set back to the pose that was last chosen.
 *
 * @module
 */
import { bodyParts, spoken } from "./body_parts.ts";
import { button, choices, element, section, type Slider, slider } from "./dom.ts";
import type { Figure } from "./figure.ts";

const DEGREES = 180 / Math.PI;
const UNSEEN = 0.15; // confidence below which a joint keeps the prior, as fitBody has it

/** The panel's part, and what picking calls. */
export interface JointsPanel {
  readonly part: HTMLElement;
  /** Shows the part to which a joint belongs. */
  show(joint: number): void;
}

/** @param onEdit Called before a joint is turned: a motion that plays has to stop. */
export function jointsPanel(figure: Figure, onEdit: () => void): JointsPanel {
  const { rig: { names }, confidence } = figure.contents, parts = bodyParts(names);
  const list = element("div", { className: "joints" });
  let shown = new Map<number, readonly Slider[]>();
  const follow = () => {
    for (const [joint, sliders] of shown) {
      sliders.forEach((one, axis) => one.show(figure.pose[3 * joint + axis]! * DEGREES));
    }
  };
  const fill = (part: string) => {
    shown = new Map();
    list.replaceChildren(...parts.get(part)!.map((joint) => {
      const name = spoken(names[joint]!);
      const sliders = ["x", "y", "z"].map((axis, i) =>
        slider(
          { short: axis, full: `${name}, ${axis}` },
          { least: -180, most: 180, step: 1 },
          (value) => `${Math.round(value)}°`,
          (value) => {
            onEdit();
            figure.pose[3 * joint + i] = value / DEGREES;
            figure.changed();
          },
        )
      );
      shown.set(joint, sliders);
      const reset = button("Reset", () => {
        onEdit();
        figure.pose.set(figure.base.subarray(3 * joint, 3 * joint + 3), 3 * joint);
        figure.changed();
      }, `Reset ${name}`);
      const unseen = confidence && confidence[joint]! < UNSEEN;
      return element(
        "fieldset",
        { className: "joint" },
        element("legend", {}, name, ...(unseen ? [element("span", { className: "mark" }, "not seen")] : []), reset),
        ...sliders.map(({ row }) => row),
      );
    }));
    follow();
  };
  const part = choices("Body part", [...parts.keys()].map((name) => [name, name]), fill);
  part.value = parts.has("Left arm") ? "Left arm" : part.value;
  fill(part.value);
  figure.onChange(follow);
  const all = button("Reset all joints", () => {
    onEdit();
    figure.pose.set(figure.base);
    figure.changed();
  });
  return {
    part: section("Joints", false, element("div", { className: "row" }, part, all), list),
    show: (joint) => {
      const found = [...parts].find(([, joints]) => joints.includes(joint));
      if (!found || part.value === found[0]) return;
      part.value = found[0];
      fill(found[0]);
    },
  };
}
