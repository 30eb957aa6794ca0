/**
 * # Elements with names
 *
 * Everything that comes from the page's data gets into the page as text, never as HTML.
 *
 * @module
 */

/** An element that the page has. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element as E;
}

/** A new element with properties, and children or text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> & { readonly aria?: Readonly<Record<string, string>> } = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const { aria = {}, ...rest } = properties, made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children);
  return made;
}

/** A part of the panel that folds. */
export function section(title: string, open: boolean, ...children: (Node | string)[]): HTMLDetailsElement {
  return element(
    "details",
    { open },
    element("summary", {}, title),
    element("div", { className: "body" }, ...children),
  );
}

/** One choice out of few: radio buttons in a row. */
export function segments<T extends string>(
  name: string,
  legend: string,
  choices: Readonly<Partial<Record<T, string>>>,
  chosen: T,
  onChoose: (choice: T) => void,
): HTMLFieldSetElement {
  const group = element("fieldset", { className: "segments" }, element("legend", {}, legend));
  for (const [value, text] of Object.entries(choices) as [T, string][]) {
    const input = element("input", { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => onChoose(value));
    group.append(element("label", {}, input, text));
  }
  return group;
}

/** A slider's elements and what moves it from outside. */
export interface Slider {
  readonly row: HTMLElement;
  readonly input: HTMLInputElement;
  /** Shows a value without telling anyone. */
  show(value: number): void;
}

/** A slider with its name before and its value after it. */
export function slider(
  name: { readonly short: string; readonly full: string },
  range: { readonly least: number; readonly most: number; readonly step: number },
  format: (value: number) => string,
  onInput: (value: number) => void,
): Slider {
  const input = element("input", {
    type: "range",
    min: String(range.least),
    max: String(range.most),
    step: String(range.step),
    aria: { label: name.full },
  });
  const output = element("output");
  const tell = (value: number) => {
    output.value = format(value);
    input.setAttribute("aria-valuetext", output.value);
  };
  input.addEventListener("input", () => {
    tell(input.valueAsNumber);
    onInput(input.valueAsNumber);
  });
  const row = element(
    "div",
    { className: "slider" },
    element("span", { aria: { hidden: "true" } }, name.short),
    input,
    output,
  );
  return {
    row,
    input,
    show: (value) => {
      input.value = String(value);
      tell(value);
    },
  };
}

/** A list to choose from. */
export function choices(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  onChoose: (value: string) => void,
): HTMLSelectElement {
  const select = element("select", { aria: { label } });
  for (const [value, text] of options) select.append(element("option", { value }, text));
  select.addEventListener("change", () => onChoose(select.value));
  return select;
}

/** A button that does one thing. */
export function button(text: string, onClick: () => void, label?: string): HTMLButtonElement {
  const made = element("button", { type: "button", ...(label ? { aria: { label } } : {}) }, text);
  made.addEventListener("click", onClick);
  return made;
}
