/**
 * # Splats: the Gaussians as they are meant to be seen
 *
 * ```
 * mean 3·f32 · opacity f16 │ colour 3·f16 · log scale 3·f16 · rotation 10 + 10 + 12 bits        Spark's extended splats
 * ```
 *
 * Spark draws them: projection with 0.3 px added to the screen covariance, three standard deviations, sorted back to front in a
 * worker. These are this library's own settings in `renderGaussians`. Colours come worked out for the view, so Spark's harmonics
 * stay unused.
 *
 * @module
 */
import { ExtSplats, SparkRenderer, SplatMesh, utils } from "@sparkjsdev/spark";
import type * as THREE from "three";
import type { Figure } from "./figure.ts";

/** The splats of a figure. */
export class Splats {
  /** What is added to the scene: the renderer of splats and their mesh. */
  readonly objects: readonly [spark: THREE.Object3D, mesh: THREE.Object3D];
  readonly #mesh: SplatMesh;
  readonly #splats: ExtSplats;
  readonly #texels: [Uint32Array, Uint32Array];

  /**
   * @param renderer What draws.
   * @param onSorted Called when another picture is due, because the order is known.
   */
  constructor(renderer: THREE.WebGLRenderer, private readonly figure: Figure, onSorted: () => void) {
    const count = figure.contents.avatar.count, room = 4 * utils.getTextureSize(count).maxSplats;
    this.#texels = [new Uint32Array(room), new Uint32Array(room)];
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

  /** Writes places, shapes and colours. */
  update(rgb: Float32Array): void {
    const { gaussians: { means, rotations, scales }, contents: { avatar: { count, opacity } } } = this.figure;
    for (let i = 0; i < count; i++) {
      utils.encodeExtSplat(
        this.#texels,
        i,
        means[3 * i]!,
        means[3 * i + 1]!,
        means[3 * i + 2]!,
        scales[3 * i]!,
        scales[3 * i + 1]!,
        scales[3 * i + 2]!,
        rotations[4 * i + 1]!,
        rotations[4 * i + 2]!,
        rotations[4 * i + 3]!,
        rotations[4 * i]!,
        opacity[i]!,
        rgb[3 * i]!,
        rgb[3 * i + 1]!,
        rgb[3 * i + 2]!,
      );
    }
    for (const texture of this.#splats.textures) texture.needsUpdate = true;
    this.#mesh.updateVersion();
  }
}
