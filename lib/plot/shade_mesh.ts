/**
 * # A shaded picture of a mesh, without a GPU
 *
 * An orthographic view along the body's z axis (Y up, facing +Z, +X the subject's left), from the front or from behind,
 * drawn triangle by triangle into a depth buffer. Light comes from above the viewer's left shoulder; normals are
 * averaged at the vertices, so that the surface looks smooth.
 *
 * @module
 */
import type { Rgb } from "./colormaps.ts";
import type { Pixels } from "./encode_image.ts";

/** Where the viewer stands. */
export type View = "front" | "back";

/** A mesh as plain arrays. */
export interface MeshArrays {
  /** [V, 3] metres. */
  readonly vertices: ArrayLike<number>;
  /** [F, 3] */
  readonly faces: ArrayLike<number>;
  /** The colour of a face; skin-less grey without it. */
  readonly colourOf?: (face: number) => Rgb;
}

/** The rectangle of the world that a picture shows, in metres. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** A drawn view and the means to place points on it. */
export interface ShadedView extends Pixels {
  /** Picture coordinates of a point, 0..width and 0..height, and whether the surface hides it. */
  project(point: readonly [x: number, y: number, z: number]): { x: number; y: number; hidden: boolean };
}

const GREY: Rgb = [214, 210, 206];
const LIGHT = normalise([-0.35, 0.55, 0.75]); // towards the light, in the viewer's axes
const SLACK = 0.01; // metres: a point this little below the surface still counts as seen

/** Draws one view of a mesh with `height` rows of pixels. */
export function shadeMesh(mesh: MeshArrays, frame: Frame, view: View, height: number): ShadedView {
  const zoom = height / (frame.top - frame.bottom);
  const width = Math.max(1, Math.round(zoom * (frame.right - frame.left)));
  const sign = view === "front" ? 1 : -1; // from behind, x and z turn round
  const centre = (frame.left + frame.right) / 2;
  const toPicture = (x: number, y: number): [number, number] => [
    width / 2 + zoom * sign * (x - centre),
    zoom * (frame.top - y),
  ];
  const { vertices, faces } = mesh;
  const count = vertices.length / 3;
  const screen = new Float64Array(3 * count); // column, row, towards the viewer
  for (let v = 0; v < count; v++) {
    const [column, row] = toPicture(vertices[3 * v]!, vertices[3 * v + 1]!);
    screen.set([column, row, sign * vertices[3 * v + 2]!], 3 * v);
  }
  const normals = vertexNormals(vertices, faces);
  const brightness = Float64Array.from({ length: count }, (_, v) => {
    const towards = sign * (normals[3 * v]! * LIGHT[0] + normals[3 * v + 2]! * LIGHT[2]) +
      normals[3 * v + 1]! * LIGHT[1];
    return 0.42 + 0.58 * Math.max(0, towards);
  });
  const rgb = new Uint8Array(3 * width * height).fill(255);
  const depth = new Float32Array(width * height).fill(-Infinity);
  drawFaces({ faces, screen, brightness, colourOf: mesh.colourOf ?? (() => GREY) }, { width, height, rgb, depth });
  return {
    width,
    height,
    rgb,
    project: ([px, py, pz]) => {
      const [x, y] = toPicture(px, py);
      const pixel = Math.floor(y) * width + Math.floor(x);
      return { x, y, hidden: sign * pz + SLACK < (depth[pixel] ?? -Infinity) };
    },
  };
}

/** A mesh on its way to a picture. */
export interface ScreenMesh {
  /** [F, 3] */
  readonly faces: ArrayLike<number>;
  /** [V, 3]: column and row in pixels, and a number that grows towards the viewer and is linear on the screen. */
  readonly screen: Float64Array;
  /** [V]: what colours are multiplied with. */
  readonly brightness: Float64Array;
  /** The colour of a face; none leaves it out. */
  readonly colourOf: (face: number) => Rgb | undefined;
}

/** A picture that faces are drawn into. */
export interface Canvas extends Pixels {
  /** [height, width]: of what is drawn so far; −Infinity at first. */
  readonly depth: Float32Array;
  /** [height, width]: which face is seen, if that is wanted. */
  readonly faceAt?: Int32Array;
}

/** Draws faces into a picture, the nearest in front. */
export function drawFaces(
  { faces, screen, brightness, colourOf }: ScreenMesh,
  { width, height, rgb, depth, faceAt }: Canvas,
): void {
  for (let face = 0; 3 * face < faces.length; face++) {
    const corners = [faces[3 * face]!, faces[3 * face + 1]!, faces[3 * face + 2]!] as const;
    const [a, b, c] = corners.map((v) => [screen[3 * v]!, screen[3 * v + 1]!, screen[3 * v + 2]!]) as [P, P, P];
    const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]), colour = colourOf(face);
    if (!colour || !(Math.abs(area) > 0)) continue; // also corners that are behind the camera
    for (let y = first(a[1], b[1], c[1]); y < Math.min(height, Math.max(a[1], b[1], c[1])); y++) {
      for (let x = first(a[0], b[0], c[0]); x < Math.min(width, Math.max(a[0], b[0], c[0])); x++) {
        const [u, v] = [x + 0.5, y + 0.5];
        const inB = ((u - a[0]) * (c[1] - a[1]) - (v - a[1]) * (c[0] - a[0])) / area; // barycentric, at the pixel's centre
        const inC = ((b[0] - a[0]) * (v - a[1]) - (b[1] - a[1]) * (u - a[0])) / area;
        const inA = 1 - inB - inC;
        if (inA < 0 || inB < 0 || inC < 0) continue;
        const z = inA * a[2] + inB * b[2] + inC * c[2];
        const pixel = y * width + x;
        if (z <= depth[pixel]!) continue;
        depth[pixel] = z;
        if (faceAt) faceAt[pixel] = face;
        const light = inA * brightness[corners[0]]! + inB * brightness[corners[1]]! + inC * brightness[corners[2]]!;
        for (let channel = 0; channel < 3; channel++) {
          rgb[3 * pixel + channel] = Math.min(255, light * colour[channel]!);
        }
      }
    }
  }
}

type P = [column: number, row: number, towards: number];

function first(...values: number[]): number {
  return Math.max(0, Math.floor(Math.min(...values)));
}

/** [V, 3]: the mean of the normals of a vertex's faces, weighted by their areas. */
export function vertexNormals(vertices: ArrayLike<number>, faces: ArrayLike<number>): Float64Array {
  const normals = new Float64Array(vertices.length);
  const at = (vertex: number, axis: number) => vertices[3 * vertex + axis]!;
  for (let i = 0; i < faces.length; i += 3) {
    const [a, b, c] = [faces[i]!, faces[i + 1]!, faces[i + 2]!];
    const e = [0, 1, 2].map((axis) => at(b, axis) - at(a, axis)),
      f = [0, 1, 2].map((axis) => at(c, axis) - at(a, axis));
    const cross = [e[1]! * f[2]! - e[2]! * f[1]!, e[2]! * f[0]! - e[0]! * f[2]!, e[0]! * f[1]! - e[1]! * f[0]!];
    for (const v of [a, b, c]) for (let axis = 0; axis < 3; axis++) normals[3 * v + axis]! += cross[axis]!;
  }
  for (let i = 0; i < normals.length; i += 3) {
    normals.set(normalise([normals[i]!, normals[i + 1]!, normals[i + 2]!]), i);
  }
  return normals;
}

function normalise([x, y, z]: [number, number, number]): [number, number, number] {
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}
