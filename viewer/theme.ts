/**
 * # Light and dark
 *
 * As the system has it, unless told; the canvas draws floor and wires in the page's colours.
 *
 * @module
 */
const THEMES = ["system", "light", "dark"] as const;
let onChange = () => {};

/** Goes on to the next theme. */
export function nextTheme(): void {
  const root = document.documentElement,
    now = THEMES.indexOf((root.dataset.theme ?? "system") as typeof THEMES[number]);
  root.dataset.theme = THEMES[(now + 1) % THEMES.length]!;
  onChange();
}

/**
 * Lets a button change the theme.
 *
 * @param apply Takes the colours of text and of the stage, now and whenever they change.
 */
export function watchTheme(button: HTMLElement, apply: (ink: string, background: string) => void): void {
  const probe = document.createElement("i"); // resolves light-dark() into a plain colour
  probe.hidden = true;
  document.body.append(probe);
  const colorOf = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  onChange = () => {
    button.textContent = `Theme: ${document.documentElement.dataset.theme ?? "system"}`;
    apply(colorOf("--ink"), colorOf("--back"));
  };
  button.addEventListener("click", nextTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => onChange());
  onChange();
}
