/**
 * # Randomness as a function of a name
 *
 * A synthetic person is a function of (seed, index). Draws from one long stream would break that in spirit: adding a
 * single draw for the hair would change every pose after it. So each aspect of a person has a stream of its own, named
 * by a path, and a stream's numbers depend on seed, index and path alone:
 *
 * ```ts
 * import { RandomStream } from "./random.ts";
 * const person = new RandomStream(7, 42); //           seed 7, person 42
 * const pose = person.fork("pose"), hair = person.fork("hair"); // independent of each other
 * console.log(pose.uniform(0, 1), hair.pick(["short", "long"]));
 * ```
 *
 * Generator: sfc32 (Doty-Humphrey's small fast counting generator, from PractRand), keyed by a MurmurHash3-style mix of
 * the path. Only 32-bit integer arithmetic, so equal on every machine.
 *
 * @module
 */

/** A named stream of random numbers. */
export class RandomStream {
  readonly #key: readonly number[];
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** @param path What the stream is for: seed, index, then names. */
  constructor(...path: readonly (number | string)[]) {
    this.#key = path.map((part) => typeof part === "number" ? hashNumber(part) : hashText(part));
    const state = [0x9e3779b9, 0x243f6a88, 0xb7e15162].map((start) =>
      this.#key.reduce((hash, part, i) => mix(hash ^ part, i + 1), start)
    );
    [this.#a, this.#b, this.#c] = state as [number, number, number];
    for (let i = 0; i < 12; i++) this.bits(); // warm-up, so that near keys part
  }

  /** A stream of its own; it depends on this stream's path and the name, not on what was drawn so far. */
  fork(name: string | number): RandomStream {
    const child = new RandomStream(...this.#key.map(String), name);
    return child;
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const sum = (this.#a + this.#b | 0) + this.#count | 0;
    this.#count = this.#count + 1 | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = this.#c + (this.#c << 3) | 0;
    this.#c = ((this.#c << 21 | this.#c >>> 11) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [least, most). */
  uniform(least: number, most: number): number {
    return least + (most - least) * (this.bits() / 4294967296);
  }

  /** Normally distributed (Box–Muller). */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(0, 1)));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform(0, 1));
  }

  /** Normally distributed, but within ±2 deviations: what is out is drawn again. */
  near(mean: number, deviation: number): number {
    for (;;) {
      const value = this.normal(0, 1);
      if (Math.abs(value) <= 2) return mean + deviation * value;
    }
  }

  /** A whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform(0, n));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform(0, 1) < probability;
  }

  /** One of a list, all equally likely. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(choices.length)]!;
  }

  /** One of a record's keys, as likely as its number says; the numbers need not sum to one. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.uniform(0, entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    return entries.at(-1)![0];
  }
}

/** MurmurHash3's finaliser. */
function mix(hash: number, salt: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b) + salt | 0;
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}

function hashNumber(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`RandomStream: seeds and indices must be whole numbers from 0 to 2^53 - 1: got ${value}`);
  }
  return mix(mix(value | 0, 1) ^ Math.floor(value / 4294967296), 2);
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
