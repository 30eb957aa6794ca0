import { assert, assertEquals } from "@std/assert";
import { applyEffects, drawEffects, exposureOf, gaussianBlur } from "../../../lib/train/people/image_effects.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";

const none = {
  blur: 0,
  motion: [0, 0],
  gain: [1, 1, 1],
  contrast: 1,
  brightness: 0,
  saturation: 1,
  vignette: 0,
  grain: 0,
  detail: 1,
  quality: 0,
} as const;

Deno.test({
  name: "applyEffects() without effects is sRGB encoding",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const linear = new Float32Array(64 * 64 * 3).fill(0.2158605); // sRGB ½
    const bytes = await applyEffects(linear, 64, none, new RandomStream(1));
    assert(bytes.every((value) => Math.abs(value - 127.5) <= 1));
  },
});

Deno.test({
  name: "applyEffects() repeats to the byte, JPEG and resizing included",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const linear = Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 97) / 97);
    for (let k = 0; k < 10; k++) {
      const draw = () => {
        const stream = new RandomStream(3, k);
        return applyEffects(linear, 64, drawEffects(stream, 64), stream);
      };
      assertEquals(await draw(), await draw());
    }
  },
});

Deno.test("gaussianBlur() keeps the mean and spreads a point by its deviation", () => {
  const size = 41, picture = new Float32Array(size * size * 3), middle = 20;
  picture[3 * (middle * size + middle)] = 1;
  for (const deviation of [0.8, 2, 3.5]) {
    const blurred = gaussianBlur(picture, size, deviation);
    let sum = 0, square = 0;
    for (let i = 0; i < size * size; i++) {
      sum += blurred[3 * i]!;
      square += blurred[3 * i]! * (i % size - middle) ** 2;
    }
    assert(Math.abs(sum - 1) < 1e-5);
    assert(Math.abs(Math.sqrt(square) / deviation - 1) < 1e-3, `${Math.sqrt(square)} for ${deviation}`);
  }
});

Deno.test("exposureOf() brightens the dark and darkens the bright, and counts only the photo", () => {
  const dark = new Float32Array(30 * 30 * 3).fill(0.02), bright = new Float32Array(30 * 30 * 3).fill(0.9);
  assert(exposureOf(dark, 30, () => true) > 3 && exposureOf(bright, 30, () => true) < 0.6);
  assertEquals(exposureOf(dark, 30, () => false), 1);
});
