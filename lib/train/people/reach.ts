/**
 * # Where hands and feet go: two bones, one target
 *
 * ```
 * cos α = (l₁² + d² − l₂²) / (2·l₁·d)          d: distance from shoulder (hip) to target, l₁ and l₂ the bones' lengths
 * elbow = shoulder + l₁·(cos α·t̂ + sin α·ĥ)     t̂ to the target, ĥ the hint's part at a right angle to it
 * ```
 *
 * People do not choose joint angles: they put a hand on a hip, a foot on the floor. So most stances say where a hand or
 * foot is and roughly to which side the elbow or knee points, and the angles follow. Targets out of reach are
 * approached as near as the limb is long. The hinge bends about its own axis; what is left over is twist of the upper
 * bone. All results stay within the joints' limits, at the price of missing the target.
 *
 * @module
 */
import { clampJoint } from "../../body/joint_limits.ts";
import {
  about,
  add,
  apply,
  between,
  cross,
  dot,
  frame,
  length,
  multiply,
  scale,
  subtract,
  transpose,
  unit,
  type Vector,
} from "../../body/turns.ts";
import { limb, type PoseDraft, type Side, signOf } from "./skeleton.ts";

/** Puts a wrist at a target. @param elbow The direction to which the elbow points. */
export function reachHand(draft: PoseDraft, side: Side, target: Vector, elbow: Vector): void {
  const { shoulder, elbow: hinge, wrist } = limb(side);
  bend(draft, [shoulder, hinge, wrist], target, elbow, [0, -signOf(side), 0]);
}

/** Puts an ankle at a target. @param knee The direction to which the knee points. */
export function reachFoot(draft: PoseDraft, side: Side, target: Vector, knee: Vector): void {
  const { hip, knee: hinge, ankle } = limb(side);
  bend(draft, [hip, hinge, ankle], target, knee, [1, 0, 0]);
}

/** @param axis The hinge's axis in the rest frame: bending turns the lower bone about it by a positive angle. */
function bend(
  draft: PoseDraft,
  [root, hinge, end]: readonly [number, number, number],
  target: Vector,
  hint: Vector,
  axis: Vector,
): void {
  const { rest } = draft.skeleton;
  const upper = subtract(rest[hinge]!, rest[root]!), lower = subtract(rest[end]!, rest[hinge]!);
  const l1 = length(upper), l2 = length(lower);
  const start = draft.position(root), wanted = subtract(target, start);
  const d = Math.min(0.995 * (l1 + l2), Math.max(1.1 * Math.abs(l1 - l2) + 0.03, length(wanted)));
  const towards = unit(wanted);
  const aside = unit(subtract(hint, scale(towards, dot(hint, towards))));
  const cosine = Math.min(1, Math.max(-1, (l1 * l1 + d * d - l2 * l2) / (2 * l1 * d)));
  const middle = add(
    scale(towards, l1 * cosine),
    scale(aside, l1 * Math.sqrt(1 - cosine * cosine)),
  );
  const lowerWanted = subtract(scale(towards, d), middle);
  const normal = cross(middle, lowerWanted); // the hinge's axis in the body's frame
  const restFrame = frame(upper, axis), posedFrame = frame(middle, length(normal) > 1e-6 ? normal : axis);
  draft.orient(root, multiply(posedFrame, transpose(restFrame)));
  draft.set(root, clampJoint(root, draft.local[root]!));
  const lowerLocal = apply(transpose(draft.orientation(root)), lowerWanted);
  draft.set(hinge, clampJoint(hinge, between(lower, lowerLocal)));
}

/** Turns a forearm about its own length (pronation is positive on both sides: palm down and back), in radians. */
export function rollForearm(draft: PoseDraft, side: Side, angle: number): void {
  const { elbow, wrist } = limb(side), { rest } = draft.skeleton;
  const bone = unit(subtract(rest[wrist]!, rest[elbow]!));
  draft.turn(elbow, about(bone, signOf(side) * -angle));
}
