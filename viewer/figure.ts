/**
 * # The figure: parameters, and the Gaussians that follow from them
 *
 * ```
 * coefficients, pose, transl → posed vertices and joints → Gaussians        pose_body.ts, place_gaussians.ts
 * ```
 *
 * Whoever changes the parameters calls {@linkcode Figure.changed}; everything else is worked out when the next picture is drawn.
 *
 * @module
 */
import type { MotionFrame } from "../lib/body/motion/frame_at.ts";
import type { ViewerContents } from "../lib/viewer/contents.ts";
import { placeOnFaces, type PlainGaussians, roomForGaussians } from "../lib/viewer/place_gaussians.ts";
import { type PlainBody, poseBody } from "../lib/viewer/pose_body.ts";

/** An avatar in a shape and pose. */
export class Figure {
  /** C numbers: shape, then expression. */
  readonly coefficients: Float32Array;
  /** J·3 radians. */
  readonly pose: Float32Array;
  /** [3] metres. */
  readonly transl: Float32Array;
  /** The pose that resetting a joint leads back to. */
  readonly base: Float32Array;
  /** The Gaussians in the world, as of the last update. */
  readonly gaussians: PlainGaussians;
  /** The body, as of the last update. */
  body: PlainBody;
  /** How often a pose was taken: a way from one pose to another ends when someone else takes one. */
  taken = 0;
  #stale = true;
  readonly #listeners: (() => void)[] = [];

  /** @param contents The page's data. */
  constructor(readonly contents: ViewerContents) {
    const { rig, avatar, faces, poses, coefficients } = contents;
    this.coefficients = coefficients.slice();
    this.pose = poses.photo.pose.slice();
    this.base = this.pose.slice();
    this.transl = poses.photo.transl.slice();
    this.gaussians = roomForGaussians(avatar.count, faces.length / 3);
    this.body = poseBody(rig, this);
    this.update();
  }

  /** Takes a pose over, as the one that joints are reset to. */
  take({ pose, transl }: MotionFrame): void {
    this.pose.set(pose);
    this.base.set(pose);
    this.transl.set(transl);
    this.taken++;
    this.changed();
  }

  /** Says that parameters are others now. */
  changed(): void {
    this.#stale = true;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back whenever parameters change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Works out body and Gaussians, if they are not up to date; says whether it did. */
  update(): boolean {
    if (!this.#stale) return false;
    const { rig, avatar, faces } = this.contents;
    this.body = poseBody(rig, this);
    placeOnFaces(avatar, this.body.vertices, faces, this.gaussians);
    this.#stale = false;
    return true;
  }

  /** [n]: the joint that moves each Gaussian most, by the weights of its face's corners. */
  get joints(): Uint8Array {
    return this.#joints ??= this.#findJoints();
  }

  #joints: Uint8Array | undefined;
  #findJoints(): Uint8Array {
    const { rig: { vertices, jointCount }, avatar, faces } = this.contents, weights = new Float64Array(jointCount);
    return Uint8Array.from(avatar.faceOf, (face, i) => {
      weights.fill(0);
      for (let corner = 0; corner < 3; corner++) {
        const vertex = faces[3 * face + corner]!, share = avatar.barycentric[3 * i + corner]!;
        for (let at = vertices.start[vertex]!; at < vertices.start[vertex + 1]!; at++) {
          weights[vertices.joints[at]!]! += share * vertices.weights[at]!;
        }
      }
      let most = 0;
      for (let joint = 1; joint < jointCount; joint++) if (weights[joint]! > weights[most]!) most = joint;
      return most;
    });
  }
}
