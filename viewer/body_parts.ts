/**
 * # Joints by body part
 *
 * @module
 */

const PARTS: Readonly<Record<string, RegExp>> = {
  "Trunk and head": /^(pelvis|spine\d|neck|head)$/,
  "Left arm": /^left_(collar|shoulder|elbow|wrist)$/,
  "Right arm": /^right_(collar|shoulder|elbow|wrist)$/,
  "Left leg": /^left_(hip|knee|ankle|foot)$/,
  "Right leg": /^right_(hip|knee|ankle|foot)$/,
  "Face": /^(jaw|.*_eye.*)$/,
  "Left hand": /^left_(thumb|index|middle|ring|pinky)\d$/,
  "Right hand": /^right_(thumb|index|middle|ring|pinky)\d$/,
};

/** The joints of each part, in the order in which people name them; joints of other names come last. */
export function bodyParts(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const left = new Set(names.keys()), parts = new Map<string, number[]>();
  for (const [part, pattern] of Object.entries(PARTS)) {
    const joints = [...left].filter((joint) => pattern.test(names[joint]!));
    for (const joint of joints) left.delete(joint);
    if (joints.length > 0) parts.set(part, joints);
  }
  if (left.size > 0) parts.set("Other", [...left]);
  return parts;
}

/** A joint's name as people write it: left_eye_smplhf → Left eye. */
export function spoken(name: string): string {
  const words = name.replace(/_smplhf$/, "").replaceAll("_", " ").replace(/(\D)(\d)$/, "$1 $2");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
