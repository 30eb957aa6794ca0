/**
 * # The 55 joints of SMPL-X
 *
 * Pelvis first, every parent before its children; then jaw and eyes, then five fingers of three joints a hand. The order
 * is that of `pose` [55, 3]: global orientation, body (21), jaw, eyes (2), left hand (15), right hand (15).
 *
 * Source: Pavlakos et al., *Expressive Body Capture: 3D Hands, Face, and Body from a Single Image*, 2019.
 *
 * @module
 */

const BODY = `pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot
right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist
right_wrist jaw left_eye_smplhf right_eye_smplhf`.split(/\s+/);
const FINGERS = ["index", "middle", "pinky", "ring", "thumb"];
const HANDS = ["left", "right"].flatMap((side) =>
  FINGERS.flatMap((finger) => [1, 2, 3].map((i) => `${side}_${finger}${i}`))
);
const BODY_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15];
const WRISTS = [BODY.indexOf("left_wrist"), BODY.indexOf("right_wrist")];

/** How many joints there are. */
export const JOINT_COUNT = 55;

/** The joints' names in order. */
export const JOINT_NAMES: readonly string[] = [...BODY, ...HANDS];

/** The parent of each joint; −1 at the root. */
export const JOINT_PARENTS: readonly number[] = [
  ...BODY_PARENTS,
  ...HANDS.map((_, i) => i % 3 > 0 ? BODY.length + i - 1 : WRISTS[Math.floor(i / HANDS.length * 2)]!),
];

/**
 * A joint's place in the order.
 *
 * @throws {RangeError} if there is no joint of that name.
 */
export function jointIndex(name: string): number {
  const index = JOINT_NAMES.indexOf(name);
  if (index < 0) throw new RangeError(`jointIndex: no joint is called "${name}": known are ${JOINT_NAMES.join(", ")}`);
  return index;
}

/** The same joint on the other side of the body, for each joint; those in the middle map to themselves. */
export const MIRRORED_JOINTS: readonly number[] = JOINT_NAMES.map((name) =>
  jointIndex(name.replace(/^(left|right)_/, (_, side) => side === "left" ? "right_" : "left_"))
);
