/**
 * A local stand-in for `jsr:@std/assert`, with the same names, over `node:assert`: tests then need no registry but npm.
 * Where JSR is reachable, delete the `links` line of `deno.json` and the real package takes its place.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg || "Assertion failed" });
}

/** Throws unless the two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const message = `${msg ? `${msg}: ` : ""}got ${inspect(actual)}, wanted ${inspect(expected)}`;
  throw new AssertionError({ message, actual, expected, operator: "deepStrictEqual" });
}

/** Throws unless |actual − expected| ≤ tolerance. */
export function assertAlmostEquals(actual: number, expected: number, tolerance = 1e-7, msg?: string): void {
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance) return;
  throw new AssertionError({ message: msg ?? `${actual} is not within ${tolerance} of ${expected}`, actual, expected });
}

/** Throws unless `text` contains `part`. */
export function assertStringIncludes(text: string, part: string, msg?: string): void {
  if (text.includes(part)) return;
  throw new AssertionError({ message: msg ?? `${inspect(text)} does not include ${inspect(part)}` });
}

/** Throws unless `text` matches `pattern`. */
export function assertMatch(text: string, pattern: RegExp, msg?: string): void {
  if (pattern.test(text)) return;
  throw new AssertionError({ message: msg ?? `${inspect(text)} does not match ${pattern}` });
}

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function checkError<E extends Error>(error: unknown, kind?: ErrorClass<E>, part?: string): E {
  if (!(error instanceof Error)) throw new AssertionError({ message: `Thrown value is no Error: ${inspect(error)}` });
  if (kind && !(error instanceof kind)) {
    throw new AssertionError({ message: `Wanted ${kind.name}, got ${error.name}: ${error.message}` });
  }
  if (part !== undefined) assertStringIncludes(error.message, part);
  return error as E;
}

/** Throws unless `fn` throws an error of the given class whose message includes `part`; returns that error. */
export function assertThrows<E extends Error = Error>(fn: () => unknown, kind?: ErrorClass<E>, part?: string): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, kind, part);
  }
  throw new AssertionError({ message: "Expected function to throw" });
}

/** Rejects unless `fn` rejects with an error of the given class whose message includes `part`; resolves to that error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  kind?: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, kind, part);
  }
  throw new AssertionError({ message: "Expected promise to reject" });
}
