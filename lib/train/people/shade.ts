/**
 * # From who is seen to what colour
 *
 * Every covered pixel of the buffer takes its face's place at rest (which gives the paint), its place in space (shadow),
 * its normal (light) and some folds, and becomes a linear colour; then `supersample`² pixels are averaged to one, and
 * their covered share is the picture's opacity. Where all of them show one surface, every second one is left out.
 *
 * @module
 */
import { type Lighting, ShadowMap } from "./light.ts";
import { noise } from "./noise.ts";
import { NOTHING, type SurfaceBuffer } from "../../body/surface_buffer.ts";
import { vertexNormals } from "./rigged_mesh.ts";
import type { Surface } from "./surface.ts";

/** A drawn scene without its background. */
export interface Shaded {
  readonly size: number;
  /** [size, size, 3] linear light, times opacity. */
  readonly colour: Float32Array;
  /** [size, size]: the covered share. */
  readonly opacity: Float32Array;
  /** [size, size]: the share covered by the person, clothes and hair included. */
  readonly person: Float32Array;
}

/** Lights the seen surfaces; `surfaces` in camera axes, in the order of the buffer's numbers. */
export function shade(
  buffer: SurfaceBuffer,
  surfaces: readonly Surface[],
  light: Lighting,
  shadow: ShadowMap,
  supersample: number,
): Shaded {
  const size = buffer.width / supersample, each = 1 / (supersample * supersample);
  const halved = 1 / Math.ceil(supersample * supersample / 2);
  const colour = new Float32Array(size * size * 3),
    opacity = new Float32Array(size * size),
    person = new Float32Array(size * size);
  const normals = surfaces.map(({ vertices, faces }) => vertexNormals(vertices, faces));
  const paint = new Float64Array(3), { towards, sun, sky, ground, up } = light;
  const whole = ofOneSurface(buffer, size, supersample);
  for (let row = 0, at = 0; row < buffer.height; row++) {
    const out = Math.floor(row / supersample) * size;
    for (let column = 0; column < buffer.width; column++, at++) {
      const number = buffer.surface[at]!;
      if (number === NOTHING) continue;
      const pixel = out + Math.floor(column / supersample);
      if (whole[pixel] === 1 && (row + column & 1) === 1) continue; // every second sample is enough inside a surface
      const share = whole[pixel] === 1 ? halved : each;
      const { faces, rest, vertices, material, person: isPerson } = surfaces[number]!, normal = normals[number]!;
      const f = 3 * buffer.face[at]!, a = 3 * faces[f]!, b = 3 * faces[f + 1]!, c = 3 * faces[f + 2]!;
      const u = buffer.u[at]!, v = buffer.v[at]!, w = 1 - u - v;
      const rx = u * rest[a]! + v * rest[b]! + w * rest[c]!;
      const ry = u * rest[a + 1]! + v * rest[b + 1]! + w * rest[c + 1]!;
      const rz = u * rest[a + 2]! + v * rest[b + 2]! + w * rest[c + 2]!;
      const px = u * vertices[a]! + v * vertices[b]! + w * vertices[c]!;
      const py = u * vertices[a + 1]! + v * vertices[b + 1]! + w * vertices[c + 1]!;
      const pz = u * vertices[a + 2]! + v * vertices[b + 2]! + w * vertices[c + 2]!;
      let nx = u * normal[a]! + v * normal[b]! + w * normal[c]!;
      let ny = u * normal[a + 1]! + v * normal[b + 1]! + w * normal[c + 1]!;
      let nz = u * normal[a + 2]! + v * normal[b + 2]! + w * normal[c + 2]!;
      const distance = Math.sqrt(px * px + py * py + pz * pz);
      const inside = nx * px + ny * py + nz * pz > 0.25 * distance; // the back of the cloth
      if (inside) nx = -nx, ny = -ny, nz = -nz;
      if (material.folds > 0) {
        const s = material.foldsPerMetre;
        nx += material.folds * noise(rx * s, ry * s * 0.6, rz * s);
        ny += material.folds * noise(rx * s + 9, ry * s * 0.6, rz * s);
        nz += material.folds * 0.5 * noise(rx * s, ry * s * 0.6 + 9, rz * s);
      }
      const scale = 1 / (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1);
      nx *= scale, ny *= scale, nz *= scale;
      material.paint(rx, ry, rz, paint);

      const t = material.translucent, facing = (nx * towards[0] + ny * towards[1] + nz * towards[2] + t) / (1 + t);
      const reached = facing > 0 ? shadow.lit(px, py, pz) : 0, direct = Math.max(0, facing) * reached;
      const above = 0.5 + 0.5 * (nx * up[0] + ny * up[1] + nz * up[2]);
      let glint = 0;
      if (material.gloss > 0 && reached > 0) {
        const hx = towards[0] - px / distance, hy = towards[1] - py / distance, hz = towards[2] - pz / distance;
        const half = (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
        if (half > 0) glint = material.gloss * reached * half ** material.sharpness;
      }
      const hidden = inside ? material.inside : 1;
      for (let k = 0; k < 3; k++) {
        const ambient = ground[k]! + (sky[k]! - ground[k]!) * above;
        colour[3 * pixel + k]! += share * hidden *
          (paint[k]! * (ambient + sun[k]! * direct) + glint * (sun[k]! + ambient * 0.3));
      }
      opacity[pixel]! += share;
      if (isPerson) person[pixel]! += share;
    }
  }
  return { size, colour, opacity, person };
}

/** 1 for each pixel all of whose samples show the same surface; only if samples alternate evenly. */
function ofOneSurface({ width, surface }: SurfaceBuffer, size: number, supersample: number): Uint8Array {
  const whole = new Uint8Array(size * size);
  if (supersample % 2 === 1) return whole;
  for (let y = 0, pixel = 0; y < size; y++) {
    for (let x = 0; x < size; x++, pixel++) {
      const first = y * supersample * width + x * supersample, number = surface[first]!;
      let same = 1;
      for (let j = 0; j < supersample; j++) {
        for (let i = 0; i < supersample; i++) if (surface[first + j * width + i] !== number) same = 0;
      }
      whole[pixel] = same;
    }
  }
  return whole;
}
