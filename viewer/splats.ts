/**
 * # Splats: the Gaussians as they are meant to be seen
 *
 * Spark draws them, from a texture (lib/viewer/splat_texels.ts): projection with 0.3 px added to the screen covariance, three standard deviations, sorted back to front in a
 * worker. These are this library's own settings in `renderGaussians`. Colours come worked out for the view, so Spark's harmonics
 * stay unused.
 *
 * @module
 */
import { ExtSplats, SparkRenderer, SplatMesh, utils } from "@sparkjsdev/spark";
import type * as THREE from "three";
import { type SplatTexels, writeColors, writeGaussians, writeOpacities } from "../lib/viewer/splat_texels.ts";
import type { Figure } from "./figure.ts";

const LEAST_SCALE = 1e-6; // of the face's size: nothing has a logarithm of its own

/** The splats of a figure. */
export class Splats {
  /** What is added to the scene: the renderer of splats and their mesh. */
  readonly objects: readonly [spark: THREE.Object3D, mesh: THREE.Object3D];
  readonly #mesh: SplatMesh;
  readonly #splats: ExtSplats;
  readonly #shapes: { readonly faceOf: Int32Array; readonly logScale: Float32Array };
  readonly #texels: SplatTexels;

  /**
   * @param renderer What draws.
   * @param onSorted Called when another picture is due, because the order is known.
   */
  constructor(renderer: THREE.WebGLRenderer, private readonly figure: Figure, onSorted: () => void) {
    const count = figure.contents.avatar.count, room = 4 * utils.getTextureSize(count).maxSplats;
    this.#texels = [new Uint32Array(room), new Uint32Array(room)];
    const { faceOf, scale, opacity } = figure.contents.avatar;
    this.#shapes = { faceOf, logScale: scale.map((size) => Math.log(Math.max(size, LEAST_SCALE))) };
    writeOpacities(this.#texels, opacity);
    this.#splats = new ExtSplats({ extArrays: this.#texels, numSplats: count });
    this.#mesh = new SplatMesh({ splats: this.#splats, raycastable: false, enableLod: false });
    const spark = new SparkRenderer({
      renderer,
      onDirty: onSorted,
      accumExtSplats: true,
      enableLod: false,
      maxStdDev: 3,
      minAlpha: 1 / 255,
      preBlurAmount: 0.3,
      blurAmount: 0,
    });
    this.objects = [spark, this.#mesh];
  }

  /** Shows or hides them. */
  set visible(visible: boolean) {
    this.objects[1].visible = visible;
  }

  /** Writes places and shapes. */
  move(): void {
    writeGaussians(this.#texels, this.figure.gaussians, this.#shapes);
    this.#written();
  }

  /** Writes colours. */
  recolor(rgb: Float32Array): void {
    writeColors(this.#texels, rgb);
    this.#written();
  }

  #written(): void {
    for (const texture of this.#splats.textures) texture.needsUpdate = true;
    this.#mesh.updateVersion();
  }
}
