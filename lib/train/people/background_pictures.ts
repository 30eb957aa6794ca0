/**
 * # Backgrounds cut from pictures
 *
 * Panoramas are looked into along the camera's rays, upright as the camera is; photos are cut, enlarged and mirrored.
 *
 * @module
 */
import { type Backdrop, fill, type Picture, rayOf, type View } from "./background_view.ts";
import { type Rgb, toLinear } from "./colours.ts";
import { fractal } from "./noise.ts";
import type { RandomStream } from "./random.ts";
import { apply, dot, unit, type Vector } from "../../body/turns.ts";

const DECODE = Float32Array.from({ length: 256 }, (_, i) => toLinear(i / 255));

/** A view into an all-round picture, by the ray's heading and height. */
export function panorama(r: RandomStream, view: View, picture: Picture): Backdrop {
  const turn = r.uniform(0, 2 * Math.PI), widen = r.uniform(1, 2.6), grain = r.uniform(0, 0.12), flip = r.pick([1, -1]);
  const up = apply(view.rotation, [0, 1, 0]), { width, height, pixels } = picture;
  const side = unit([up[1], -up[0], 0]),
    ahead: Vector = [
      side[1] * up[2] - side[2] * up[1],
      side[2] * up[0] - side[0] * up[2],
      side[0] * up[1] - side[1] * up[0],
    ];
  const draw = () =>
    fill(view.size, (px, py, out, at) => {
      const [x, y] = rayOf(view, px, py), d = unit([x * widen, y * widen, 1]);
      const u = (flip * Math.atan2(dot(side, d), -dot(ahead, d)) + turn) / (2 * Math.PI),
        v = Math.acos(Math.min(1, Math.max(-1, dot(up, d)))) / Math.PI;
      const m = 1 + grain * fractal(px / 9, py / 9, turn, 3);
      bilinear(picture, (u - Math.floor(u)) * width, v * height, out, at, m);
    });
  const mean = (from: number, to: number): Rgb => {
    const sum = [0, 0, 0], rows = Math.max(1, Math.floor((to - from) * height));
    for (let y = Math.floor(from * height), i = 0; i < rows; i++) {
      for (let x = 0; x < width; x += 4) {
        for (let k = 0; k < 3; k++) sum[k]! += DECODE[pixels[3 * ((y + i) * width + x) + k]!]!;
      }
    }
    const most = Math.max(...sum, 1e-6);
    return [sum[0]! / most, sum[1]! / most, sum[2]! / most];
  };
  return { family: "panorama", ambience: { sky: mean(0, 0.5), ground: mean(0.55, 1) }, draw };
}

/** A cut from a photo, enlarged or reduced, perhaps mirrored. */
export function photo(r: RandomStream, { size }: View, picture: Picture): Backdrop {
  const { width, height } = picture,
    cut = Math.min(width, height) * r.uniform(0.35, 1),
    x0 = r.uniform(0, width - cut),
    y0 = r.uniform(0, height - cut);
  const flip = r.chance(0.5), exposure = r.uniform(0.7, 1.2);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const u = (px + 0.5) / size, x = x0 + (flip ? 1 - u : u) * cut, y = y0 + (py + 0.5) / size * cut;
      bilinear(picture, x, y, out, at, exposure);
    });
  return { family: "photo", ambience: { sky: [1, 1, 1], ground: [0.8, 0.8, 0.8] }, draw };
}

function bilinear(
  { width, height, pixels }: Picture,
  x: number,
  y: number,
  out: Float32Array,
  at: number,
  gain: number,
): void {
  const fx = Math.max(0, x - 0.5),
    fy = Math.max(0, y - 0.5),
    i = Math.floor(fx),
    j = Math.min(height - 1, Math.floor(fy)),
    u = fx - i,
    v = Math.min(1, fy - j);
  const i0 = i % width, i1 = Math.min(width - 1, i0 + 1), j1 = Math.min(height - 1, j + 1);
  for (let k = 0; k < 3; k++) {
    const top = DECODE[pixels[3 * (j * width + i0) + k]!]! * (1 - u) + DECODE[pixels[3 * (j * width + i1) + k]!]! * u;
    const low = DECODE[pixels[3 * (j1 * width + i0) + k]!]! * (1 - u) + DECODE[pixels[3 * (j1 * width + i1) + k]!]! * u;
    out[at + k] = (top * (1 - v) + low * v) * gain;
  }
}
