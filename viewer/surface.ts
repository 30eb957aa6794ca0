/**
 * # The body's surface: lit, or as wires
 *
 * The mesh takes the Gaussians' colours at its vertices, as a .glb does. Wires are drawn over the surface in the background's
 * colour, so that lines on the far side stay hidden.
 *
 * @module
 */
import * as THREE from "three";
import { colorsAtVertices } from "../lib/gaussian/colors_at_vertices.ts";
import type { Figure } from "./figure.ts";

const LEAST_WEIGHT = 1e-4; // of a Gaussian that is hardly visible: its colour still tells where there is no other

/** The surface of a figure. */
export class Surface {
  /** What is added to the scene. */
  readonly objects: readonly THREE.Object3D[];
  readonly #places: THREE.BufferAttribute;
  readonly #colors: THREE.BufferAttribute;
  readonly #geometry = new THREE.BufferGeometry();
  readonly #lit: THREE.Mesh;
  readonly #filled: THREE.Mesh;
  readonly #wires: THREE.Mesh;

  constructor(private readonly figure: Figure) {
    const V = figure.contents.rig.vertices.count;
    this.#places = new THREE.BufferAttribute(new Float32Array(3 * V), 3).setUsage(THREE.DynamicDrawUsage);
    this.#colors = new THREE.BufferAttribute(new Float32Array(3 * V), 3);
    this.#geometry.setAttribute("position", this.#places);
    this.#geometry.setAttribute("color", this.#colors);
    this.#geometry.setIndex(new THREE.BufferAttribute(Uint32Array.from(figure.contents.faces), 1));
    const offset = { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 };
    this.#lit = new THREE.Mesh(
      this.#geometry,
      new THREE.MeshStandardMaterial({ vertexColors: true, roughness: 0.85, metalness: 0 }),
    );
    this.#filled = new THREE.Mesh(this.#geometry, new THREE.MeshBasicMaterial(offset));
    this.#wires = new THREE.Mesh(this.#geometry, new THREE.MeshBasicMaterial({ wireframe: true, vertexColors: true }));
    this.objects = [this.#lit, this.#filled, this.#wires];
    for (const object of [this.#lit, this.#filled, this.#wires]) object.frustumCulled = false;
    this.show(undefined);
  }

  /** Shows the lit surface, wires, or nothing. */
  show(as: "mesh" | "wires" | undefined): void {
    this.#lit.visible = as === "mesh";
    this.#filled.visible = this.#wires.visible = as === "wires";
  }

  /** Takes over the colour behind wires. */
  set background(color: string) {
    this.#filled.material.color.set(color);
  }

  /** Writes the vertices' places. */
  move(): void {
    this.#places.array.set(this.figure.body.vertices);
    this.#places.needsUpdate = true;
    if (this.#lit.visible) this.#geometry.computeVertexNormals();
  }

  /** Writes the vertices' colours. */
  recolor(rgb: Float32Array): void {
    const { rig, faces, avatar } = this.figure.contents, color = new THREE.Color();
    const weights = avatar.opacity.map((opacity, i) => Math.max(LEAST_WEIGHT, opacity * avatar.share[i]!));
    const shown = colorsAtVertices({ vertexCount: rig.vertices.count, faces, ...avatar }, weights, rgb);
    for (let v = 0; v < rig.vertices.count; v++) {
      color.setRGB(shown[3 * v]!, shown[3 * v + 1]!, shown[3 * v + 2]!, THREE.SRGBColorSpace);
      this.#colors.setXYZ(v, color.r, color.g, color.b);
    }
    this.#colors.needsUpdate = true;
  }
}
