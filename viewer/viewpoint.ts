/**
 * # Where one looks from
 *
 * ```
 * orbit: eye = target + r·(sin φ·sin θ, cos φ, sin φ·cos θ)        photo's camera: its own place, turn and field of view
 * ```
 *
 * Mouse, touch and keys orbit. From the photo's camera the picture's middle and height are the photo's, so the figure stands in the
 * view as in the photo; the first turn leaves it.
 *
 * @module
 */
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Photo } from "../lib/viewer/contents.ts";

const FIELD_OF_VIEW = 28; // degrees, upright
const BAR = 52; // pixels above and below the figure, where buttons lie
const MARGIN = 1.08; // beside it
const STEP = Math.PI / 24; // a key's turn

/** A camera and what moves it. */
export class Viewpoint {
  readonly camera = new THREE.PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 60);
  readonly #controls: OrbitControls;
  #photo: Photo | undefined;
  #size = { width: 1, height: 1 };

  /**
   * @param canvas Where pointers act.
   * @param around The box around what is looked at, as it is now.
   * @param onMove Called when the camera is elsewhere.
   */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly around: () => THREE.Box3,
    private readonly onMove: () => void,
  ) {
    this.#controls = new OrbitControls(this.camera, canvas);
    this.#controls.minDistance = 0.25;
    this.#controls.maxDistance = 12;
    this.#controls.addEventListener("change", () => { // not at "start": a click that picks turns nothing
      this.#leavePhoto();
      onMove();
    });
  }

  /** Stands in front, so that all is seen. */
  front(): void {
    this.#leavePhoto();
    const box = this.around(), size = box.getSize(new THREE.Vector3()), aspect = this.#size.width / this.#size.height;
    const upright = Math.max(0.4, 1 - 2 * BAR / this.#size.height); // the part of the height that is free
    const half = Math.max(size.y / 2 / upright, size.x / 2 / aspect * MARGIN);
    const distance = half / Math.tan(FIELD_OF_VIEW / 2 * Math.PI / 180) + size.z / 2;
    box.getCenter(this.#controls.target);
    this.camera.position.copy(this.#controls.target).add(new THREE.Vector3(0, 0, distance));
    this.#controls.update();
    this.onMove();
  }

  /** Stands where the photo was taken from. */
  atPhoto(photo: Photo): void {
    const from = photo.camera!;
    const r = from.rotation as THREE.Matrix3Tuple;
    const turn = new THREE.Matrix4().set(r[0], r[1], r[2], 0, r[3], r[4], r[5], 0, r[6], r[7], r[8], 0, 0, 0, 0, 1);
    this.#photo = photo;
    this.camera.position.fromArray(from.center);
    this.camera.quaternion.setFromRotationMatrix(turn);
    const ahead = new THREE.Vector3(0, 0, -1).applyQuaternion(this.camera.quaternion);
    const depth = this.around().getCenter(new THREE.Vector3()).sub(this.camera.position).dot(ahead);
    this.#controls.target.copy(this.camera.position).addScaledVector(ahead, Math.max(depth, 0.5));
    this.#project();
    this.onMove();
  }

  /** Turns about the target, or comes nearer: for keys. */
  step(key: string): boolean {
    const turns: Readonly<Record<string, readonly [number, number, number]>> = {
      ArrowLeft: [-STEP, 0, 1],
      ArrowRight: [STEP, 0, 1],
      ArrowUp: [0, -STEP, 1],
      ArrowDown: [0, STEP, 1],
      "+": [0, 0, 0.88],
      "=": [0, 0, 0.88],
      "-": [0, 0, 1 / 0.88],
    };
    const turn = turns[key];
    if (!turn) return false;
    this.#leavePhoto();
    const arm = this.camera.position.clone().sub(this.#controls.target);
    const place = new THREE.Spherical().setFromVector3(arm);
    place.theta += turn[0];
    place.phi += turn[1];
    place.radius = Math.min(12, Math.max(0.25, place.radius * turn[2]));
    this.camera.position.setFromSpherical(place.makeSafe()).add(this.#controls.target);
    this.#controls.update();
    this.onMove();
    return true;
  }

  /** Fits the camera to the canvas. */
  resize(width: number, height: number): void {
    this.#size = { width, height };
    this.#project();
  }

  /** The ray through a point of the canvas, −1..1 right and up. */
  ray(x: number, y: number): { origin: number[]; direction: number[] } {
    this.camera.updateMatrixWorld();
    const origin = this.camera.position.toArray();
    const far = new THREE.Vector3(x, y, 0.5).unproject(this.camera).sub(this.camera.position).normalize();
    return { origin, direction: far.toArray() };
  }

  #leavePhoto(): void {
    if (!this.#photo) return;
    this.#photo = undefined;
    this.camera.clearViewOffset();
    this.#project();
  }

  #project(): void {
    const { width, height } = this.#size, { camera } = this;
    camera.aspect = width / height;
    camera.fov = FIELD_OF_VIEW;
    if (this.#photo) {
      const { lens: { fy, cx, cy } } = this.#photo.camera!, { width: w, height: h } = this.#photo;
      const fit = Math.min(height / h, width / w); // canvas pixels a photo pixel
      camera.fov = 2 * Math.atan(height / 2 / (fy * fit)) * 180 / Math.PI;
      camera.setViewOffset(width, height, (w / 2 - cx) * fit, (h / 2 - cy) * fit, width, height);
    }
    camera.updateProjectionMatrix();
  }
}
