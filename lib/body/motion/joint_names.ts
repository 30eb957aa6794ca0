/**
 * # Joints by their names in other people's skeletons
 *
 * Side and part are read apart, whatever the spelling: `mixamorig:LeftForeArm`, `lowerarm_l`, `forearm.L`, `L_Elbow` and
 * `left_elbow` are one joint. The trunk goes by its place in the tree instead: what lies between pelvis and neck is the
 * spine, however many bones it has and whatever they are called.
 *
 * Schemes known: Mixamo and MotionBuilder (CMU, ACCAD), classic BVH (`Chest`, `LeftCollar`, `LeftHip`), Unreal, Blender's
 * metarig, SMPL. Two words depend on their company: a `LeftShoulder` is a collar bone where there is also an upper arm, and
 * a `LeftLeg` is a shank (its joint the knee).
 *
 * @module
 */
import { jointIndex } from "../joints.ts";

/** Our joint for each part of a limb, without its side. */
const PARTS: Readonly<Record<string, string>> = {
  ...alias("hip", "upleg upperleg thigh hip"),
  ...alias("knee", "leg lowerleg calf shin shank knee"),
  ...alias("ankle", "foot ankle"),
  ...alias("foot", "toebase toe toes ball"),
  ...alias("collar", "collar clavicle"),
  ...alias("shoulder", "arm upperarm uparm"),
  ...alias("elbow", "forearm lowerarm elbow"),
  ...alias("wrist", "hand wrist"),
};
const MIDDLE: Readonly<Record<string, string>> = {
  ...alias("pelvis", "hips hip pelvis"),
  ...alias("neck", "neck neck1 neck01"),
  ...alias("head", "head"),
};
const FINGERS = /^(?:hand)?(thumb|index|middle|ring|pinky|little)(?:finger|proximal|intermediate|distal)?0?([123])$/;

/** A skeleton as far as names go. */
export interface NamedTree {
  readonly joints: readonly { readonly name: string; readonly parent: number }[];
}

/**
 * Which joint of ours each joint of a skeleton is.
 *
 * @param given Our joint by the skeleton's name, before all rules.
 * @returns from our joint to the place in the skeleton.
 * @throws {RangeError} if `given` names a joint that neither side has.
 */
export function matchJoints(
  { joints }: NamedTree,
  given: Readonly<Record<string, string>> = {},
): ReadonlyMap<number, number> {
  const found = new Map<string, number>(); // our name → place
  const shoulders: [side: string, place: number][] = [];
  joints.forEach(({ name }, place) => {
    const take = (ours: string) => void (found.has(ours) || found.set(ours, place));
    if (Object.hasOwn(given, name)) return take(given[name]!);
    const { side, part } = readName(name);
    if (!side) {
      if (Object.hasOwn(MIDDLE, part)) take(MIDDLE[part]!);
      return;
    }
    const finger = FINGERS.exec(part);
    if (finger) take(`${side}_${finger[1] === "little" ? "pinky" : finger[1]}${finger[2]}`);
    else if (part === "shoulder") shoulders.push([side, place]);
    else if (Object.hasOwn(PARTS, part)) take(`${side}_${PARTS[part]}`);
  });
  for (const name of Object.keys(given)) {
    if (joints.some((joint) => joint.name === name)) continue;
    throw new RangeError(`readMotion: the file has no joint "${name}": it has ${nameList(joints)}`);
  }
  for (const [side, place] of shoulders) {
    const ours = found.has(`${side}_shoulder`) ? `${side}_collar` : `${side}_shoulder`;
    if (!found.has(ours)) found.set(ours, place);
  }
  if (!found.has("pelvis")) found.set("pelvis", 0); // the root, under any name
  addSpine(joints, found);
  return new Map([...found].map(([name, place]) => [jointIndex(name), place]));
}

/** The names of joints for an error, not too many. */
export function nameList(joints: readonly { readonly name: string }[]): string {
  const names = joints.slice(0, 40).map(({ name }) => name).join(", ");
  return joints.length > 40 ? `${names} and ${joints.length - 40} more` : names;
}

/** First, middle and last of the joints between pelvis and neck; rotations in between add up to those. */
function addSpine(joints: NamedTree["joints"], found: Map<string, number>): void {
  const top = found.get("neck") ?? found.get("head"), pelvis = found.get("pelvis")!;
  const chain: number[] = [];
  for (let at = top === undefined ? -1 : joints[top]!.parent; at >= 0 && at !== pelvis; at = joints[at]!.parent) {
    chain.unshift(at);
  }
  const last = chain.length - 1;
  const picks = [["spine2"], ["spine1", "spine3"], ["spine1", "spine2", "spine3"]][Math.min(last, 2)] ?? [];
  picks.forEach((name, i) => {
    const place = chain[picks.length === 1 ? 0 : Math.round(i * last / (picks.length - 1))]!;
    if (!found.has(name)) found.set(name, place);
  });
}

/** Side and part of a name: namespace off, words joined, lower case. */
function readName(name: string): { readonly side: "left" | "right" | undefined; readonly part: string } {
  const bare = name.replace(/^.*[:|]/, "").replace(/^(mixamorig\d*|Bip\d+|Character\d+)[_ ]?/i, "");
  const words = bare.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase()
    .split(/[^a-z0-9]+/).filter(Boolean);
  const sideAt = words.findIndex((word) => /^(left|right|l|r|lft|rgt)$/.test(word));
  if (sideAt >= 0) {
    return {
      side: words[sideAt]!.startsWith("l") ? "left" : "right",
      part: words.filter((_, i) => i !== sideAt).join(""),
    };
  }
  const joined = words.join(""), prefix = /^(left|right)(.+)$/.exec(joined);
  return prefix ? { side: prefix[1] as "left" | "right", part: prefix[2]! } : { side: undefined, part: joined };
}

function alias(ours: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, ours]));
}
