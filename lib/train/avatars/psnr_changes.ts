/**
 * # What a change does to each person's pictures
 *
 * ```
 * Δ(person, kind) = mean PSNR after − mean PSNR before            over the person's pictures of that kind
 * ```
 *
 * A mean over people may hide that some lost much: so the worst person is told beside it.
 *
 * @module
 */
import type { AvatarMaker } from "./made_avatar.ts";
import type { ShownPicture } from "./measure_body.ts";
import { PICTURE_KINDS } from "./picture_table.ts";
import type { PictureKind, Subject } from "./subject.ts";

/** A change of pictures of one kind, dB. */
export interface PsnrChange {
  /** Over people. */
  readonly mean_db: number;
  readonly worst_person_db: number;
}

/** Remembers the PSNR of pictures of one run, by person. */
export class PsnrByPerson {
  readonly #sums = new Map<string, { sum: number; count: number }>();
  readonly #people: Subject["person"][] = [];

  /** Adds a picture; people are counted in the order in which they come. */
  add({ person }: Subject, { maker, truth, metrics }: ShownPicture): void {
    if (this.#people.at(-1) !== person) this.#people.push(person);
    const key = `${maker} ${truth.kind} ${this.#people.length - 1}`,
      entry = this.#sums.get(key) ?? { sum: 0, count: 0 };
    this.#sums.set(key, { sum: entry.sum + metrics.psnr, count: entry.count + 1 });
  }

  /** How this run differs from an earlier one on the same people, by kind of picture. */
  changesFrom(before: PsnrByPerson, maker: AvatarMaker): Record<PictureKind, PsnrChange> {
    const people = Math.min(this.#people.length, before.#people.length);
    return Object.fromEntries(PICTURE_KINDS.map((kind) => {
      const mean = (run: PsnrByPerson, person: number) => {
        const { sum, count } = run.#sums.get(`${maker} ${kind} ${person}`) ?? { sum: NaN, count: 1 };
        return sum / count;
      };
      const changes = Array.from({ length: people }, (_, i) => mean(this, i) - mean(before, i)).filter(Number.isFinite);
      const mean_db = changes.reduce((sum, change) => sum + change, 0) / changes.length;
      return [kind, { mean_db, worst_person_db: Math.min(...changes) }];
    })) as Record<PictureKind, PsnrChange>;
  }
}
