/**
 * # Does the fitted body lie on the person?
 *
 * The posed mesh, seen by the crop's camera and laid over the crop. Parts that the photo shows are blue; the less is known of a
 * joint, the more its part turns to orange and the paler it becomes: what stands there is the prior, not the photo.
 *
 * ```
 * (column, row) = K·(x, y, z)/z        nearest: smallest z
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { NOTHING } from "../body/surface_buffer.ts";
import { type BodyParameters, skin } from "../body/skinning.ts";
import type { Body } from "../body/template.ts";
import { CROP } from "../encoder/encoder.ts";
import { type Camera, projectPoints } from "../image/cameras.ts";
import { TensorScope } from "../tensor/scope.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Rgb } from "./colormaps.ts";
import { photoUri, type Pixels, pixelsOf } from "./encode_image.ts";
import { Figure } from "./figure.ts";
import { emptyTrace, panelImage, panelLayout } from "./layout.ts";
import { shadeFaces, vertexNormals } from "./shade_mesh.ts";

/** A body and the crop it was fitted to. */
export interface BodyOverPhoto {
  /** [512, 512, 3], 0..1 */
  readonly crop: tf.Tensor3D;
  /** The body. */
  readonly body: Body;
  /** Its parameters, in the camera's world. */
  readonly parameters: BodyParameters;
  /** The crop's camera. */
  readonly camera: Camera;
  /** [55]: how well each joint is known, 0 to 1; all of it unless told. */
  readonly confidence?: tf.Tensor1D | undefined;
  /** The first line. */
  readonly title?: string;
  /** The quieter second line; explains the colours unless told. */
  readonly subtitle?: string;
}

const CERTAIN: Rgb = [96, 150, 235], DOUBTFUL: Rgb = [240, 160, 70];
const SIDE = 400;

/**
 * Shows crop and overlay side by side.
 *
 * @throws {TypeError} if a tensor has another shape.
 */
export async function bodyOverPhoto(
  { crop, body, parameters, camera, confidence, title = "The fitted body over the photo", subtitle }: BodyOverPhoto,
): Promise<Figure> {
  expectShape("bodyOverPhoto", { crop }, `${CROP} ${CROP} 3`);
  if (confidence) expectShape("bodyOverPhoto", { confidence }, "55");
  using scope = new TensorScope();
  const photo = await pixelsOf(crop);
  const { vertices } = scope.own({ ...skin(body, parameters) }),
    { position, depth } = scope.own({
      ...projectPoints(vertices, camera),
    });
  const known = scope.tidy(() =>
    confidence ? confidence.gather(body.weights.argMax(1)) : tf.ones<tf.Rank.R1>([body.vertexCount])
  );
  const layer = drawLayer(
    { faces: body.faces, vertices: await vertices.data(), pixels: await position.data(), depth: await depth.data() },
    await known.data(),
  );
  const over = blend(photo, layer, await known.data(), body.faces);
  const span = [0, CROP, 0, CROP] as const;
  const explained = subtitle ?? "Blue: seen in the photo. Orange, pale: unseen or doubtful, near the prior";
  const grid = { columns: 2, rows: 1, width: SIDE, height: SIDE, span, titles: ["the crop", "the body"] } as const;
  const sources = [await photoUri(photo, SIDE), await photoUri(over, SIDE)];
  return new Figure({
    data: sources.map((_, i) => emptyTrace(i)),
    layout: {
      ...panelLayout({ title, subtitle: explained }, grid),
      images: sources.map((source, i) => panelImage(i, source, span)),
    },
  });
}

interface Projection {
  readonly faces: Int32Array;
  readonly vertices: ArrayLike<number>;
  readonly pixels: ArrayLike<number>;
  readonly depth: ArrayLike<number>;
}

/** The mesh, lit from the camera. */
function drawLayer({ faces, vertices, pixels, depth }: Projection, known: ArrayLike<number>): Layer {
  const normals = vertexNormals(vertices, faces), projected = new Float32Array(3 * depth.length);
  const brightness = Float64Array.from(depth, (_, v) => 0.45 + 0.55 * Math.max(0, -normals[3 * v + 2]!));
  for (let v = 0; v < depth.length; v++) projected.set([pixels[2 * v]!, pixels[2 * v + 1]!, depth[v]!], 3 * v);
  const colourOf = (face: number): Rgb => {
    const t = faceKnown(faces, known, face);
    return CERTAIN.map((value, channel) => t * value + (1 - t) * DOUBTFUL[channel]!) as unknown as Rgb;
  };
  return shadeFaces({ projected, faces, brightness, colourOf }, CROP, CROP);
}

type Layer = ReturnType<typeof shadeFaces>;

/** How far a face is known, 0 to 1: joints of confidence 0.4 and more count as known, of 0.1 and less as unseen. */
function faceKnown(faces: Int32Array, known: ArrayLike<number>, face: number): number {
  const least = Math.min(known[faces[3 * face]!]!, known[faces[3 * face + 1]!]!, known[faces[3 * face + 2]!]!);
  return Math.min(1, Math.max(0, (least - 0.1) / 0.3));
}

function blend(photo: Pixels, { rgb, buffer }: Layer, known: ArrayLike<number>, faces: Int32Array): Pixels {
  const mixed = Uint8Array.from(photo.rgb);
  buffer.surface.forEach((surface, i) => {
    if (surface === NOTHING) return;
    const cover = 0.3 + 0.45 * faceKnown(faces, known, buffer.face[i]!);
    for (let c = 3 * i; c < 3 * i + 3; c++) mixed[c] = (1 - cover) * mixed[c]! + cover * rgb[c]!;
  });
  return { width: CROP, height: CROP, rgb: mixed };
}
