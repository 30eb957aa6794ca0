/**
 * # A shaded picture of a mesh, without a GPU
 *
 * An orthographic view along the body's z axis (Y up, facing +Z, +X the subject's left), from the front or from behind,
 * with the surface buffer of {@link ../body/surface_buffer.ts}. Light comes from above the viewer's left shoulder; normals are
 * averaged at the vertices, so that the surface looks smooth.
 *
 * @module
 */
import { createSurfaceBuffer, NOTHING, rasterize, type SurfaceBuffer } from "../body/surface_buffer.ts";
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
  let nearest = -Infinity;
  for (let v = 0; v < count; v++) nearest = Math.max(nearest, sign * vertices[3 * v + 2]!);
  const away = (z: number) => 1 + nearest - sign * z; // metres from a viewer a metre before the mesh
  const projected = new Float32Array(3 * count);
  for (let v = 0; v < count; v++) {
    projected.set([...toPicture(vertices[3 * v]!, vertices[3 * v + 1]!), away(vertices[3 * v + 2]!)], 3 * v);
  }
  const normals = vertexNormals(vertices, faces);
  const brightness = Float64Array.from({ length: count }, (_, v) => {
    const towards = sign * (normals[3 * v]! * LIGHT[0] + normals[3 * v + 2]! * LIGHT[2]) +
      normals[3 * v + 1]! * LIGHT[1];
    return 0.42 + 0.58 * Math.max(0, towards);
  });
  const { rgb, buffer } = shadeFaces({ projected, faces, brightness, colourOf: mesh.colourOf }, width, height);
  return {
    width,
    height,
    rgb,
    project: ([px, py, pz]) => {
      const [x, y] = toPicture(px, py);
      const pixel = Math.floor(y) * width + Math.floor(x);
      return { x, y, hidden: away(pz) > (buffer.depth[pixel] ?? Infinity) + SLACK };
    },
  };
}

/** A mesh on its way to a picture. */
export interface ScreenMesh {
  /** [V, 3]: column and row in pixels, and how far away, metres. */
  readonly projected: Float32Array;
  /** [F, 3] */
  readonly faces: ArrayLike<number>;
  /** [V]: what colours are multiplied with. */
  readonly brightness: Float64Array;
  /** The colour of a face; skin-less grey without it. */
  readonly colourOf: ((face: number) => Rgb) | undefined;
}

/** Shades the faces that are seen, on white; `buffer` says which they are. */
export function shadeFaces(
  { projected, faces, brightness, colourOf = () => GREY }: ScreenMesh,
  width: number,
  height: number,
): { readonly rgb: Uint8Array; readonly buffer: SurfaceBuffer } {
  const buffer = createSurfaceBuffer(width, height), rgb = new Uint8Array(3 * width * height).fill(255);
  rasterize(buffer, 0, { projected, faces: Uint32Array.from(faces), twoSided: true });
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (buffer.surface[pixel] === NOTHING) continue;
    const face = buffer.face[pixel]!, u = buffer.u[pixel]!, v = buffer.v[pixel]!;
    const [a, b, c] = [0, 1, 2].map((corner) => brightness[faces[3 * face + corner]!]!) as [number, number, number];
    const light = u * a + v * b + (1 - u - v) * c, colour = colourOf(face);
    for (let channel = 0; channel < 3; channel++) rgb[3 * pixel + channel] = Math.min(255, light * colour[channel]!);
  }
  return { rgb, buffer };
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
