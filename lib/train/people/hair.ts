/**
 * # Hair and what is worn on the head
 *
 * ```
 * cropped  scalp moved away from the head's centre, less near the hairline
 * long     the hair helper mesh, cut to a length and opened before the face
 * hat      the upper part of an ellipsoid about the head, with a visor or a brim
 * ```
 *
 * Hats and styles marked as withheld are never used for training.
 *
 * @module
 */
import { dim, drawCloth, fromHsv, type Rgb } from "./colours.ts";
import type { Measures } from "./measures.ts";
import { noise } from "./noise.ts";
import type { RandomStream } from "./random.ts";
import type { RiggedMesh } from "./rigged_mesh.ts";
import { type Material, material } from "./surface.ts";

/** What is on a head. */
export interface Headwear {
  readonly style: string;
  /** How thick hair on the scalp is, metres; 0 for none. */
  readonly thickness: number;
  /** How lumpy it is, a share of the thickness. */
  readonly lumps: number;
  /** How far the hairline has gone up, metres. */
  readonly receding: number;
  /** Lowest y of long hair, if there is any. */
  readonly length?: number;
  readonly hat?: Hat;
  readonly material: Material;
}

/** A hat: an ellipsoid's part above an edge. */
export interface Hat {
  readonly kind: string;
  /** Metres between head and hat. */
  readonly room: number;
  /** Where its edge is: 0 at the head's middle, 1 at the top; sinks by `tilt` towards the back. */
  readonly edge: number;
  readonly tilt: number;
  /** How far a visor (in front) or brim (all round) reaches, metres. */
  readonly visor: number;
  readonly brim: number;
  /** Whether the sides come down beside the face. */
  readonly hood: boolean;
  readonly material: Material;
}

const HEAD_CENTRE = [0, 0.3, 0.075] as const; // of the template
const HAIRLINE: readonly (readonly [z: number, y: number])[] = [
  [-0.04, 0.2],
  [0.03, 0.215],
  [0.055, 0.262],
  [0.085, 0.3],
  [0.115, 0.335],
  [0.15, 0.352],
  [0.2, 0.356],
];

/** Draws hair and, for some, a hat. */
export function drawHeadwear(stream: RandomStream, hair: Rgb, withheld: boolean): Headwear {
  const style = withheld
    ? stream.weighted({ cropped: 3, long: 2, quiff: 2, receding: 1.5, bald: 0.6 })
    : stream.weighted({ cropped: 5, buzz: 1.5, full: 2, afro: 0.8, long: 4, bob: 1.6, bald: 1 });
  const u = (a: number, b: number) => stream.uniform(a, b);
  const thickness = {
    cropped: u(0.008, 0.02),
    buzz: 0.003,
    full: u(0.02, 0.035),
    afro: u(0.035, 0.06),
    long: u(0.008, 0.014),
    bob: u(0.008, 0.015),
    bald: 0,
    quiff: u(0.02, 0.03),
    receding: u(0.004, 0.01),
  }[style];
  const receding = style === "receding" ? u(0.02, 0.045) : u(-0.006, 0.01);
  const length = style === "long" ? u(-0.2, 0.12) : style === "bob" ? u(0.15, 0.22) : undefined;
  const hat = stream.chance(withheld ? 0.2 : 0.16) ? drawHat(stream, withheld) : undefined;
  const grain = u(0.1, 0.35), offset = u(0, 30);
  const paint = (x: number, y: number, z: number, out: Float64Array) => {
    const strand = 1 +
      grain * (noise(x * 220 + offset, y * 25, z * 220) + 0.6 * noise(x * 70, y * 12 + offset, z * 70));
    for (let c = 0; c < 3; c++) out[c] = hair[c]! * strand;
  };
  return {
    style,
    thickness: hat ? Math.min(thickness, 0.006) : thickness,
    lumps: style === "afro" ? 0.15 : u(0.15, 0.4),
    receding,
    material: material(paint, { gloss: u(0.02, 0.1), sharpness: 10, folds: 0.2, foldsPerMetre: 110, inside: 0.35 }),
    ...length === undefined || hat?.hood ? {} : { length },
    ...hat === undefined ? {} : { hat },
  };
}

function drawHat(r: RandomStream, withheld: boolean): Hat {
  const kind = withheld
    ? r.weighted({ hood: 1, brimmed: 1.2 })
    : r.weighted({ cap: 2.5, beanie: 2, helmet: 1.6, sunHat: 0.8 });
  const helmet = kind === "helmet",
    first = helmet ? drawCloth(r, 0.6) : drawCloth(r, 1.5),
    other = dim(first, r.pick([0.5, 1, 1, 1.6]));
  const stripe = helmet && r.chance(0.4) ? fromHsv(r.uniform(0, 1), 0.8, 0.8) : undefined;
  const paint = (x: number, y: number, _z: number, out: Float64Array) => {
    const colour = stripe && Math.abs(x) < 0.02 ? stripe : y < 0.345 ? other : first;
    for (let c = 0; c < 3; c++) out[c] = colour[c]!;
  };
  const cloth = material(paint, {
    folds: helmet ? 0 : 0.2,
    foldsPerMetre: 40,
    gloss: helmet ? r.uniform(0.2, 0.9) : 0.02,
    sharpness: helmet ? 40 : 10,
  });
  const base = { kind, room: 0.012, edge: 0.3, tilt: 0.25, visor: 0, brim: 0, hood: false, material: cloth };
  switch (kind) {
    case "cap":
      return { ...base, visor: r.uniform(0.05, 0.08) };
    case "beanie":
      return { ...base, room: r.uniform(0.012, 0.025), edge: r.uniform(0.12, 0.3), tilt: 0.4 };
    case "helmet":
      return {
        ...base,
        room: r.uniform(0.025, 0.045),
        edge: r.uniform(-0.1, 0.3),
        tilt: r.uniform(0.2, 0.6),
        visor: r.chance(0.3) ? 0.04 : 0,
      };
    case "hood":
      return { ...base, room: r.uniform(0.015, 0.03), edge: -0.95, tilt: 0, hood: true };
    default:
      return { ...base, room: 0.015, brim: r.uniform(0.05, 0.1), edge: 0.25, tilt: 0.15 };
  }
}

/** Negative where the scalp is bare. @param template The scalp's places at rest. */
export function hairline(template: Float32Array, receding: number): Float32Array {
  const keep = new Float32Array(template.length / 3);
  for (let v = 0, i = 0; v < keep.length; v++, i += 3) {
    const x = Math.abs(template[i]!), y = template[i + 1]!, z = template[i + 2]!;
    let k = 1;
    while (k < HAIRLINE.length - 1 && z > HAIRLINE[k]![0]) k++;
    const [z0, y0] = HAIRLINE[k - 1]!, [z1, y1] = HAIRLINE[k]!, t = Math.min(1, Math.max(0, (z - z0) / (z1 - z0)));
    const up = z > 0.06 ? receding * (1 + 0.8 * Math.min(1, x / 0.05)) : 0;
    const ear = y < 0.315 && z > 0.02 ? 0.0735 - x : 1;
    const ragged = 0.005 * noise(template[i]! * 130, y * 130, z * 130);
    keep[v] = Math.min(y - (y0 + (y1 - y0) * t) - up + ragged, ear);
  }
  return keep;
}

/** The scalp moved outwards to the hair's surface. */
export function growHair(
  scalp: RiggedMesh,
  shaped: Float32Array,
  keep: Float32Array,
  { thickness, lumps }: Headwear,
): Float32Array {
  const grown = shaped.slice(), [cx, cy, cz] = HEAD_CENTRE, { template } = scalp;
  for (let v = 0, i = 0; v < keep.length; v++, i += 3) {
    const x = template[i]! - cx, y = template[i + 1]! - cy, z = template[i + 2]! - cz, size = Math.hypot(x, y, z);
    const uneven = 1 + lumps * noise(template[i]! * 35, template[i + 1]! * 35, template[i + 2]! * 35);
    const away =
      (thickness * uneven * Math.min(1, Math.max(0, keep[v]! + 0.004) / (0.025 + 1.3 * thickness)) + 0.0015) / size;
    grown[i]! += x * away;
    grown[i + 1]! += y * away;
    grown[i + 2]! += z * away;
  }
  return grown;
}

/** Negative where long hair is cut off or the face looks out. */
export function cutLongHair(template: Float32Array, length: number, hat?: Hat): Float32Array {
  const under = hat ? HEAD_CENTRE[1] + 0.12 * (hat.edge - 0.5 * hat.tilt) + 0.01 : Infinity; // hair ends where the hat begins
  const keep = new Float32Array(template.length / 3);
  for (let v = 0, i = 0; v < keep.length; v++, i += 3) {
    const x = Math.abs(template[i]!), y = template[i + 1]!, z = template[i + 2]!;
    const face = z > 0.06 ? Math.max(x - 0.066 - Math.max(0, 0.25 - y) * 0.12, y - 0.352) : 1;
    keep[v] = Math.min(y - length, face, under - y);
  }
  return keep;
}

/** A hat's triangles at rest about a measured head; its vertices all follow the head. */
export function shapeHat(
  hat: Hat,
  { head }: Measures,
): { readonly vertices: Float32Array; readonly faces: Uint32Array } {
  const around = 28, down = 12, vertices: number[] = [], faces: number[] = [];
  const [cx, cy, cz] = head.centre, radius = head.half.map((half, axis) => half + hat.room - (axis === 0 ? 0.008 : 0));
  const edgeAt = (phi: number) => { // phi 0 in front
    if (hat.hood) return Math.cos(phi) > 0.55 ? 0.62 : -0.95;
    return hat.edge - hat.tilt * (1 - Math.cos(phi)) / 2;
  };
  for (let i = 0; i <= down; i++) {
    for (let j = 0; j < around; j++) {
      const phi = 2 * Math.PI * j / around, polar = Math.acos(edgeAt(phi)) * i / down;
      const wide = hat.hood && polar > Math.PI / 2 ? 1.05 : Math.sin(polar); // hoods fall straight onto the shoulders
      vertices.push(
        cx + radius[0]! * wide * Math.sin(phi),
        cy + radius[1]! * Math.cos(polar),
        cz + radius[2]! * wide * Math.cos(phi),
      );
    }
  }
  if (hat.visor > 0 || hat.brim > 0) {
    for (let j = 0; j < around; j++) {
      const phi = 2 * Math.PI * j / around, polar = Math.acos(edgeAt(phi));
      const out = hat.brim + hat.visor * Math.max(0, Math.cos(phi)) ** 0.7 * Number(Math.cos(phi) > 0.1) + 0.001;
      const x = Math.sin(polar) * Math.sin(phi), z = Math.sin(polar) * Math.cos(phi);
      vertices.push(
        cx + radius[0]! * x + out * Math.sin(phi),
        cy + radius[1]! * Math.cos(polar) - out * 0.25,
        cz + radius[2]! * z + out * Math.cos(phi),
      );
    }
  }
  const rings = vertices.length / 3 / around;
  for (let i = 0; i + 1 < rings; i++) {
    for (let j = 0; j < around; j++) {
      const a = i * around + j, b = i * around + (j + 1) % around;
      faces.push(a, a + around, b, b, a + around, b + around);
    }
  }
  return { vertices: Float32Array.from(vertices), faces: Uint32Array.from(faces) };
}
