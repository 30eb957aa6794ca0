/**
 * # Record and replace: every named tensor passes through one gate
 *
 * ```
 * tensor ──→ replace[name]? ──→ trace row ──→ record? keep a copy ──→ the next step
 * ```
 *
 * A step hands each of its tensors to the gate and goes on with what comes back. So every stop of the pipeline can be
 * looked at (`record`) and taken over (`replace`) without the steps knowing.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Intercept } from "../tensor/intercept.ts";
import { disposeAll } from "../tensor/scope.ts";
import { tensorInfo, TENSORS } from "./steps.ts";
import { Trace } from "./trace.ts";

/** Which tensors to keep: all, those whose name matches, or a list of names in which `*` stands for anything. */
export type RecordFilter = "all" | RegExp | readonly string[];

/** What a replacement is told beside the tensor. */
export interface ReplacementContext {
  /** The tensor's name. */
  readonly name: string;
  /** The Gaussian of each row of a chunk (the pelvis, located with every picture, has the number n); not with whole tensors. */
  readonly rows?: Int32Array;
}

/**
 * Returns the tensor that takes the place of `tensor`; it must have the same shape and dtype. Return `tensor` itself to
 * leave it as it is. The pipeline owns what is returned, and frees what else a synchronous function made on the way; an
 * asynchronous one frees that itself. For chunked tensors it is called once a chunk, and must be synchronous.
 */
export type Replacement = (tensor: tf.Tensor, context: ReplacementContext) => tf.Tensor | Promise<tf.Tensor>;

/** Replacements by tensor name. */
export type Replacements = Readonly<Record<string, Replacement>>;

/** The gate through which named tensors pass. */
export class Recorder {
  /** Rows and kept tensors. */
  readonly trace: Trace = new Trace();
  readonly #keeps: (name: string) => boolean;
  readonly #replace: Replacements;

  /** @throws {RangeError} if a name is none of the pipeline's tensors. */
  constructor(record: RecordFilter = [], replace: Replacements = {}) {
    this.#keeps = matcher(record);
    this.#replace = replace;
    for (const [name, replacement] of Object.entries(replace)) {
      expectKnown("replace", name);
      if (typeof replacement !== "function") {
        throw new TypeError(`replace: the replacement of "${name}" must be a function: got ${typeof replacement}`);
      }
    }
  }

  /** Whether a replacement was given for any of these tensors. */
  replacesAny(names: readonly string[]): boolean {
    return names.some((name) => Object.hasOwn(this.#replace, name));
  }

  /**
   * Lets a whole tensor pass: replaced if asked for, noted, and kept if asked for.
   *
   * @param tensor The step's tensor; ownership goes to the gate, which frees it if it is replaced.
   * @returns the tensor to go on with; the caller owns it.
   * @throws {TypeError} if the replacement is no tensor of the same shape.
   */
  async pass<T extends tf.Tensor>(
    name: string,
    tensor: T,
    { ms = 0, notes = [], keep = this.#keeps(name) }: { ms?: number; notes?: readonly string[]; keep?: boolean } = {},
  ): Promise<T> {
    const replacement = this.#replace[name];
    const whole = tensorInfo(name)?.residence === "whole"; // chunked tensors were replaced as they passed by
    let passed: tf.Tensor = tensor;
    try {
      if (replacement && whole) {
        passed = await scopedCall(() => replacement(tensor, { name }));
        expectSameShape(name, tensor, passed);
        if (passed !== tensor) tensor.dispose();
      }
      await this.trace.add(name, passed, {
        ms,
        notes: replacement ? [...notes, "replaced"] : notes,
        keep,
      });
    } catch (error) {
      disposeAll(tensor, passed); // what a replacement returned is the pipeline's, even when it will not do
      throw error;
    }
    return passed as T;
  }

  /** The gate for tensors that pass by in chunks: replaced if asked for, neither noted nor kept. */
  readonly intercept: Intercept = (name, tensor, rows) => {
    const replacement = this.#replace[name];
    if (!replacement) return tensor;
    const passed = replacement(tensor, { name, rows });
    if (passed instanceof Promise) {
      throw new TypeError(`replace: the replacement of "${name}" must not be asynchronous: it is called once a chunk`);
    }
    expectSameShape(name, tensor, passed);
    return passed as typeof tensor;
  };
}

/** Calls a function and frees the tensors it made but did not return; those of an asynchronous one are left to it. */
function scopedCall(fn: () => tf.Tensor | Promise<tf.Tensor>): tf.Tensor | Promise<tf.Tensor> {
  const engine = tf.engine();
  engine.startScope();
  let keep: tf.Tensor[] = [];
  try {
    const result = fn();
    const { track } = engine.state.activeScope as unknown as { track: tf.Tensor[] };
    keep = result instanceof tf.Tensor ? [result] : [...track];
    return result;
  } finally {
    engine.endScope(keep);
  }
}

function matcher(record: RecordFilter): (name: string) => boolean {
  if (record === "all") return () => true;
  if (record instanceof RegExp) {
    return (name) => new RegExp(record.source, record.flags.replace(/[gy]/g, "")).test(name);
  }
  if (!Array.isArray(record)) {
    throw new TypeError(`record: must be "all", a RegExp or a list of names: got ${String(record)}`);
  }
  const patterns = record.map((pattern: string) => {
    if (!pattern.includes("*")) expectKnown("record", pattern);
    const expression = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
    const known = TENSORS.some(({ name }) => expression.test(name) || pattern.startsWith(name.replace("*", "")));
    if (!known) throw new RangeError(`record: no tensor is called like "${pattern}": see docs/steps.md for the names`);
    return expression;
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function expectKnown(option: string, name: string): void {
  if (tensorInfo(name)) return;
  const step = TENSORS.filter((info) => info.name.startsWith(`${name.split(".")[0]}.`));
  const known = (step.length > 0 ? step : TENSORS).map((info) => info.name).join(", ");
  throw new RangeError(`${option}: no tensor is called "${name}": known are ${known}`);
}

function expectSameShape(name: string, before: tf.Tensor, after: unknown): void {
  if (!(after instanceof tf.Tensor)) throw new TypeError(`replace: the replacement of "${name}" must return a tensor`);
  if (after.shape.join() !== before.shape.join()) {
    throw new TypeError(`replace: the replacement of "${name}" must be [${before.shape}]: got [${after.shape}]`);
  }
  if (after.dtype !== before.dtype) {
    throw new TypeError(`replace: the replacement of "${name}" must be ${before.dtype}: got ${after.dtype}: cast it`);
  }
}
