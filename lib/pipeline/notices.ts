/**
 * # What a reader must know before believing the numbers
 *
 * Weights that only a seed made, numbers that are not finite: each becomes a sentence that goes
 * with every result, so that nobody has to remember it.
 *
 * @module
 */
import type { Decoders } from "../gaussian/decode.ts";
import type { ViewChoice } from "../localize/locate_in_views.ts";
import type { Localizer } from "../localize/localizer.ts";
import type { TraceRow } from "./trace.ts";

/** What is not trained, in plain words. */
export function noticesOf(localizer: Localizer, decoders: Decoders): string[] {
  const notices: string[] = [];
  if (!localizer.trained) {
    notices.push(
      "The localizer is untrained: heatmaps, positions and uncertainties come from seeded random weights and mean nothing yet",
    );
  }
  if (!decoders.trained) {
    notices.push("The decoders are untrained: every Gaussian has the same neutral shape, opacity and grey");
  }
  return notices;
}

/** Where decoders that read on the body read when there is none in the photo. */
export const NO_BODY_TO_READ_AT =
  "Colours are read where the localizer found each Gaussian, because no body was fitted: these decoders learned from places on a " +
  "body, and who hides whom is that of the A-pose";

/** Why other views of the crop were not looked at, though they were asked for. */
export function cropAloneNotice(choice: ViewChoice): string {
  return `The crop alone was looked at, not "${choice}": the localizer is untrained, or a replaced tensor has no counterpart in other views`;
}

/** Which tensors hold NaN or infinities. */
export function nonFiniteNotices(rows: readonly TraceRow[]): string[] {
  const broken = rows.filter(({ nonFinite }) => nonFinite > 0);
  if (broken.length === 0) return [];
  const list = broken.map(({ name, nonFinite }) => `${name} (${nonFinite})`).join(", ");
  return [`Some numbers are not finite, first in ${broken[0]!.name}; what follows from them means nothing: ${list}`];
}
