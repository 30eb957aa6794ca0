/**
 * # How an example's picture is turned and mirrored
 *
 * | `turns` | quarter turns of a picture | what it teaches |
 * |---|---|---|
 * | k = 0 … 3 | k, for all | |
 * | `"drawn"` | 1 to 3, by the example's number | people any way up, in pictures any way up |
 * | `"upright"` | those that bring pelvis → neck nearest to up | what is seen in the view in which `views: "upright"` locates |
 *
 * Somebody on her head is found by turning the crop ({@link ../localize/locate_in_views.ts}), so what is located at last is mostly a picture
 * whose trunk points up, in a room that lies on its side. `"upright"` draws those, by the true trunk where `locate` has to find it.
 *
 * To train on, every second example shows its person mirrored; to measure, none.
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
 * @throws {RangeError} if the turns are none of {@linkcode TURNS}.
 */
export function viewOf(
  { set, seed, flips, turns = 0 }: Pick<ExamplesConfig, "set" | "seed" | "flips" | "turns">,
  index: number,
  joints: ArrayLike<number>,
): CropView {
  const mirrored = flips === "all" || isForTraining(set) && index % 2 === 1;
  return { mirrored, turns: turnsOf(turns, seed, index, joints) };
}

function turnsOf(turns: Turns, seed: number, index: number, joints: ArrayLike<number>): QuarterTurns {
  if (turns === "drawn") return 1 + new RandomStream(seed, "turns", index).integer(3) as QuarterTurns;
  if (turns === "upright") return turnsToUpright(trunkDirection(joints));
  if (TURNS.includes(turns)) return turns;
  throw new RangeError(`examples: turns must be one of ${TURNS.join(", ")}: got ${turns}`);
}
