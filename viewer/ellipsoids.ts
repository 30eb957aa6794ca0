/**
 * # Ellipsoids: the Gaussians' shapes
 *
 * ```
 * |S⁻¹Rᵀ(eye + t·d − mean)|² = 1        the surface one standard deviation from the mean, solved for t in each pixel
 * ```
 *
 * Every Gaussian is one square that faces the camera and covers its sphere of influence; the fragment shader meets the
 * ellipsoid exactly and writes its depth. Opacity is not shown: what is nearly invisible as a splat has a shape all the same.
 *
 * @module
 */
import * as THREE from "three";
import type { Figure } from "./figure.ts";

const VERTEX = `
precision highp float;
uniform mat4 viewMatrix, projectionMatrix;
uniform vec3 cameraPosition;
in vec2 corner;
in vec3 mean, scale, color;
in vec4 rotation; // w, x, y, z
out vec3 origin, way, tint;
flat out mat3 axes;
flat out vec3 center;
mat3 matrixOf(vec4 q) {
  float w = q.x, x = q.y, y = q.z, z = q.w;
  return mat3(1. - 2. * (y * y + z * z), 2. * (x * y + w * z), 2. * (x * z - w * y),
              2. * (x * y - w * z), 1. - 2. * (x * x + z * z), 2. * (y * z + w * x),
              2. * (x * z + w * y), 2. * (y * z - w * x), 1. - 2. * (x * x + y * y));
}
void main() {
  float radius = max(scale.x, max(scale.y, scale.z));
  vec3 toward = cameraPosition - mean;
  float distance = max(length(toward), radius * 1.001);
  vec3 front = toward / distance, right = normalize(cross(vec3(0., 1., 1e-4), front)), up = cross(front, right);
  float size = radius * distance / sqrt(distance * distance - radius * radius); // the sphere's outline at its centre
  vec3 place = mean + size * (corner.x * right + corner.y * up);
  mat3 R = matrixOf(rotation);
  axes = mat3(R[0] / scale.x, R[1] / scale.y, R[2] / scale.z); // vᵀ·axes = S⁻¹Rᵀv
  origin = toward * axes;
  way = (place - cameraPosition) * axes;
  tint = color;
  center = mean;
  gl_Position = projectionMatrix * viewMatrix * vec4(place, 1.);
}`;

const FRAGMENT = `
precision highp float;
uniform mat4 viewMatrix, projectionMatrix;
uniform vec3 cameraPosition;
in vec3 origin, way, tint;
flat in mat3 axes;
flat in vec3 center;
out vec4 color;
void main() {
  float a = dot(way, way), b = dot(origin, way), c = dot(origin, origin) - 1.;
  float root = b * b - a * c;
  if (root < 0.) discard;
  vec3 hit = origin + way * ((-b - sqrt(root)) / a); // on the unit sphere
  vec3 normal = normalize(mat3(viewMatrix) * (axes * hit));
  // where it is: the whitened point taken back, (axesᵀ)⁻¹·hit
  vec3 place = center + inverse(transpose(axes)) * hit;
  vec4 clip = projectionMatrix * viewMatrix * vec4(place, 1.);
  gl_FragDepth = 0.5 + 0.5 * clip.z / clip.w;
  float light = 0.55 + 0.45 * max(0., dot(normal, normalize(vec3(0.3, 0.5, 0.8))));
  color = vec4(tint * light, 1.);
}`;

/** The ellipsoids of a figure. */
export class Ellipsoids {
  /** What is added to the scene. */
  readonly object: THREE.Mesh;
  readonly #attributes: Readonly<Record<"mean" | "scale" | "color" | "rotation", THREE.InstancedBufferAttribute>>;

  constructor(private readonly figure: Figure) {
    const { gaussians, contents: { avatar: { count } } } = figure;
    const instanced = (numbers: Float32Array, size: number) =>
      new THREE.InstancedBufferAttribute(numbers, size).setUsage(THREE.DynamicDrawUsage);
    this.#attributes = {
      mean: instanced(gaussians.means, 3),
      scale: instanced(new Float32Array(3 * count), 3),
      color: instanced(new Float32Array(3 * count), 3),
      rotation: instanced(gaussians.rotations, 4),
    };
    const geometry = new THREE.InstancedBufferGeometry();
    geometry.setAttribute("corner", new THREE.BufferAttribute(new Float32Array([-1, -1, 1, -1, 1, 1, -1, 1]), 2));
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    for (const [name, attribute] of Object.entries(this.#attributes)) geometry.setAttribute(name, attribute);
    geometry.instanceCount = count;
    const material = new THREE.RawShaderMaterial({
      glslVersion: THREE.GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      side: THREE.DoubleSide,
    });
    this.object = new THREE.Mesh(geometry, material);
    this.object.frustumCulled = false;
    this.object.visible = false;
  }

  /** Writes places and shapes. */
  move(): void {
    const { mean, scale, rotation } = this.#attributes, scales = this.figure.gaussians.scales;
    for (let i = 0; i < scales.length; i += 3) { // a disc thinner than a hundredth of its width would be lost to rounding
      const least = Math.max(scales[i]!, scales[i + 1]!, scales[i + 2]!, 1e-4) / 100;
      for (let axis = i; axis < i + 3; axis++) scale.array[axis] = Math.max(scales[axis]!, least);
    }
    for (const attribute of [mean, scale, rotation]) attribute.needsUpdate = true;
  }

  /** Writes colours. */
  recolor(rgb: Float32Array): void {
    this.#attributes.color.array.set(rgb);
    this.#attributes.color.needsUpdate = true;
  }
}
