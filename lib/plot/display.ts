/**
 * # Showing things in a notebook
 *
 * A value that has a method named by {@linkcode DISPLAY} shows itself when it is the last expression of a cell;
 * {@linkcode display} shows it from the middle of one. Outside the kernel its plain text is printed instead, so that
 * the same code runs as a script.
 *
 * @module
 */
import { inKernel } from "./kernel.ts";

/** The method by which Deno's kernel asks a value to show itself. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** One value in several forms, by MIME type; a front end shows the richest that it knows. */
export type MediaBundle = Readonly<Record<string, unknown>>;

/** Anything that can show itself in a notebook. */
export interface Displayable {
  /** The value's forms. */
  [DISPLAY](): MediaBundle | Promise<MediaBundle>;
}

/** The part of `Deno.jupyter` that is used here; it exists in the kernel alone. */
interface JupyterSide {
  display(
    bundle: MediaBundle,
    options: { raw: true; display_id?: string | undefined; update?: boolean | undefined },
  ): Promise<void>;
}

/** Where an output goes that is to be replaced later. */
export interface DisplayOptions {
  /** Names the output, so that it can be updated. */
  readonly id?: string;
  /** Replaces the output of that name instead of adding one. */
  readonly update?: boolean;
}

/** Shows a value now: in a notebook as its richest form, elsewhere as text. */
export async function display(value: Displayable, options: DisplayOptions = {}): Promise<void> {
  const bundle = await value[DISPLAY]();
  if (!inKernel) {
    console.log(bundle["text/plain"]);
    return;
  }
  const { jupyter } = Deno as unknown as { jupyter: JupyterSide };
  await jupyter.display(bundle, { raw: true, display_id: options.id, update: options.update });
}
