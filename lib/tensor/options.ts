/**
 * # Options: defaults live with the thing they configure, and unknown keys are errors
 *
 * ```ts
 * import { resolveOptions } from "./options.ts";
 * const options = resolveOptions("locate", { chunk: 1000 }, { chunk: 500 });
 * console.log(options.chunk); // 500
 * ```
 *
 * @module
 */

/**
 * The defaults overlaid with what the caller gave; keys that are absent or `undefined` keep their default.
 *
 * @throws {TypeError} if `given` is no record, or has a key that `defaults` has not.
 */
export function resolveOptions<D extends object>(caller: string, defaults: D, given: Partial<D> | undefined): D {
  if (given === undefined) return { ...defaults };
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new TypeError(
      `${caller}: options must be a record: got ${Array.isArray(given) ? "an array" : String(given)}`,
    );
  }
  const resolved = { ...defaults };
  for (const key of Object.keys(given) as (keyof D & string)[]) {
    if (!Object.hasOwn(defaults, key)) {
      throw new TypeError(`${caller}: unknown option "${key}": known are ${Object.keys(defaults).join(", ")}`);
    }
    if (given[key] !== undefined) resolved[key] = given[key] as D[typeof key];
  }
  return resolved;
}

/**
 * Checks that a value is one of a list, and narrows it.
 *
 * @throws {RangeError} naming the choices.
 */
export function expectOneOf<const T extends string>(
  caller: string,
  name: string,
  value: string,
  choices: readonly T[],
): T {
  if (!(choices as readonly string[]).includes(value)) {
    throw new RangeError(`${caller}: ${name} must be one of ${choices.join(", ")}: got "${value}"`);
  }
  return value as T;
}

/**
 * Checks that a value is a whole number within bounds.
 *
 * @throws {RangeError} naming the bounds.
 */
export function expectInteger(caller: string, name: string, value: number, least: number, most = Infinity): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    const bounds = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
    throw new RangeError(`${caller}: ${name} must be a whole number ${bounds}: got ${value}`);
  }
  return value;
}
