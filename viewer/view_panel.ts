/**
 * # What is drawn, in which colours
 *
 * @module
 */
import { colourAt } from "../lib/plot/colormaps.ts";
import type { Coloring } from "./coloring.ts";
import { element, section, segments } from "./dom.ts";
import type { Mode, Stage } from "./stage.ts";

/** The modes and how they are called, in the order of their keys 1 to 4. */
export const MODES: Readonly<Record<Mode, string>> = {
  splats: "Splats",
  mesh: "Mesh",
  wires: "Wires",
  ellipsoids: "Ellipsoids",
};

/** Chooses a mode as a click on its button does. */
export function chooseMode(mode: Mode): void {
  document.querySelector<HTMLInputElement>(`input[name="mode"][value="${mode}"]`)?.click();
}

/** The buttons over the stage. */
export function modeButtons(stage: Stage): HTMLElement {
  return segments("mode", "Draw as", MODES, stage.mode, (mode) => stage.mode = mode);
}

/** Colours, their legend, and the floor. */
export function viewPanel(stage: Stage): HTMLElement {
  const known = stage.figure.contents.uncertainty !== undefined, [least, most] = stage.colors.range;
  const stops = Array.from({ length: 9 }, (_, i) => `rgb(${colourAt("sequential", i / 8).join(",")})`);
  const bar = element("i", { aria: { hidden: "true" } });
  bar.style.background = `linear-gradient(to right, ${stops.join(",")})`;
  const millimetres = (metres: number) => `${(1000 * metres).toFixed(metres < 0.1 ? 1 : 0)} mm`;
  const legend = element(
    "div",
    { className: "legend", hidden: true },
    bar,
    element("div", {}, element("span", {}, millimetres(least)), element("span", {}, `${millimetres(most)} and more`)),
  );
  const colorings: Partial<Record<Coloring, string>> = {
    appearance: "Appearance",
    ...(known ? { uncertainty: "Uncertainty" } : {}),
    joint: "Joint",
  };
  const floor = element("input", { type: "checkbox", checked: true });
  floor.addEventListener("change", () => stage.floor = floor.checked);
  return section(
    "View",
    true,
    segments<Coloring>("coloring", "Colours", colorings, "appearance", (coloring) => {
      stage.coloring = coloring;
      legend.hidden = coloring !== "uncertainty";
    }),
    legend,
    element("label", {}, floor, " Floor"),
  );
}
