/**
 * # The picked point: which Gaussian, on which face, moved by which joint, how well known
 *
 * @module
 */
import { spoken } from "./body_parts.ts";
import { button, byId, element, section } from "./dom.ts";
import type { JointsPanel } from "./joints_panel.ts";
import type { Stage } from "./stage.ts";

/** The panel's part, and what clicks call. */
export interface PickPanel {
  readonly part: HTMLElement;
  /** Tells of a Gaussian; of none if the number is negative. */
  pick(gaussian: number): void;
}

/** A list of facts, a field for the Gaussian's number, and a mark on the stage. */
export function pickPanel(stage: Stage, joints: JointsPanel): PickPanel {
  const { figure } = stage, { avatar, rig, uncertainty, confidence } = figure.contents;
  const marker = byId("marker"), label = marker.querySelector("span")!;
  const facts = element("dl", { className: "facts", id: "picked" });
  const spokenFacts = element("p", { className: "unseen", role: "status" });
  const none = element("p", {}, "Click the avatar, or type a number.");
  const number = element("input", {
    type: "number",
    min: "0",
    max: String(avatar.count - 1),
    step: "1",
    id: "gaussian",
  });
  let picked = -1;
  const place = () => {
    marker.hidden = picked < 0;
    if (picked < 0) return;
    const { x, y } = stage.project(picked);
    marker.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    marker.classList.toggle("left", x > stage.canvas.clientWidth - 220);
  };
  const tell = () => {
    const i = picked, joint = figure.joints[i]!, name = spoken(rig.names[joint]!);
    const at = (numbers: ArrayLike<number>, width: number) =>
      Array.from({ length: width }, (_, k) => numbers[width * i + k]!);
    const rows: [string, string][] = [
      ["Gaussian", `${i} of ${avatar.count.toLocaleString("en")}`],
      ["Face", `${avatar.faceOf[i]}, slot ${avatar.slotOf[i]}`],
      ["Joint", `${name} (${rig.names[joint]}, ${joint})`],
      ["Uncertainty", uncertainty ? `${(1000 * uncertainty[i]!).toFixed(1)} mm` : "not in this page"],
      ...(confidence ? [["Joint’s confidence", confidence[joint]!.toFixed(2)] as [string, string]] : []),
      ["Mean", `${at(figure.gaussians.means, 3).map((x) => x.toFixed(3)).join(", ")} m`],
      ["Scale", `${at(figure.gaussians.scales, 3).map((x) => (1000 * x).toFixed(1)).join(", ")} mm`],
      ["Opacity", avatar.opacity[i]!.toFixed(3)],
    ];
    facts.replaceChildren(...rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]));
    label.textContent = `${i} · ${name}`;
    return `Picked Gaussian ${i}, face ${avatar.faceOf[i]}, ${name}`;
  };
  const pick = (gaussian: number) => {
    picked = Number.isInteger(gaussian) && gaussian >= 0 && gaussian < avatar.count ? gaussian : -1;
    none.hidden = picked >= 0;
    clear.hidden = picked < 0;
    if (picked < 0) facts.replaceChildren();
    spokenFacts.textContent = picked < 0 ? "Nothing picked" : tell();
    if (picked >= 0) {
      number.value = String(picked);
      joints.show(figure.joints[picked]!);
      part.open = true;
    }
    place();
  };
  number.addEventListener("change", () => pick(number.value === "" ? -1 : number.valueAsNumber));
  const clear = button("Clear", () => {
    number.value = "";
    pick(-1);
  });
  clear.hidden = true;
  stage.onDraw((moved) => {
    if (moved && picked >= 0 && part.open) tell();
    place();
  });
  const field = element(
    "div",
    { className: "row" },
    element("label", { htmlFor: "gaussian" }, "Gaussian"),
    number,
    clear,
  );
  const part = section("Picked point", true, none, facts, spokenFacts, field);
  return { part, pick };
}
