/**
 * # Avatars without decoders: what colours alone give
 *
 * | baseline | a Gaussian's colour |
 * |---|---|
 * | mean colour | the mean of the photo's pixels on the person |
 * | direct colour | the pixel at the Gaussian's place, whatever it shows |
 * | nearest visible pixel | the pixel at the nearest place on the body's surface that the photo shows: a projected texture |
 *
 * All have the neutral shape of an untrained MLP_shape (on their faces, covering them) and are nearly opaque. What the photo
 * shows is said by `sight.ts`: what faces the camera with nothing of the body before it, on the person's mask. The way along the surface is the
 * shortest along the edges of the mesh at rest.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { slotOrigins } from "../../body/face_frame.ts";
import type { Template } from "../../body/gaussians.ts";
import type { Body } from "../../body/template.ts";
import { coveringMap } from "../../encoder/encoder.ts";
import { activateShape, SHAPE_OUTPUTS } from "../../gaussian/activations.ts";
import { assembleAvatar, type Avatar } from "../../gaussian/assemble.ts";
import { sampleFeatures } from "../../gaussian/sample.ts";
import { onlyOnPerson, sightOf } from "../../gaussian/sight.ts";
import { SH_0 } from "../../gaussian/spherical_harmonics.ts";
import { type Camera, projectPoints } from "../../image/cameras.ts";
import { TensorScope } from "../../tensor/scope.ts";

/** The names of the baselines. */
export const BASELINES = ["mean_colour", "direct_colour", "nearest_visible_pixel"] as const;
/** One of them. */
export type BaselineName = typeof BASELINES[number];

/** What baselines look at. */
export interface BaselinePhoto {
  /** [512, 512, 3], colours 0..1. */
  readonly crop: tf.Tensor3D;
  /** [512, 512]: where the person is seen. */
  readonly mask: tf.Tensor2D;
  /** [V, 3]: the body in the photo's camera frame. */
  readonly vertices: tf.Tensor2D;
  readonly camera: Camera;
  /** [n, 2]: where the Gaussians were found in the crop, pixels; where the body projects to, if they were not. */
  readonly position2d?: tf.Tensor2D | undefined;
}

const OPACITY = 0.95;

/** The baselines' avatars; the caller frees them with {@linkcode freeAvatar}. */
export async function baselineAvatars(
  template: Template,
  photo: BaselinePhoto,
): Promise<Record<BaselineName, Avatar>> {
  using scope = new TensorScope();
  const { crop, mask, vertices, camera } = photo;
  const mean = scope.tidy(() => {
    const weight = mask.expandDims<tf.Tensor3D>(2);
    return crop.mul(weight).sum<tf.Tensor1D>([0, 1]).div<tf.Tensor1D>(weight.sum().add(1e-6));
  });
  const colours = (places: tf.Tensor2D) => scope.tidy(() => sampleFeatures(coveringMap(crop), places));
  const projected = colours(scope.tidy(() => projectPoints(slotOrigins(vertices, template), camera).position));
  const direct = photo.position2d ? colours(photo.position2d) : projected;
  const [own, found, [red, green, blue]] = await Promise.all([projected.data(), direct.data(), mean.data()]);
  const nearest = await nearestVisible(template, photo), n = template.count;
  const texture = new Float32Array(3 * n), flat = new Float32Array(3 * n);
  for (let i = 0; i < n; i++) {
    const from = nearest[i]!;
    flat.set([red!, green!, blue!], 3 * i);
    texture.set(from < 0 ? [red!, green!, blue!] : own.subarray(3 * from, 3 * from + 3), 3 * i);
  }
  return {
    mean_colour: painted(template, flat),
    direct_colour: painted(template, found as Float32Array),
    nearest_visible_pixel: painted(template, texture),
  };
}

/** Frees an avatar's tensors, but not its template. */
export function freeAvatar({ translation, rotation, scale, opacity, sh }: Avatar): void {
  tf.dispose([translation, rotation, scale, opacity, sh]);
}

/** Neutral Gaussians of given colours, [n, 3]. */
function painted(template: Template, colours: Float32Array): Avatar {
  const n = template.count;
  return tf.tidy(() => {
    const shape = activateShape(tf.zeros([n, SHAPE_OUTPUTS]), tf.tensor1d(template.share));
    const sh = tf.tensor3d(colours, [n, 1, 3]).sub<tf.Tensor3D>(0.5).div<tf.Tensor3D>(SH_0);
    return assembleAvatar(template, shape, { opacity: tf.fill([n], OPACITY), sh }) as unknown as tf.TensorContainer;
  }) as unknown as Avatar;
}

/** For each Gaussian the nearest one along the surface that the photo shows; −1 if none can be reached. */
async function nearestVisible(template: Template, photo: BaselinePhoto): Promise<Int32Array> {
  const { body, faceOf, count: n } = template, shown = await shownGaussians(template, photo);
  const edges = await edgesOf(body), V = body.vertexCount;
  const distance = new Float64Array(V).fill(Infinity), source = new Int32Array(V).fill(-1), queue: number[] = [];
  for (let i = 0; i < n; i++) {
    if (!shown[i]) continue;
    for (let c = 0; c < 3; c++) {
      const vertex = body.faces[3 * faceOf[i]! + c]!;
      if (distance[vertex] === 0) continue;
      distance[vertex] = 0;
      source[vertex] = i;
      queue.push(vertex);
    }
  }
  for (let head = 0; head < queue.length; head++) { // Bellman's relaxation until nothing is nearer
    const from = queue[head]!;
    for (let e = edges.start[from]!; e < edges.start[from + 1]!; e++) {
      const to = edges.to[e]!, length = distance[from]! + edges.length[e]!;
      if (length >= distance[to]! - 1e-9) continue;
      distance[to] = length;
      source[to] = source[from]!;
      queue.push(to);
    }
  }
  return Int32Array.from({ length: n }, (_, i) => {
    if (shown[i]) return i;
    const corners = [0, 1, 2].map((c) => body.faces[3 * faceOf[i]! + c]!);
    return source[corners.reduce((best, vertex) => distance[vertex]! < distance[best]! ? vertex : best)]!;
  });
}

/** 1 for each Gaussian whose place the photo shows, by more than half. */
async function shownGaussians(template: Template, { vertices, camera, mask }: BaselinePhoto): Promise<Uint8Array> {
  using scope = new TensorScope();
  const { sight, position2d } = scope.own({ ...await sightOf(template, vertices, camera.K) });
  const cover = coveringMap(scope.tidy(() => mask.expandDims<tf.Tensor3D>(2)));
  const seen = await scope.own(onlyOnPerson(sight, scope.own(sampleFeatures(cover, position2d)))).data();
  return Uint8Array.from({ length: template.count }, (_, i) => seen[2 * i]! > 0.5 ? 1 : 0);
}

/** For each vertex its neighbours and how far they are at rest, metres. */
async function edgesOf({ faces, template, vertexCount }: Body) {
  const places = await template.data() as Float32Array,
    near = Array.from({ length: vertexCount }, () => new Set<number>());
  for (let f = 0; f < faces.length; f += 3) {
    for (let c = 0; c < 3; c++) {
      const [a, b] = [faces[f + c]!, faces[f + (c + 1) % 3]!];
      near[a]!.add(b);
      near[b]!.add(a);
    }
  }
  const start = new Int32Array(vertexCount + 1), to: number[] = [], length: number[] = [];
  near.forEach((others, v) => {
    for (const other of others) {
      to.push(other);
      length.push(Math.hypot(...[0, 1, 2].map((c) => places[3 * v + c]! - places[3 * other + c]!)));
    }
    start[v + 1] = to.length;
  });
  return { start, to: Int32Array.from(to), length: Float64Array.from(length) };
}
