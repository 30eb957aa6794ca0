/**
 * # Backgrounds without depth: studios, clutter, clouds, shelves, curtains
 *
 * @module
 */
import { drawTexture } from "./background_textures.ts";
import { type Family, fill } from "./background_view.ts";
import { blend, dim, drawCloth, fromHsv } from "./colours.ts";
import { fractal, noise } from "./noise.ts";

/** A gradient, mottled a little. */
export const studio: Family = (r, { size }) => {
  const a = r.chance(0.6) ? fromHsv(r.uniform(0, 1), r.uniform(0, 0.15), r.uniform(0.1, 1)) : drawCloth(r),
    b = blend(a, dim(a, r.uniform(0.3, 1.3)), 1);
  const cx = r.uniform(0.2, 0.8),
    cy = r.uniform(0, 0.8),
    spread = r.uniform(0.3, 1.2),
    mottle = r.uniform(0, 0.15),
    o = r.uniform(0, 30);
  const draw = () =>
    fill(size, (x, y, out, at) => {
      const t = Math.min(1, Math.sqrt((x / size - cx) ** 2 + (y / size - cy) ** 2) / spread),
        m = 1 + mottle * fractal(x / size * 5 + o, y / size * 5, o, 4);
      for (let k = 0; k < 3; k++) out[at + k] = (a[k]! + (b[k]! - a[k]!) * t) * m;
    });
  return { family: "studio", ambience: { sky: a, ground: b }, draw };
};

/** Many plain things, one before the other. */
export const clutter: Family = (r, { size }) => {
  const base = drawCloth(r),
    count = 8 + r.integer(60),
    things = Array.from({ length: count }, () => ({
      x: r.uniform(-0.1, 1.1),
      y: r.uniform(-0.1, 1.1),
      w: r.uniform(0.02, 0.3) ** 1.3,
      h: r.uniform(0.02, 0.4) ** 1.3,
      round: r.chance(0.4),
      texture: drawTexture(r, drawCloth(r)),
      shade: r.uniform(0.4, 1.2),
    }));
  const ground = drawTexture(r, base);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size, y = py / size;
      const thing = things.findLast((t) =>
        t.round
          ? ((x - t.x) / t.w) ** 2 + ((y - t.y) / t.h) ** 2 < 1
          : Math.abs(x - t.x) < t.w && Math.abs(y - t.y) < t.h
      );
      const colour = thing ? dim(thing.texture(x * 2, y * 2), thing.shade) : ground(x * 2, y * 2);
      out.set(colour, at);
    });
  return { family: "clutter", ambience: { sky: base, ground: base }, draw };
};

/** Soft blots of three colours. */
export const clouds: Family = (r, { size }) => {
  const colours = [drawCloth(r), drawCloth(r), drawCloth(r)] as const,
    s = r.uniform(1, 7),
    o = r.uniform(0, 30),
    warp = r.uniform(0, 1);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size * s, y = py / size * s, bend = warp * noise(x * 0.7 + o, y * 0.7, 9);
      const t = 0.5 + 0.7 * fractal(x + bend + o, y + bend, 1, 4), v = 0.5 + 0.7 * fractal(x + o, y, 4, 4);
      for (let k = 0; k < 3; k++) {
        out[at + k] = Math.max(
          0,
          colours[0][k]! * (1 - t) * (1 - v) + colours[1][k]! * t * (1 - v) + colours[2][k]! * v,
        );
      }
    });
  return { family: "clouds", ambience: { sky: colours[0], ground: colours[1] }, draw };
};

/** Books on shelves. */
export const shelves: Family = (r, { size }) => {
  const high = r.uniform(0.09, 0.25),
    wood = fromHsv(r.uniform(0.05, 0.1), r.uniform(0.2, 0.6), r.uniform(0.2, 0.7)),
    o = r.integer(1000);
  const palette = Array.from({ length: 12 }, () => drawCloth(r)), tilt = r.near(0, 0.1);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size, y = py / size + tilt * x, row = Math.floor(y / high), v = y / high - row;
      const book = Math.floor((x + 0.013 * noise(x * 60 + row * 7.7, o, 1)) * 34),
        tall = 0.72 + 0.25 * noise(book * 3.3 + row * 11, o, 2);
      const colour = v > 0.92
        ? wood
        : 1 - v > tall
        ? dim(wood, 0.25)
        : dim(palette[(book * 7 + row * 5 + o) % 12]!, 0.6 + 0.3 * noise(x * 150, row, 3));
      out.set(colour, at);
    });
  return { family: "shelves", ambience: { sky: wood, ground: wood }, draw };
};

/** Folds of one colour. */
export const curtain: Family = (r, { size }) => {
  const colour = drawCloth(r), s = r.uniform(4, 14), o = r.uniform(0, 30);
  const draw = () =>
    fill(size, (px, py, out, at) => {
      const x = px / size + 0.02 * noise(py / size * 3, o, 1),
        fold = 0.55 + 0.45 * noise(x * s * 2 + o, py / size * 0.6, 2) + 0.15 * Math.sin(x * s * 9);
      out.set(dim(colour, Math.max(0.05, fold)), at);
    });
  return { family: "curtain", ambience: { sky: colour, ground: colour }, draw };
};
