/**
 * # The fast rasteriser: the reference's work on all cores, four pixels at a time
 *
 * ```
 * project ∥ → sort → count → fill → paint ∥        unpaint ∥ → sum → unproject ∥        ∥: on all threads
 * ```
 *
 * What `rasterize.ts` and `rasterize_gradient.ts` do, written in AssemblyScript (the `.as` files beside this one) and compiled to a few
 * kilobytes of WebAssembly, `module.ts`. Geometry is in double precision as there, pixels are in single precision, so that pictures
 * differ by some 10⁻⁶, and where a number lies that near to a threshold, by whether a Gaussian of 1/255 is painted there.
 *
 * Every pixel is painted by one thread, and every sum is taken in one order, so that results are the same for any number of threads.
 *
 * All arrays lie in one shared memory that grows as needed, up to a gigabyte. A scene that needs more is refused (`undefined`), and the
 * reference draws it.
 *
 * @module
 */
import { clampedFrame, type Splats, STATE } from "../projection.ts";
import type { SplatGradients } from "../projection_gradient.ts";
import type { Color, Raster } from "../rasterize.ts";
import type { RasterGradient } from "../rasterize_gradient.ts";
import { TILE } from "../tiles.ts";
import type { View } from "../view.ts";
import { MODULE } from "./module.ts";
import { Threads } from "./threads.ts";

const PAGE = 65536, MAX_PAGES = 16384, SCRATCH = 8192, SORT_BUCKETS = 2048;
/** How many threads are started at most; the sort and the sums are the caller's alone. */
const MAX_THREADS = 8;
/** The phases of `Threads.run`. */
const PROJECT = 1, PAINT = 2, UNPAINT = 3, UNPROJECT = 4;
/** Where the table of places begins, in words, and the camera's numbers, in doubles; see `layout.as`. */
const PLACES = 16, NUMBERS = 24;

/** The arrays in the order of `layout.as`. */
const ARRAYS = [
  ..."means rotations scales opacity colors state records boxes orders starts cursors image depth light last scratch"
    .split(" "),
  ..."list slots sums byImage byDepth byInputs".split(" "),
] as const;

/** Draws with WebAssembly on `threads` threads. */
export class WasmRasterizer implements Disposable {
  readonly #memory: WebAssembly.Memory;
  readonly #threads: Threads;
  #places = new Map<string, number>();
  #end = PAGE;
  #pairs = 0;
  /** The picture that the memory holds. */
  #current: Raster | undefined;

  constructor(threads: number = Math.min(MAX_THREADS, navigator.hardwareConcurrency)) {
    this.#memory = new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES, shared: true });
    this.#threads = new Threads(compiled(), this.#memory, threads);
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    this.#threads[Symbol.dispose]();
  }

  /** As the reference's `rasterize`, but lent: the next picture is drawn in its place. Undefined if it needs more memory than there is. */
  rasterize(splats: Splats, view: View, background: Color): Raster | undefined {
    const { count } = splats, { width, height } = view, { exports } = this.#threads, pixels = width * height;
    this.#current = undefined;
    this.#places.clear();
    this.#end = PAGE;
    const columns = Math.ceil(width / TILE), rows = Math.ceil(height / TILE), tiles = columns * rows;
    const sizes = [12, 16, 12, 4, 12, 1, 64, 8, 16].map((bytes) => bytes * count);
    sizes.push(4 * (tiles + 1), 4 * Math.max((columns + 1) * (rows + 1), SORT_BUCKETS));
    sizes.push(16 * pixels, 4 * pixels, 4 * pixels, 4 * pixels);
    if (!this.#allocate(ARRAYS.slice(0, 16), [...sizes, SCRATCH * this.#threads.count])) return undefined;
    for (const name of ["means", "rotations", "scales", "opacity", "colors"] as const) {
      this.#floats(name, splats[name].length).set(splats[name]);
    }
    this.#write(count, view, background);
    this.#threads.run(PROJECT, count);
    const drawn = exports.sortByDepth();
    this.#pairs = exports.countPairs();
    if (this.#pairs < 0 || !this.#allocate(["list"], [4 * this.#pairs])) return undefined;
    exports.fillTiles(drawn);
    this.#threads.run(PAINT, tiles);

    const state = new Uint8Array(this.#memory.buffer, this.#places.get("state"), count);
    let invalid = 0;
    for (let i = 0; i < count; i++) if (state[i] === STATE.invalid) invalid++;
    const [image, depth] = [this.#floats("image", 4 * pixels), this.#floats("depth", pixels)];
    return this.#current = { image, depth, drawn, invalid };
  }

  /** As the reference's `rasterizeGradient`, lent likewise; draws again if `raster` is not the picture drawn last. */
  gradient(
    splats: Splats,
    view: View,
    background: Color,
    raster: Raster | undefined,
    { image, depth }: RasterGradient,
  ): SplatGradients | undefined {
    const { count } = splats, { width, height } = view, pixels = width * height;
    if ((!raster || raster !== this.#current) && !this.rasterize(splats, view, background)) return undefined;
    const sizes = [48 * this.#pairs, 48 * count, 16 * pixels, 4 * pixels, 72 * count];
    if (!this.#allocate(ARRAYS.slice(17), sizes)) return undefined;
    this.#floats("byImage", 4 * pixels).set(image);
    this.#floats("byDepth", pixels).set(depth);
    this.#threads.run(UNPAINT, Math.ceil(width / TILE) * Math.ceil(height / TILE));
    this.#threads.exports.sumSlots(this.#pairs);
    this.#threads.run(UNPROJECT, count);
    const all = this.#floats("byInputs", 18 * count);
    const part = (from: number, to: number) => all.subarray(from * count, to * count);
    const [means, rotations, scales] = [part(0, 3), part(3, 7), part(7, 10)];
    return { means, rotations, scales, opacity: part(10, 11), colors: part(11, 14), intrinsics: part(14, 18) };
  }

  /** Puts arrays behind those there are, in place of any of the same names; false if the memory cannot hold them. */
  #allocate(names: readonly string[], sizes: readonly number[]): boolean {
    const start = this.#places.get(names[0]!) ?? this.#end;
    let end = start;
    for (const [i, name] of names.entries()) {
      this.#places.set(name, end);
      end = Math.ceil((end + sizes[i]!) / 16) * 16;
    }
    const missing = Math.ceil(end / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (end > MAX_PAGES * PAGE) return false;
    try {
      if (missing > 0) this.#memory.grow(missing);
    } catch (error) {
      if (error instanceof RangeError) return false; // the system has no more
      throw error;
    }
    this.#end = end;
    const words = new Uint32Array(this.#memory.buffer, 4 * PLACES, ARRAYS.length);
    for (const name of names) words[ARRAYS.indexOf(name)] = this.#places.get(name)!;
    return true;
  }

  #floats(name: string, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#places.get(name), length);
  }

  #write(count: number, view: View, background: Color): void {
    const { width, height, fx, fy, cx, cy, rotation, translation } = view,
      { left, right, top, bottom } = clampedFrame(view);
    new Uint32Array(this.#memory.buffer, 4 * (PLACES + 24), 3).set([count, width, height]);
    const [w0, w1, w2, w3, w4, w5, ...third] = rotation, [tx, ty, tz] = translation; // x and y side by side, as in `layout.as`
    const camera = [fx, fy, cx, cy, w0!, w3!, w1!, w4!, w2!, w5!, tx!, ty!, ...third, tz!];
    const numbers = [...camera, ...background, 0, left, top, right, bottom, width, height];
    new Float64Array(this.#memory.buffer, 8 * NUMBERS, numbers.length).set(numbers);
  }
}

let module_: WebAssembly.Module | undefined;
function compiled(): WebAssembly.Module {
  return module_ ??= new WebAssembly.Module(Uint8Array.from(atob(MODULE), (letter) => letter.charCodeAt(0)));
}
