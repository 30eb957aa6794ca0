/**
 * # Shape and expression: coefficients in standard deviations
 *
 * @module
 */
import { button, element, section, slider } from "./dom.ts";
import type { Figure } from "./figure.ts";

const RANGE = { least: -3, most: 3, step: 0.05 };

/** Sliders for shape and expression, one part each. */
export function shapePanels(figure: Figure): HTMLElement[] {
  const { shapeCount: S, coefficientCount: C } = figure.contents.rig, start = figure.contents.coefficients;
  const group = (title: string, name: string, from: number, to: number) => {
    const sliders = Array.from({ length: to - from }, (_, k) => {
      const one = slider(
        { short: `${name} ${k + 1}`, full: `${title}, direction ${k + 1}` },
        RANGE,
        (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`,
        (value) => {
          figure.coefficients[from + k] = value;
          figure.changed();
        },
      );
      one.show(start[from + k]!);
      return one;
    });
    const set = (values: (k: number) => number) => {
      sliders.forEach((one, k) => one.show(figure.coefficients[from + k] = values(k)));
      figure.changed();
    };
    return section(
      title,
      false,
      element(
        "div",
        { className: "row" },
        button("As at the start", () => set((k) => start[from + k]!), `${title} as at the start`),
        button("Mean", () => set(() => 0), `${title}: mean of all bodies`),
      ),
      ...sliders.map(({ row }) => row),
    );
  };
  return [
    group("Shape", "Shape", 0, S),
    ...(C > S ? [group("Expression", "Expr.", S, C)] : []),
  ];
}
