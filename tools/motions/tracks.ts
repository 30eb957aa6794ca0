/**
 * # Curves through keys, on a circle
 *
 * ```
 * x(p) = cubic Hermite between keys, slopes of Catmull and Rom        p: phase in 0..1, and 1 is 0 again
 * ```
 *
 * @module
 */

/** A number that depends on the phase; any real phase is taken modulo 1. */
export type Track = (phase: number) => number;

/** A smooth periodic curve through keys. */
export function track(...keys: readonly (readonly [phase: number, value: number])[]): Track {
  const n = keys.length;
  const key = (i: number): [number, number] => {
    const turns = Math.floor(i / n), [phase, value] = keys[i - turns * n]!;
    return [phase + turns, value];
  };
  const slope = (i: number) => (key(i + 1)[1] - key(i - 1)[1]) / (key(i + 1)[0] - key(i - 1)[0]);
  return (phase) => {
    const p = phase - Math.floor(phase);
    let i = n - 1;
    while (i >= 0 && keys[i]![0] > p) i--; // −1: between the last key and the first
    const [[from, a], [to, b]] = [key(i), key(i + 1)];
    return hermite(a, slope(i) * (to - from), b, slope(i + 1) * (to - from), (p - from) / (to - from));
  };
}

/** amplitude·sin(2π·(cycles·phase + shift)) */
export function wave(amplitude: number, cycles = 1, shift = 0): Track {
  return (phase) => amplitude * Math.sin(2 * Math.PI * (cycles * phase + shift));
}

/** From a with slope da to b with slope db, at 0..1. */
export function hermite(a: number, da: number, b: number, db: number, t: number): number {
  const back = 1 - t;
  return back * back * ((1 + 2 * t) * a + t * da) + t * t * ((1 + 2 * back) * b - back * db);
}

/** 0 to 1 with no slope at either end. */
export function ease(t: number): number {
  const s = Math.min(1, Math.max(0, t));
  return s * s * (3 - 2 * s);
}
