/**
 * # Subjects at a glance
 *
 * Up to three lines a subject: the photo and what its pictures truly are; those of its avatar; those of the avatar on the true body.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { encodeImage } from "../../image/write.ts";
import { contactSheet } from "../people/contact_sheet.ts";
import type { Person } from "../people/person.ts";
import type { ShownPicture } from "./measure_body.ts";
import type { Subject } from "./subject.ts";

type Tile = Pick<Person, "image" | "size">;

/** Collects pictures as they are measured. */
export class SubjectSheet {
  readonly #lines: Record<string, Tile[]>[] = [];
  #subject: Subject | undefined;

  /** @param size Pixels a side of the pictures. */
  constructor(readonly size: number) {}

  /** Adds a picture; those of a subject come together. */
  async add(subject: Subject, { maker, truth, shown }: ShownPicture): Promise<void> {
    const { size } = this, grey: Tile = { size, image: new Uint8Array(3 * size * size).fill(128) };
    if (subject !== this.#subject) {
      this.#subject = subject;
      const crop = tf.image.resizeBilinear(subject.crop, [size, size], false, true);
      this.#lines.push({ truth: [await tileOf(crop)], photo: [grey], truth_body: [grey] });
      crop.dispose();
    }
    const lines = this.#lines.at(-1)!;
    if (lines.truth!.length === lines[maker]!.length) lines.truth!.push(await tileOf(truth.image));
    lines[maker]!.push(await tileOf(shown.image));
  }

  /** The sheet as a PNG file; nothing if nobody was added. */
  async png(): Promise<Uint8Array | undefined> {
    const { size } = this, lines = this.#lines.flatMap((each) => Object.values(each)).filter((line) => line.length > 1);
    if (lines.length === 0) return undefined;
    const columns = Math.max(...lines.map((line) => line.length)), none = new Uint8Array(3 * size * size).fill(128);
    const tiles = lines.flatMap((line) => Array.from({ length: columns }, (_, i) => line[i] ?? { size, image: none }));
    const sheet = contactSheet(tiles, columns);
    return await encodeImage(sheet).finally(() => sheet.dispose());
  }
}

async function tileOf(picture: tf.Tensor3D): Promise<Tile> {
  const bytes = Uint8ClampedArray.from(await picture.data(), (value) => 255 * value);
  return { size: picture.shape[0], image: new Uint8Array(bytes.buffer) };
}
