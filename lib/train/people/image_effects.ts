/**
 * # What cameras and files do to pictures
 *
 * ```
 * linear → exposure → blur (lens, motion) → white balance → sRGB → contrast, saturation → vignette → grain → bytes
 * → fewer pixels and back → JPEG
 * ```
 *
 * Frozen encoders have seen ordinary photos; these make renders a little more like them, and teach what follows not to
 * rely on clean edges.
 *
 * @module
 */
import sharp from "sharp";
import { toEncoded } from "./colours.ts";
import type { RandomStream } from "./random.ts";

/** How a picture is spoilt. */
export interface Effects {
  /** Standard deviation of the lens' blur and length of motion in pixels of the picture, and the motion's direction. */
  readonly blur: number;
  readonly motion: readonly [x: number, y: number];
  readonly gain: readonly [r: number, g: number, b: number];
  readonly contrast: number;
  readonly brightness: number;
  /** 0 is grey, 1 unchanged. */
  readonly saturation: number;
  readonly vignette: number;
  /** Standard deviation of grain, 0..1 of full scale. */
  readonly grain: number;
  /** Share of the pixels' side that is kept; 1 keeps all. */
  readonly detail: number;
  /** JPEG quality, or 0 for none. */
  readonly quality: number;
}

/** Draws effects for a picture of `size` pixels a side. */
export function drawEffects(r: RandomStream, size: number): Effects {
  const unit = size / 256, moving = r.chance(0.08) ? r.uniform(1, 6) * unit : 0, angle = r.uniform(0, Math.PI);
  const exposure = Math.exp(r.near(0, 0.22)), warmth = r.near(0, 0.07), green = r.near(0, 0.02);
  return {
    blur: r.chance(0.5) ? r.uniform(0.3, r.chance(0.25) ? 2.2 : 0.9) * unit : 0,
    motion: [moving * Math.cos(angle), moving * Math.sin(angle)],
    gain: [exposure * (1 + warmth), exposure * (1 + green), exposure * (1 - warmth)],
    contrast: Math.exp(r.near(0, 0.13)),
    brightness: r.near(0, 0.04),
    saturation: r.chance(0.1) ? 0 : Math.max(0, r.near(0.95, 0.18)),
    vignette: r.chance(0.3) ? r.uniform(0, 0.35) : 0,
    grain: r.chance(0.6) ? r.uniform(0.002, 0.03) : 0,
    detail: r.chance(0.3) ? r.uniform(0.35, 0.9) : 1,
    quality: r.chance(0.7) ? Math.round(r.uniform(35, 95)) : 0,
  };
}

const MIDDLE = 0.24;
const ENCODE = Float32Array.from({ length: 4097 }, (_, i) => toEncoded(i / 4096));

/** The factor by which a camera would expose: it brings the mean towards a middle grey, most of the way. */
export function exposureOf(linear: Float32Array, size: number, counts: (x: number, y: number) => boolean): number {
  let sum = 0, pixels = 0;
  for (let y = 0; y < size; y += 3) {
    for (let x = 0; x < size; x += 3) {
      if (!counts((x + 0.5) / size, (y + 0.5) / size)) continue;
      const at = 3 * (y * size + x);
      sum += Math.min(1.5, 0.3 * linear[at]! + 0.6 * linear[at + 1]! + 0.1 * linear[at + 2]!);
      pixels++;
    }
  }
  return pixels > 0 ? (MIDDLE * pixels / Math.max(sum, 1e-3 * pixels)) ** 0.75 : 1;
}

/** Linear [size, size, 3] to sRGB bytes. */
export async function applyEffects(
  linear: Float32Array,
  size: number,
  effects: Effects,
  r: RandomStream,
): Promise<Uint8Array<ArrayBuffer>> {
  let picture = effects.blur > 0 ? gaussianBlur(linear, size, effects.blur) : linear;
  if (effects.motion[0] !== 0 || effects.motion[1] !== 0) picture = motionBlur(picture, size, effects.motion);
  const bytes = new Uint8ClampedArray(size * size * 3),
    { gain, contrast, brightness, saturation, vignette, grain } = effects;
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) {
      const dark = 1 - vignette * ((x / size - 0.5) ** 2 + (y / size - 0.5) ** 2) * 2;
      let red = encode(picture[at]! * gain[0] * dark),
        green = encode(picture[at + 1]! * gain[1] * dark),
        blue = encode(picture[at + 2]! * gain[2] * dark);
      const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
      red = grey + (red - grey) * saturation,
        green = grey + (green - grey) * saturation,
        blue = grey + (blue - grey) * saturation;
      const noise = grain > 0 ? grain * triangular(r) : 0,
        colour = grain > 0 && saturation > 0 ? grain * 0.5 * triangular(r) : 0;
      bytes[at] = 255 * ((red - 0.5) * contrast + 0.5 + brightness + noise + colour);
      bytes[at + 1] = 255 * ((green - 0.5) * contrast + 0.5 + brightness + noise);
      bytes[at + 2] = 255 * ((blue - 0.5) * contrast + 0.5 + brightness + noise - colour);
    }
  }
  return await recode(new Uint8Array(bytes.buffer), size, effects);
}

/** A sum of two even numbers: near enough to a bell, with deviation 1. */
const triangular = (r: RandomStream) => (r.bits() + r.bits()) * (2.4494897 / 4294967296) - 2.4494897;

const encode = (value: number) => ENCODE[Math.min(4096, Math.max(0, Math.round(value * 4096)))]!;

/** Fewer pixels and back, then through JPEG. */
async function recode(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  { detail, quality }: Effects,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = { raw: { width: size, height: size, channels: 3 as const } };
  let picture = bytes;
  if (detail < 1) {
    const small = Math.max(16, Math.round(size * detail));
    const reduced = await sharp(picture, raw).resize(small, small, { kernel: "cubic" }).raw().toBuffer();
    picture = owned(
      await sharp(reduced, { raw: { width: small, height: small, channels: 3 } }).resize(size, size, {
        kernel: "cubic",
      }).raw().toBuffer(),
    );
  }
  if (quality > 0) {
    const file = await sharp(picture, raw).jpeg({ quality }).toBuffer();
    picture = owned(await sharp(file).raw().toBuffer());
  }
  return picture;
}

const owned = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);

/**
 * Three box filters in a row are nearly a Gaussian. Boxes whose ends count by a share p have just the right variance:
 * p = (2l + 1)·(l·(l + 1) − σ²)/(2·(σ² − 3·(l + 1)²)), l whole pixels to either side.
 *
 * Source: Gwosdek et al., *Theoretical Foundations of Gaussian Convolution by Extended Box Filtering*, 2011.
 */
export function gaussianBlur(picture: Float32Array, size: number, deviation: number): Float32Array {
  const variance = deviation * deviation, whole = Math.floor((Math.sqrt(4 * variance + 1) - 1) / 2);
  const part = (2 * whole + 1) * (whole * (whole + 1) - variance) / (2 * (variance - 3 * (whole + 1) ** 2));
  const from = picture.slice(), to = new Float32Array(picture.length);
  for (let pass = 0; pass < 3; pass++) {
    boxes(from, to, size, whole, part, 3, 3 * size);
    boxes(to, from, size, whole, part, 3 * size, 3);
  }
  return from;
}

/** A box filter along one axis; edges repeat. @param step Between neighbours. @param stride Between lines. */
function boxes(
  from: Float32Array,
  to: Float32Array,
  size: number,
  whole: number,
  part: number,
  step: number,
  stride: number,
): void {
  const weight = 1 / (2 * whole + 1 + 2 * part), at = (i: number) => Math.min(size - 1, Math.max(0, i)) * step;
  for (let line = 0; line < size; line++) {
    for (let k = 0; k < 3; k++) {
      const start = line * stride + k;
      let sum = 0;
      for (let i = -whole; i <= whole; i++) sum += from[start + at(i)]!;
      for (let i = 0; i < size; i++) {
        const next = from[start + at(i + whole + 1)]!;
        to[start + i * step] = (sum + part * (from[start + at(i - whole - 1)]! + next)) * weight;
        sum += next - from[start + at(i - whole)]!;
      }
    }
  }
}

function motionBlur(picture: Float32Array, size: number, [dx, dy]: readonly [number, number]): Float32Array {
  const taps = Math.max(2, Math.ceil(Math.hypot(dx, dy)) + 1), out = new Float32Array(picture.length);
  for (let tap = 0; tap < taps; tap++) {
    const t = tap / (taps - 1) - 0.5, sx = Math.round(t * dx), sy = Math.round(t * dy);
    for (let y = 0; y < size; y++) {
      const row = Math.min(size - 1, Math.max(0, y + sy)) * size;
      for (let x = 0; x < size; x++) {
        const from = 3 * (row + Math.min(size - 1, Math.max(0, x + sx))), to = 3 * (y * size + x);
        for (let k = 0; k < 3; k++) out[to + k]! += picture[from + k]! / taps;
      }
    }
  }
  return out;
}
