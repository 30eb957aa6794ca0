/**
 * # Keys
 *
 * On the stage the arrows turn, + and − zoom, Enter picks. Letters and digits act everywhere but in fields, and can be
 * switched off for those whose speech or screen reader types them.
 *
 * @module
 */
import { byId, element } from "./dom.ts";

/** A key, what it does, and doing it. */
export interface Shortcut {
  readonly key: string;
  /** How it is written, if not as itself. */
  readonly written?: string;
  readonly does: string;
  readonly run: () => void;
}

const ON_STAGE = [["← → ↑ ↓", "turn the avatar (stage in focus)"], ["+ −", "zoom"], [
  "Enter",
  "pick the point in the middle",
]];

/** Listens for shortcuts and lists them in the dialog. */
export function listenForKeys(shortcuts: readonly Shortcut[]): void {
  const help = byId<HTMLDialogElement>("help"), on = byId<HTMLInputElement>("keys-on");
  const written = [...ON_STAGE, ...shortcuts.map(({ key, written, does }) => [written ?? key.toUpperCase(), does])];
  byId("keys").append(...written.flatMap(([keys, does]) => [
    element("dt", {}, element("kbd", {}, keys!)),
    element("dd", {}, does!),
  ]));
  byId("help-open").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (!on.checked || help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const field = target.matches("select, textarea, input:not([type=range], [type=radio], [type=checkbox])");
    const presses = event.key === " " && target.matches("button, summary, input");
    if (field || presses) return;
    const found = shortcuts.find(({ key }) => key === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}
