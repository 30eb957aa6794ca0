/**
 * # Assembling: template, shape and appearance make an avatar
 *
 * ```
 * avatar = {template, translation, rotation, scale, opacity, sh}
 * ```
 *
 * Everything in it is relative to faces: no pose, no place in the world. It is what one photo yields, and what `drive`
 * puts onto a body in any pose.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Template } from "../body/gaussians.ts";
import { expectShape } from "../tensor/shape.ts";
import type { Appearance, Shape } from "./activations.ts";
import { shDegree } from "./spherical_harmonics.ts";

/** A drivable avatar: Gaussians in the frames of the template's faces. */
export interface Avatar extends Shape, Appearance {
  /** Which faces the Gaussians are attached to, and of which body. */
  readonly template: Template;
}

/**
 * Joins what belongs to the same Gaussians, after checking that it does.
 *
 * @param template From `attachGaussians`; n Gaussians.
 * @param shape translation, rotation and scale of all n.
 * @param appearance opacity and sh of all n.
 * @returns a record of the given tensors themselves: freeing them frees the avatar's.
 * @throws {TypeError} if the shapes are not those of the template's n Gaussians.
 * @throws {RangeError} if there are not (L+1)² harmonics.
 */
export function assembleAvatar(template: Template, shape: Shape, appearance: Appearance): Avatar {
  const { translation, rotation, scale } = shape, { opacity, sh } = appearance;
  const n = template.count;
  const tensors: Record<string, tf.Tensor> = { translation, rotation, scale, opacity, sh };
  const shapes = { translation: `${n} 3`, rotation: `${n} 4`, scale: `${n} 3`, opacity: `${n}`, sh: `${n} k 3` };
  expectShape("assembleAvatar", tensors, shapes);
  shDegree("assembleAvatar", sh.shape[1]);
  return { template, translation, rotation, scale, opacity, sh };
}
