/**
 * # The stage: what is drawn, and when
 *
 * A picture is drawn when something is other than before: parameters, colours, the camera, the size, the order of splats.
 * Only what is shown is brought up to date.
 *
 * @module
 */
import * as THREE from "three";
import { pickFace, pickGaussian } from "../lib/viewer/pick.ts";
import { type Coloring, Colors } from "./coloring.ts";
import { Ellipsoids } from "./ellipsoids.ts";
import type { Figure } from "./figure.ts";
import { createFloor } from "./floor.ts";
import { Splats } from "./splats.ts";
import { Surface } from "./surface.ts";
import { Viewpoint } from "./viewpoint.ts";

/** How the avatar is drawn. */
export type Mode = "splats" | "mesh" | "wires" | "ellipsoids";

const MOST_PIXEL_RATIO = 2;

/** Canvas, camera and everything on it. */
export class Stage {
  readonly viewpoint: Viewpoint;
  readonly colors: Colors;
  readonly #renderer: THREE.WebGLRenderer;
  readonly #scene = new THREE.Scene();
  readonly #splats: Splats;
  readonly #ellipsoids: Ellipsoids;
  readonly #surface: Surface;
  readonly #floor: THREE.Mesh;
  /** How long it took to pose, place, colour and write all Gaussians for the last picture in which they changed. */
  milliseconds = 0;
  #mode: Mode = "splats";
  #due = false;
  #stale = { places: true, colors: true };
  #listeners: ((moved: boolean) => void)[] = [];

  constructor(readonly canvas: HTMLCanvasElement, readonly figure: Figure) {
    this.#renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
    this.#renderer.setPixelRatio(Math.min(globalThis.devicePixelRatio, MOST_PIXEL_RATIO));
    this.colors = new Colors(figure);
    this.viewpoint = new Viewpoint(
      canvas,
      () => new THREE.Box3().setFromArray(figure.body.vertices),
      () => this.invalidate(),
    );
    this.#splats = new Splats(this.#renderer, figure, () => this.invalidate());
    this.#ellipsoids = new Ellipsoids(figure);
    this.#surface = new Surface(figure);
    this.#floor = createFloor(lowest(figure.contents.rig.vertices.rest));
    const sun = new THREE.DirectionalLight(0xffffff, 1.7);
    sun.position.set(0.7, 1.2, 1.6);
    this.#scene.add(new THREE.HemisphereLight(0xffffff, 0x9aa0a8, 1.5), sun, this.#floor, this.#ellipsoids.object);
    this.#scene.add(...this.#splats.objects, ...this.#surface.objects);
    figure.onChange(() => {
      this.#stale.places = true;
      this.invalidate();
    });
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
    this.viewpoint.front();
  }

  /** How the avatar is drawn. */
  get mode(): Mode {
    return this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    this.#splats.visible = mode === "splats";
    this.#ellipsoids.object.visible = mode === "ellipsoids";
    this.#surface.show(mode === "mesh" || mode === "wires" ? mode : undefined);
    this.#stale = { places: true, colors: true };
    this.invalidate();
  }

  /** What the colours say. */
  set coloring(coloring: Coloring) {
    this.colors.coloring = coloring;
    this.#stale.colors = true;
    this.invalidate();
  }

  /** Whether there is a floor. */
  set floor(visible: boolean) {
    this.#floor.visible = visible;
    this.invalidate();
  }

  /** Takes over the page's colours. */
  theme(ink: string, background: string): void {
    this.#floor.material.uniforms.ink.value.set(ink).convertLinearToSRGB();
    this.#surface.background = background;
    this.invalidate();
  }

  /** Calls back after each picture, saying whether the figure is another than before. */
  onDraw(listener: (moved: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Asks for another picture. */
  invalidate(): void {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  /** Fits the picture to the canvas. */
  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.#renderer.setSize(width, height, false);
    this.viewpoint.resize(width, height);
    this.invalidate();
  }

  /** The Gaussian at a point of the canvas, −1..1 right and up; −1 where there is none. */
  pick(x: number, y: number): number {
    this.figure.update();
    const { gaussians, body, contents: { avatar, faces } } = this.figure, ray = this.viewpoint.ray(x, y);
    if (this.#mode === "splats") return pickGaussian(gaussians, avatar.opacity, ray);
    if (this.#mode === "ellipsoids") return pickGaussian(gaussians, avatar.opacity.map(() => 1), ray);
    const met = pickFace(body.vertices, faces, ray);
    if (!met) return -1;
    let best = -1, least = Infinity; // of the face's Gaussians the nearest
    for (let i = avatar.faceOf.indexOf(met.face); i >= 0 && avatar.faceOf[i] === met.face; i++) {
      const far = met.barycentric.reduce((sum, b, corner) => sum + (b - avatar.barycentric[3 * i + corner]!) ** 2, 0);
      if (far < least) [least, best] = [far, i];
    }
    return best;
  }

  /** Where a Gaussian is on the canvas, CSS pixels. */
  project(gaussian: number): { x: number; y: number } {
    const place = new THREE.Vector3().fromArray(this.figure.gaussians.means, 3 * gaussian);
    place.project(this.viewpoint.camera);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return { x: (place.x + 1) / 2 * width, y: (1 - place.y) / 2 * height };
  }

  #draw(): void {
    this.#due = false;
    const started = performance.now();
    const moved = this.figure.update() || this.#stale.places;
    const { camera } = this.viewpoint, { colors } = this;
    const surface = this.#mode === "mesh" || this.#mode === "wires";
    const recolor = this.#stale.colors || (colors.followCamera && !surface && (moved || this.#cameraMoved()));
    if (recolor) colors.update(camera.position.toArray());
    const shown = surface ? this.#surface : this.#mode === "splats" ? this.#splats : this.#ellipsoids;
    if (moved) shown.move();
    if (recolor) shown.recolor(colors.rgb);
    if (moved) this.milliseconds = performance.now() - started;
    this.#stale = { places: false, colors: false };
    this.#renderer.render(this.#scene, camera);
    for (const listener of this.#listeners) listener(moved);
  }

  #seenFrom = new THREE.Vector3(Infinity);
  #cameraMoved(): boolean {
    const moved = !this.#seenFrom.equals(this.viewpoint.camera.position);
    this.#seenFrom.copy(this.viewpoint.camera.position);
    return moved;
  }
}

/** The least y of points. */
function lowest(places: Float64Array): number {
  let least = Infinity;
  for (let at = 1; at < places.length; at += 3) least = Math.min(least, places[at]!);
  return least;
}
