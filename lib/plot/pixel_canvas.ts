/**
 * # Just enough of a canvas
 *
 * plotly paints heatmaps into an HTML canvas and embeds the result in its SVG. Without a browser there is no canvas, so
 * this class paints the few calls that plotly makes into an array of pixels: filled rectangles and whole images.
 *
 * @module
 */
import { encode } from "fast-png";
import { Buffer } from "node:buffer";

/** Bytes as base64 text. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** A rectangle of RGBA bytes, as canvas contexts exchange it. */
export interface PixelBlock {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4], 0..255, straight alpha. */
  readonly data: Uint8ClampedArray;
}

/** A 2-D drawing context that knows `fillRect`, `putImageData` and what plotly calls around them. */
export class PixelCanvas {
  /** The colour of the next `fillRect`: `#rgb`, `#rrggbb`, `rgb(…)` or `rgba(…)`. */
  fillStyle = "#000";
  readonly #pixels: Uint8ClampedArray;

  constructor(readonly width: number, readonly height: number) {
    this.#pixels = new Uint8ClampedArray(4 * width * height);
  }

  /** Paints a rectangle over what is there. */
  fillRect(left: number, top: number, width: number, height: number): void {
    const [red, green, blue, alpha] = parseColour(this.fillStyle);
    const right = Math.min(this.width, Math.round(left + width));
    const bottom = Math.min(this.height, Math.round(top + height));
    for (let y = Math.max(0, Math.round(top)); y < bottom; y++) {
      for (let x = Math.max(0, Math.round(left)); x < right; x++) {
        const i = 4 * (y * this.width + x);
        const below = this.#pixels[i + 3]! / 255;
        const covered = alpha + below * (1 - alpha); // Porter and Duff's "over", straight alpha
        for (const [channel, value] of [red, green, blue].entries()) {
          const mixed = value * alpha + this.#pixels[i + channel]! * below * (1 - alpha);
          this.#pixels[i + channel] = covered > 0 ? mixed / covered : 0;
        }
        this.#pixels[i + 3] = 255 * covered;
      }
    }
  }

  /** Makes everything transparent. */
  clearRect(): void {
    this.#pixels.fill(0);
  }

  /** A transparent block to be filled by the caller. */
  createImageData(width: number, height: number): PixelBlock {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  /** Replaces pixels by those of a block. */
  putImageData(block: PixelBlock, left = 0, top = 0): void {
    for (let y = 0; y < block.height; y++) {
      for (let x = 0; x < block.width; x++) {
        if (x + left < 0 || y + top < 0 || x + left >= this.width || y + top >= this.height) continue;
        const from = 4 * (y * block.width + x);
        this.#pixels.set(block.data.subarray(from, from + 4), 4 * ((y + top) * this.width + x + left));
      }
    }
  }

  /** The picture as a PNG data URI. */
  toDataUrl(): string {
    const png = encode({ width: this.width, height: this.height, data: this.#pixels, channels: 4, depth: 8 });
    return `data:image/png;base64,${base64(png)}`;
  }

  /** State that this canvas does not have; plotly saves, restores and transforms it to the identity only. */
  save(): void {}
  restore(): void {}
  beginPath(): void {}
  setTransform(): void {}
  scale(): void {}
  translate(): void {}
}

function parseColour(style: string): [red: number, green: number, blue: number, alpha: number] {
  const list = /rgba?\(([^)]+)\)/.exec(style)?.[1];
  if (list !== undefined) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = list.split(",").map(Number);
    return [red, green, blue, alpha];
  }
  const digits = style.replace("#", "");
  const full = digits.length === 3 ? digits.replaceAll(/./g, "$&$&") : digits;
  const [red, green, blue] = [0, 2, 4].map((i) => Number.parseInt(full.slice(i, i + 2), 16) || 0);
  return [red!, green!, blue!, 1];
}
