/**
 * # Settings from the command line: `path.to.entry=value`
 *
 * @module
 */

/**
 * A copy of a configuration with some entries replaced.
 *
 * @param config Plain JSON.
 * @param entries Each `path=value`; the value is JSON, or else text.
 * @throws {TypeError} if an entry has no value or its path does not lead to one that is there.
 */
export function withEntries<T>(config: T, entries: readonly string[]): T {
  const copy = structuredClone(config);
  for (const entry of entries) {
    const [, path, text] = /^([\w.]+)=(.*)$/s.exec(entry) ?? [];
    if (path === undefined) throw new TypeError(`settings: "${entry}" must be path=value, such as loop.steps=2000`);
    const names = path.split(".");
    let branch = copy as Record<string, unknown>;
    for (const name of names.slice(0, -1)) {
      const next = Object.hasOwn(branch, name) ? branch[name] : undefined;
      if (next === null || typeof next !== "object") {
        throw new TypeError(`settings: "${path}" leads nowhere: known are ${Object.keys(branch).join(", ")}`);
      }
      branch = next as Record<string, unknown>;
    }
    const last = names.at(-1)!, open = Object.keys(branch).length === 0; // an empty record takes any entry
    if (!open && !Object.hasOwn(branch, last)) {
      throw new TypeError(`settings: "${path}" is no entry: known are ${Object.keys(branch).join(", ")}`);
    }
    branch[last] = parse(text!);
  }
  return copy;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
