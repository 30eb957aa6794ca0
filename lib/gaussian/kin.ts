/**
 * # Kin: where else on the body the photo may show what a Gaussian hides
 *
 * A photo sees less than half of a person. For the rest the body itself says where to look: the other side of it is a mirror
 * image, a shirt is of one cloth front and back, a trouser leg is of one colour from hip to ankle. So each Gaussian is offered
 * K = 14 colours of the photo,
 *
 * ```
 * c_0        the pixel at its own place
 * c_1        the pixel at its mirror image's place              left ↔ right
 * c_2        the pixel at the place across the body             same x and y at rest, facing the other way in z
 * c_3        the mean of the region it is in                    hair, face, trunk, upper arms, forearms, hands, thighs, shins, feet
 * c_4 … c_12 the means of all nine regions
 * c_13       what is seen around: from the border of what is seen, colours spread over the skin, ring by ring
 * ```
 *
 * each with a weight w_k from 0 (the photo does not show it) to 1 (seen, face on): what is hidden offers nothing, whatever pixel
 * lies at its place, and what is seen around counts e times less every 15 cm. Which Gaussians are kin depends on the template
 * alone and is worked out once.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Template } from "../body/gaussians.ts";
import { jointIndex } from "../body/joints.ts";
import { expectShape } from "../tensor/shape.ts";

/** The parts of a person that tend to be of one colour. */
export const REGIONS = [
  "hair",
  "face",
  "trunk",
  "upper arms",
  "forearms",
  "hands",
  "thighs",
  "shins",
  "feet",
] as const;

const KINDS = ["own", "mirror", "across", "own region"] as const;
/** K, how many colours a Gaussian is offered. */
export const KIN: number = KINDS.length + REGIONS.length + 1;
/** The prior logits: whom an untrained network trusts, among those that are seen. */
export const TRUST: readonly number[] = [4, 2, 1, 1, ...REGIONS.map(() => -3), 1];

const NEIGHBOURS = 6;
const CERTAIN = 0.4; // own weight from which a Gaussian is a source of what spreads
const FADING = 0.15; // metres

/** Who is whose kin. */
export interface Kin {
  /** [n]: the Gaussian at the mirrored place. */
  readonly mirror: Int32Array;
  /** [n]: the Gaussian across the body. */
  readonly across: Int32Array;
  /** [n]: number of the region in {@linkcode REGIONS}. */
  readonly region: Uint8Array;
  /** [n, 6]: the Gaussians nearest at rest. */
  readonly neighbours: Int32Array;
  /** [n] metres: mean distance to them. */
  readonly spacing: Float32Array;
}

/** Colours on offer. */
export interface KinColours {
  /** Red, green and blue, each [n, K], 0..1. */
  readonly colours: readonly [red: tf.Tensor2D, green: tf.Tensor2D, blue: tf.Tensor2D];
  /** w [n, K], 0..1. */
  readonly weights: tf.Tensor2D;
}

const known = new WeakMap<Template, Promise<Kin>>();

/** A template's kin; worked out once. */
export function kinOf(template: Template): Promise<Kin> {
  const found = known.get(template) ?? findKin(template);
  known.set(template, found);
  return found;
}

async function findKin(template: Template): Promise<Kin> {
  const { body, count: n, faceOf } = template;
  const [places, corners, joints] = await Promise.all([
    template.canonical.data(),
    body.template.data(),
    body.jointTemplate.data(),
  ]) as Float32Array[];
  const facing = new Int8Array(n); // towards +z or not
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [0, 1, 2].map((k) => 3 * body.faces[3 * faceOf[i]! + k]!) as [number, number, number];
    const v = corners!;
    const turn = (v[b]! - v[a]!) * (v[c + 1]! - v[a + 1]!) - (v[b + 1]! - v[a + 1]!) * (v[c]! - v[a]!);
    facing[i] = turn > 0 ? 1 : -1;
  }
  const all = new Nearest(places!, n, [1, 1, 1]),
    flat = [-1, 1].map((side) => new Nearest(places!, n, [1, 1, 0.15], (i) => facing[i] === side));
  const mirror = new Int32Array(n), across = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const [x, y, z] = [places![3 * i]!, places![3 * i + 1]!, places![3 * i + 2]!];
    mirror[i] = all.find(-x, y, z);
    across[i] = flat[facing[i]! > 0 ? 0 : 1]!.find(x, y, z);
  }
  const neighbours = new Int32Array(n * NEIGHBOURS), spacing = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const near = all.around(i, NEIGHBOURS);
    near.forEach(([other, distance], k) => {
      neighbours[i * NEIGHBOURS + k] = other;
      spacing[i]! += distance / NEIGHBOURS;
    });
  }
  const region = await regionsOf(template, places!, joints!);
  return { mirror, across, region, neighbours, spacing };
}

/** The region of each Gaussian: by the joint that moves its face most; the head is divided by place. */
async function regionsOf({ body, count, faceOf }: Template, places: Float32Array, joints: Float32Array) {
  const J = body.parents.length, weights = await body.weights.data() as Float32Array;
  const region = (name: typeof REGIONS[number]) => REGIONS.indexOf(name);
  const byJoint = body.jointNames.map((name) => {
    if (/^(head|jaw|neck|left_eye|right_eye)/.test(name)) return region("face");
    if (/spine|collar/.test(name)) return region("trunk");
    if (/shoulder/.test(name)) return region("upper arms");
    if (/elbow/.test(name)) return region("forearms");
    if (/pelvis|hip/.test(name)) return region("thighs");
    if (/knee/.test(name)) return region("shins");
    return /ankle|foot/.test(name) ? region("feet") : region("hands");
  });
  const eye = 3 * jointIndex("left_eye_smplhf"), head = 3 * jointIndex("head"), neck = jointIndex("neck");
  const browY = joints[eye + 1]! + 0.045, earZ = joints[head + 2]! + 0.02, napeY = joints[head + 1]!;
  return Uint8Array.from({ length: count }, (_, i) => {
    const corners = body.faces.subarray(3 * faceOf[i]!, 3 * faceOf[i]! + 3);
    const moves = (j: number) =>
      weights[J * corners[0]! + j]! + weights[J * corners[1]! + j]! + weights[J * corners[2]! + j]!;
    let joint = 0;
    for (let j = 1; j < J; j++) if (moves(j) > moves(joint)) joint = j;
    const found = byJoint[joint]!, y = places[3 * i + 1]!, z = places[3 * i + 2]!;
    const hairy = found === region("face") && joint !== neck && (y > browY || (z < earZ && y > napeY));
    return hairy ? region("hair") : found;
  });
}

/**
 * The colours on offer for each Gaussian.
 *
 * @param rgb [n, 3]: the photo at each Gaussian's place, 0..1.
 * @param sight [n, 2]: seen 0..1 and the cosine to the viewer, as `sightOf` gives it.
 * @returns colours and weights; the caller disposes of them.
 * @throws {TypeError} if the shapes do not fit.
 */
export async function kinColours(rgb: tf.Tensor2D, sight: tf.Tensor2D, kin: Kin): Promise<KinColours> {
  const n = kin.region.length;
  expectShape("kinColours", { rgb, sight }, { rgb: `${n} 3`, sight: `${n} 2` });
  const [pixels, seen] = await Promise.all([rgb.data(), sight.data()]) as [Float32Array, Float32Array];
  const own = Float32Array.from(
    { length: n },
    (_, i) => seen[2 * i]! * Math.max(0, Math.min(1, 0.2 + seen[2 * i + 1]!)),
  );
  const sums = REGIONS.map(() => [0, 0, 0, 0, 0]); // red, green, blue, weight, number
  for (let i = 0; i < n; i++) {
    const sum = sums[kin.region[i]!]!, w = own[i]! ** 2;
    for (let c = 0; c < 3; c++) sum[c]! += w * pixels[3 * i + c]!;
    sum[3]! += w;
    sum[4]!++;
  }
  const means = sums.map(([r, g, b, w, count]) => ({
    colour: [r!, g!, b!].map((value) => w! > 1e-6 ? value / w! : 0.5),
    weight: Math.min(1, 10 * w! / Math.max(1, count!)), // a tenth of a region tells its colour
  }));
  const colours = [0, 1, 2].map(() => new Float32Array(n * KIN)), weights = new Float32Array(n * KIN);
  for (let i = 0; i < n; i++) {
    [i, kin.mirror[i]!, kin.across[i]!].forEach((other, k) => {
      weights[i * KIN + k] = own[other]!;
      for (let c = 0; c < 3; c++) colours[c]![i * KIN + k] = pixels[3 * other + c]!;
    });
    [kin.region[i]!, ...REGIONS.keys()].forEach((r, k) => {
      weights[i * KIN + 3 + k] = means[r]!.weight;
      for (let c = 0; c < 3; c++) colours[c]![i * KIN + 3 + k] = means[r]!.colour[c]!;
    });
  }
  spreadAround(own, pixels, kin, colours, weights);
  const [red, green, blue] = colours.map((channel) => tf.tensor2d(channel, [n, KIN])) as [T, T, T];
  return { colours: [red, green, blue], weights: tf.tensor2d(weights, [n, KIN]) };
}
type T = tf.Tensor2D;

/** c_13: sources keep their pixels; ring by ring the others take the mean of those around them that have a colour. */
function spreadAround(
  own: Float32Array,
  pixels: Float32Array,
  { neighbours, spacing }: Kin,
  colours: readonly Float32Array[],
  weights: Float32Array,
): void {
  const n = own.length, last = KIN - 1, distance = new Float32Array(n).fill(Infinity);
  let reached: number[] = [];
  for (let i = 0; i < n; i++) {
    if (own[i]! < CERTAIN) continue;
    distance[i] = 0;
    reached.push(i);
    for (let c = 0; c < 3; c++) colours[c]![i * KIN + last] = pixels[3 * i + c]!;
  }
  for (let rest = n - reached.length; rest > 0 && reached.length > 0; rest -= reached.length) {
    const ring: number[] = [];
    for (let i = 0; i < n; i++) {
      if (distance[i] !== Infinity) continue;
      let count = 0, nearest = Infinity;
      const sum = [0, 0, 0];
      for (let k = 0; k < NEIGHBOURS; k++) {
        const other = neighbours[i * NEIGHBOURS + k]!;
        if (distance[other] === Infinity) continue;
        for (let c = 0; c < 3; c++) sum[c]! += colours[c]![other * KIN + last]!;
        nearest = Math.min(nearest, distance[other]!);
        count++;
      }
      if (count === 0) continue;
      ring.push(i);
      for (let c = 0; c < 3; c++) colours[c]![i * KIN + last] = sum[c]! / count;
      weights[i * KIN + last] = nearest + spacing[i]!; // a distance, until the ring is complete
    }
    for (const i of ring) distance[i] = weights[i * KIN + last]!;
    reached = ring;
  }
  for (let i = 0; i < n; i++) weights[i * KIN + last] = Math.exp(-distance[i]! / FADING);
}

const CELL = 0.025; // metres

/** The nearest of some points by way of cells; axes may count for less. */
class Nearest {
  readonly #cells = new Map<number, number[]>();

  constructor(
    readonly places: Float32Array,
    n: number,
    readonly scale: readonly [number, number, number],
    belongs: (i: number) => boolean = () => true,
  ) {
    for (let i = 0; i < n; i++) {
      if (!belongs(i)) continue;
      const key = this.#key(...this.#cellOf(places[3 * i]!, places[3 * i + 1]!, places[3 * i + 2]!));
      const cell = this.#cells.get(key);
      if (cell) cell.push(i);
      else this.#cells.set(key, [i]);
    }
  }

  find(x: number, y: number, z: number): number {
    const [cx, cy, cz] = this.#cellOf(x, y, z), [sx, sy, sz] = this.scale;
    let best = 0, least = Infinity;
    for (let ring = 1; ring <= 64 && least > ((ring - 1) * CELL) ** 2; ring++) {
      for (let i = -ring; i <= ring; i++) {
        for (let j = -ring; j <= ring; j++) {
          for (let k = -ring; k <= ring; k++) {
            if (ring > 1 && Math.max(Math.abs(i), Math.abs(j), Math.abs(k)) < ring) continue; // looked into before
            for (const other of this.#cells.get(this.#key(cx + i, cy + j, cz + k)) ?? []) {
              const dx = sx * (this.places[3 * other]! - x), dy = sy * (this.places[3 * other + 1]! - y);
              const dz = sz * (this.places[3 * other + 2]! - z), distance = dx * dx + dy * dy + dz * dz;
              if (distance < least) [best, least] = [other, distance];
            }
          }
        }
      }
    }
    return best;
  }

  /** The `count` nearest of all points to point i, itself excepted, with their distances. */
  around(i: number, count: number): [other: number, distance: number][] {
    const p = this.places, [x, y, z] = [p[3 * i]!, p[3 * i + 1]!, p[3 * i + 2]!], [cx, cy, cz] = this.#cellOf(x, y, z);
    for (let ring = 1;; ring *= 2) {
      const found: [number, number][] = [];
      for (let a = -ring; a <= ring; a++) {
        for (let b = -ring; b <= ring; b++) {
          for (let c = -ring; c <= ring; c++) {
            for (const other of this.#cells.get(this.#key(cx + a, cy + b, cz + c)) ?? []) {
              if (other === i) continue;
              found.push([other, Math.hypot(p[3 * other]! - x, p[3 * other + 1]! - y, p[3 * other + 2]! - z)]);
            }
          }
        }
      }
      if (found.length < count && ring < 64) continue;
      found.sort((one, two) => one[1] - two[1]);
      return Array.from({ length: count }, (_, k) => found[k] ?? [i, 0]);
    }
  }

  #cellOf(x: number, y: number, z: number): [number, number, number] {
    const [sx, sy, sz] = this.scale;
    return [Math.floor(sx * x / CELL), Math.floor(sy * y / CELL), Math.floor(sz * z / CELL)];
  }

  #key(x: number, y: number, z: number): number {
    return ((x + 512) * 1024 + y + 512) * 1024 + z + 512;
  }
}
