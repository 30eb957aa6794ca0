/**
 * # A floor: lines half a metre apart that fade outwards
 *
 * @module
 */
import * as THREE from "three";

const RADIUS = 2.5; // metres

const VERTEX = `
uniform mat4 modelMatrix, viewMatrix, projectionMatrix;
in vec3 position;
out vec2 place;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.);
  place = world.xz;
  gl_Position = projectionMatrix * viewMatrix * world;
}`;

const FRAGMENT = `
precision highp float;
uniform vec3 ink;
in vec2 place;
out vec4 color;
void main() {
  vec2 cell = place / 0.5, width = fwidth(cell);
  vec2 line = 1. - smoothstep(vec2(0.), 1.5 * width, abs(fract(cell - 0.5) - 0.5));
  float fade = 1. - smoothstep(0.3, 1., length(place) / ${RADIUS.toFixed(1)});
  float blob = 0.10 * exp(-dot(place, place) / 0.12);
  float alpha = fade * (0.26 * max(line.x, line.y)) + blob;
  color = vec4(ink * alpha, alpha); // premultiplied
}`;

/** A floor at a height, metres. */
export function createFloor(height: number): THREE.Mesh {
  const material = new THREE.RawShaderMaterial({
    glslVersion: THREE.GLSL3,
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { ink: { value: new THREE.Color() } },
    transparent: true,
    premultipliedAlpha: true,
    depthWrite: false,
    side: THREE.DoubleSide,
  });
  const floor = new THREE.Mesh(new THREE.CircleGeometry(RADIUS, 64).rotateX(-Math.PI / 2), material);
  floor.position.y = height;
  floor.renderOrder = -1;
  return floor;
}
