/**
 * # How an example's picture is turned and mirrored
 *
 * | `turns` | quarter turns of a picture | for |
 * |---|---|---|
 * | k = 0 … 3 | k, of every picture | measuring at a fixed turn |
 * | `"drawn"` | 1 to 3, by the example's number | people any way up in pictures any way up |
 * | `"upright"` | those that bring pelvis → neck nearest to up | the views from which `views: "upright"` reads positions |
 *
 * {@link ../localize/locate_in_views.ts} turns a crop by the trunk that it finds, and keeps the turn where the joints are surer then: so a person upside
 * down is located in a picture that stands on its head. `"upright"` makes such pictures; here the true trunk says by how much they are turned.
 *
 * In training sets every second example shows its person mirrored; in sets for measuring none does, unless `flips` says all.
 *
 * @module
 */
import type { QuarterTurns } from "../image/turn.ts";
import type { CropView } from "../localize/crop_views.ts";
import { trunkDirection, turnsToUpright } from "../localize/locate_in_views.ts";
import { RandomStream } from "./people/random.ts";
import { isForTraining } from "./people/sets.ts";
import type { ExamplesConfig } from "./run.ts";

/** Quarter turns of pictures: how many, or how they are chosen. */
export const TURNS = [0, 1, 2, 3, "drawn", "upright"] as const;
/** One of {@linkcode TURNS}. */
export type Turns = typeof TURNS[number];

/**
 * How an example shows its person.
 *
 * @param index The example's number.
 * @param joints [55, 3] camera axes, metres, of the person in the picture as it was drawn.
 * @returns the view; the turns must be known ({@linkcode expectTurns}).
 */
export function viewOf(
  { set, seed, flips, turns = 0 }: Pick<ExamplesConfig, "set" | "seed" | "flips" | "turns">,
  index: number,
  joints: ArrayLike<number>,
): CropView {
  const mirrored = flips === "all" || isForTraining(set) && index % 2 === 1;
  return { mirrored, turns: turnsOf(turns, seed, index, joints) };
}

/**
 * Checks an option before anything is made with it.
 *
 * @throws {RangeError} if the turns are none of {@linkcode TURNS}.
 */
export function expectTurns(caller: string, turns: Turns): void {
  if (!TURNS.includes(turns)) {
    throw new RangeError(`${caller}: turns must be one of ${TURNS.join(", ")}: got ${turns}`);
  }
}

function turnsOf(turns: Turns, seed: number, index: number, joints: ArrayLike<number>): QuarterTurns {
  if (turns === "drawn") return 1 + new RandomStream(seed, "turns", index).integer(3) as QuarterTurns;
  return turns === "upright" ? turnsToUpright(trunkDirection(joints)) : turns;
}
