/**
 * # Naming Gaussians to watch
 *
 * Gaussians can be named by number, by the face they ride on, by a joint (the Gaussians nearest to it on the body's
 * surface), or by a vertex, such as one picked in a figure (the Gaussians of the faces around it).
 *
 * @module
 */
import type { Template } from "../body/gaussians.ts";
import { expectInteger, expectOneOf, resolveOptions } from "../tensor/options.ts";

/** Which Gaussians to keep in full; several ways may be combined. */
export interface Watch {
  /** Numbers of Gaussians. */
  readonly gaussians?: ArrayLike<number>;
  /** Numbers of faces: all their Gaussians. */
  readonly faces?: ArrayLike<number>;
  /** Names of joints, such as `left_elbow`: the one Gaussian nearest to each. */
  readonly joints?: readonly string[];
  /** Numbers of vertices: all Gaussians of the faces around them. */
  readonly vertices?: ArrayLike<number>;
}

/** Watched Gaussians: numbers in the order named, each once, and how to call them. */
export interface WatchedGaussians {
  /** Numbers of Gaussians. */
  readonly indices: Int32Array;
  /** What each is called, such as `left elbow`. */
  readonly labels: readonly string[];
}

const NONE: Required<Watch> = { gaussians: [], faces: [], joints: [], vertices: [] };

/**
 * Resolves the ways of naming Gaussians to numbers.
 *
 * @throws {RangeError} if a number or a joint's name is none of the template's.
 * @throws {TypeError} if there is an unknown way.
 */
export async function watchedGaussians(template: Template, watch: Watch = {}): Promise<WatchedGaussians> {
  const { gaussians, faces, joints, vertices } = resolveOptions("watch", NONE, watch);
  const { body, count, faceStart } = template;
  const found = new Map<number, string>();
  const note = (index: number, label: string) => found.has(index) || found.set(index, label);
  const addFace = (face: number, label: string) => {
    for (let i = faceStart[face]!; i < faceStart[face + 1]!; i++) note(i, label);
  };
  for (const index of Array.from(gaussians)) {
    note(expectInteger("watch", "every Gaussian's number", index, 0, count - 1), `Gaussian ${index}`);
  }
  for (const face of Array.from(faces)) {
    addFace(expectInteger("watch", "every face's number", face, 0, body.faceCount - 1), `face ${face}`);
  }
  for (const vertex of Array.from(vertices)) {
    expectInteger("watch", "every vertex' number", vertex, 0, body.vertexCount - 1);
    for (let corner = 0; corner < body.faces.length; corner++) {
      if (body.faces[corner] === vertex) addFace(Math.floor(corner / 3), `vertex ${vertex}`);
    }
  }
  if (joints.length > 0) {
    const [canonical, places] = await Promise.all([template.canonical.data(), body.jointTemplate.data()]);
    for (const name of joints) {
      const joint = body.jointNames.indexOf(expectOneOf("watch", "every joint", name, body.jointNames));
      const place = places.slice(3 * joint, 3 * joint + 3) as Float32Array;
      note(nearest(canonical as Float32Array, place), name.replaceAll("_", " "));
    }
  }
  return { indices: Int32Array.from(found.keys()), labels: [...found.values()] };
}

/** The row of `points` [n, 3] nearest to `place`. */
function nearest(points: Float32Array, place: Float32Array): number {
  let best = 0, least = Infinity;
  for (let i = 0; i * 3 < points.length; i++) {
    const distance = (points[3 * i]! - place[0]!) ** 2 + (points[3 * i + 1]! - place[1]!) ** 2 +
      (points[3 * i + 2]! - place[2]!) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
