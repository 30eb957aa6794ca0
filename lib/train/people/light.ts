/**
 * # Light
 *
 * ```
 * colour = paint·( ambient(n) + sun·shadow·max(0, (n·l + t)/(1 + t)) )  +  gloss·sun·shadow·max(0, n·h)^s
 * ambient(n) = ground + (sky − ground)·(1 − n_y)/2             l: to the light, h: between l and the eye, t: translucency
 * ```
 *
 * in linear light and camera axes (y down). Shadows come from a depth map seen from the light, an orthographic one, read
 * with soft edges. Small hollows are darkened a little by the nearest depths around them (screen-space occlusion is
 * left to the shadow map; folds are shading alone).
 *
 * @module
 */
import { blend, fromHsv, type Rgb } from "./colours.ts";
import type { RandomStream } from "./random.ts";
import { clearSurfaceBuffer, createSurfaceBuffer, rasterize, type SurfaceBuffer } from "../../body/surface_buffer.ts";
import { apply, type Matrix, unit, type Vector } from "../../body/turns.ts";
import type { Surface } from "./surface.ts";

/** A light from afar and the light from all around. */
export interface Lighting {
  /** Unit vector towards the light, camera axes. */
  readonly towards: Vector;
  readonly sun: Rgb;
  readonly sky: Rgb;
  readonly ground: Rgb;
  /** Unit vector up in camera axes. */
  readonly up: Vector;
  /** Half width of the shadow's edge, in cells of the map. */
  readonly softness: number;
}

/** Draws a light. @param worldToCamera Rotation; the world's y is up. @param ambience Mean colour around, if known. */
export function drawLight(stream: RandomStream, worldToCamera: Matrix, ambience?: { sky: Rgb; ground: Rgb }): Lighting {
  const azimuth = stream.uniform(-Math.PI, Math.PI), height = stream.uniform(0.15, 1.35);
  const inWorld: Vector = [
    Math.sin(azimuth) * Math.cos(height),
    Math.sin(height),
    Math.cos(azimuth) * Math.cos(height),
  ];
  const soft = stream.chance(0.45), strength = soft ? stream.uniform(0.05, 0.5) : stream.uniform(0.5, 1.5);
  const warmth = stream.near(0, 0.12), level = stream.uniform(0.3, 0.75);
  const white: Rgb = [1 + warmth, 1, 1 - warmth];
  const sky = ambience ? blend(white, ambience.sky, 0.35) : white,
    ground = ambience ? blend(white, ambience.ground, 0.5) : fromHsv(0.08, 0.1, 0.8);
  return {
    towards: apply(worldToCamera, inWorld),
    sun: [strength * white[0], strength * white[1], strength * white[2]],
    sky: [sky[0] * level, sky[1] * level, sky[2] * level],
    ground: [ground[0] * level * 0.55, ground[1] * level * 0.55, ground[2] * level * 0.55],
    up: apply(worldToCamera, [0, 1, 0]),
    softness: soft ? stream.uniform(2, 5) : stream.uniform(0.7, 2),
  };
}

const SIDE = 160; // cells of the shadow map

/** The scene as the light sees it. */
export class ShadowMap {
  readonly #buffer: SurfaceBuffer;
  readonly #right: Vector;
  readonly #down: Vector;
  readonly #forward: Vector;
  readonly #centre: Vector;
  readonly #scale: number;
  readonly #softness: number;

  /** @param buffer Used again from picture to picture; see {@linkcode createShadowBuffer}. */
  constructor(surfaces: readonly Surface[], { towards, softness }: Lighting, buffer: SurfaceBuffer) {
    this.#buffer = buffer;
    this.#softness = softness;
    const forward: Vector = [-towards[0], -towards[1], -towards[2]];
    const right = unit(Math.abs(forward[1]) < 0.9 ? [forward[2], 0, -forward[0]] : [0, forward[2], -forward[1]]);
    const down: Vector = [
      forward[1] * right[2] - forward[2] * right[1],
      forward[2] * right[0] - forward[0] * right[2],
      forward[0] * right[1] - forward[1] * right[0],
    ];
    [this.#forward, this.#right, this.#down] = [forward, right, down];
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (const { vertices } of surfaces) {
      for (let i = 0; i < vertices.length; i += 9) {
        for (let c = 0; c < 3; c++) {
          low[c] = Math.min(low[c]!, vertices[i + c]!);
          high[c] = Math.max(high[c]!, vertices[i + c]!);
        }
      }
    }
    this.#centre = [0, 1, 2].map((c) => (low[c]! + high[c]!) / 2) as unknown as Vector;
    this.#scale = SIDE / (Math.hypot(high[0]! - low[0]!, high[1]! - low[1]!, high[2]! - low[2]!) * 1.02 + 0.05);
    clearSurfaceBuffer(buffer);
    surfaces.forEach(({ vertices, faces, keep }, k) => {
      const projected = new Float32Array(vertices.length);
      for (let i = 0; i < vertices.length; i += 3) {
        const [x, y, z] = this.#see(vertices[i]!, vertices[i + 1]!, vertices[i + 2]!);
        projected[i] = x;
        projected[i + 1] = y;
        projected[i + 2] = z;
      }
      rasterize(buffer, k, { projected, faces, keep, twoSided: true });
    });
  }

  /** The share of the light that reaches a place, 0..1. */
  lit(x: number, y: number, z: number, bias = 0.018): number {
    const [u, v, depth] = this.#see(x, y, z), { depth: map } = this.#buffer, r = this.#softness;
    let lit = 0;
    for (let j = 0; j < 3; j++) {
      for (let i = 0; i < 3; i++) {
        const column = Math.floor(u + (i - 1) * r), row = Math.floor(v + (j - 1) * r);
        const inside = column >= 0 && column < SIDE && row >= 0 && row < SIDE;
        if (!inside || map[row * SIDE + column]! > depth - bias) lit++;
      }
    }
    return lit / 9;
  }

  /** Cells to the right and down, and depth along the light plus 10 m. */
  #see(x: number, y: number, z: number): [number, number, number] {
    const dx = x - this.#centre[0], dy = y - this.#centre[1], dz = z - this.#centre[2];
    const r = this.#right, d = this.#down, f = this.#forward;
    return [
      SIDE / 2 + (r[0] * dx + r[1] * dy + r[2] * dz) * this.#scale,
      SIDE / 2 + (d[0] * dx + d[1] * dy + d[2] * dz) * this.#scale,
      10 + f[0] * dx + f[1] * dy + f[2] * dz,
    ];
  }
}

/** A buffer for shadow maps. */
export function createShadowBuffer(): SurfaceBuffer {
  return createSurfaceBuffer(SIDE, SIDE);
}
