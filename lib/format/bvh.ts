/**
 * # .bvh: a skeleton and its rotations over time
 *
 * ```
 * HIERARCHY
 * ROOT Hips { OFFSET 0 0 0  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 *   JOINT Spine { OFFSET 0 10 0  CHANNELS 3 Zrotation Xrotation Yrotation  End Site { OFFSET 0 15 0 } } }
 * MOTION
 * Frames: 2
 * Frame Time: 0.0333
 * one line of numbers each frame, channel after channel
 * ```
 *
 * Offsets are from parent to joint with all rotations at zero; a joint turns by the product of its rotations in the order
 * of its channels. Lengths have no unit, angles are degrees. Text and numbers are checked against each other before
 * anything is allocated: a file is hostile until parsed.
 *
 * Source: Meredith and Maddock, *Motion Capture File Formats Explained*, 2001.
 *
 * @module
 */

/** What a channel moves. */
export type BvhChannel = `${"X" | "Y" | "Z"}${"position" | "rotation"}`;

/** One joint of a skeleton. */
export interface BvhJoint {
  readonly name: string;
  /** The parent's place in the list; −1 at the root, which comes first. */
  readonly parent: number;
  /** From the parent, in the file's unit. */
  readonly offset: readonly [x: number, y: number, z: number];
  /** In the file's order. */
  readonly channels: readonly BvhChannel[];
  /** Where its channels begin in a frame's numbers. */
  readonly firstChannel: number;
}

/** The content of a .bvh file. */
export interface Bvh {
  /** Parents before their children. */
  readonly joints: readonly BvhJoint[];
  /** Tips of the last bones: parent's place in the list and offset. */
  readonly ends: readonly Pick<BvhJoint, "parent" | "offset">[];
  /** T */
  readonly frameCount: number;
  /** Seconds from frame to frame. */
  readonly frameSeconds: number;
  /** Numbers a frame. */
  readonly channelCount: number;
  /** T·channelCount, degrees and the file's unit. */
  readonly values: Float32Array;
}

const MOST_JOINTS = 2000, MOST_DEPTH = 200, MOST = 1e9; // no length or angle is larger

/**
 * Parses a .bvh file.
 *
 * @param text The whole file.
 * @param name How the file is called in errors.
 * @throws {SyntaxError} if it is no such file: wrong words, a joint named twice, numbers missing or too many.
 * @throws {RangeError} if it has no frames or a frame time that is not above zero.
 */
export function parseBvh(text: string, name = "file"): Bvh {
  const fail = (why: string): never => {
    throw new SyntaxError(`parseBvh: ${name} is no .bvh motion: ${why}`);
  };
  const split = /\bMOTION\b/.exec(text);
  if (!/^\s*HIERARCHY\b/.test(text)) fail('it does not begin with "HIERARCHY"');
  if (!split) return fail('it has no "MOTION"');
  const { joints, ends, channelCount } = parseHierarchy(text.slice(0, split.index), fail);
  const after = text.slice(split.index);
  const head = /^MOTION\s+Frames:\s*(\S+)\s+Frame\s+Time:\s*(\S+)\s*/.exec(after);
  if (!head) return fail('after "MOTION" it wants "Frames:" and "Frame Time:"');
  const frameCount = Number(head[1]), frameSeconds = Number(head[2]);
  if (!Number.isInteger(frameCount) || frameCount < 0) fail(`it says "Frames: ${head[1]}"`);
  if (frameCount === 0) throw new RangeError(`parseBvh: ${name} has no frames: a motion needs at least one`);
  if (!(frameSeconds > 0 && Number.isFinite(frameSeconds))) {
    throw new RangeError(`parseBvh: the frame time of ${name} must be above zero: got "${head[2]}"`);
  }
  const wanted = frameCount * channelCount;
  if (wanted > after.length) { // a number takes at least two letters, its separator included
    fail(`${frameCount} frames of ${channelCount} numbers want more than its ${after.length} characters: truncated?`);
  }
  const values = new Float32Array(wanted);
  let count = 0;
  for (const [word] of after.slice(head[0].length).matchAll(/\S+/g)) {
    const value = Number(word);
    if (!(Math.abs(value) <= MOST)) {
      fail(`frame ${Math.floor(count / channelCount)} has "${word.slice(0, 20)}" for a number`);
    }
    if (count < wanted) values[count] = value;
    count++;
  }
  if (count !== wanted) {
    fail(`${frameCount} frames of ${channelCount} numbers want ${wanted} numbers: it has ${count}`);
  }
  return { joints, ends, frameCount, frameSeconds, channelCount, values };
}

type Skeleton = Pick<Bvh, "joints" | "ends" | "channelCount">;

/** A joint while it is read; an end site has no name. */
interface Draft {
  readonly name: string | undefined;
  readonly parent: number;
  offset?: [number, number, number];
  channels: BvhChannel[];
  firstChannel: number;
}

function parseHierarchy(text: string, fail: (why: string) => never): Skeleton {
  const words = text.match(/[{}]|[^\s{}]+/g)!;
  let at = 1, channelCount = 0;
  const next = (): string => words[at++] ?? fail("its hierarchy is cut short");
  const number = (): number => {
    const word = next(), value = Number(word);
    return Math.abs(value) <= MOST ? value : fail(`its hierarchy has "${word}" for a number`);
  };
  const drafts: Draft[] = [], open: number[] = []; // the joints around the present place
  const names = new Set<string>();
  const begin = (named: boolean) => {
    let name: string | undefined;
    if (named) {
      name = next();
      while (words[at] !== "{" && at < words.length) name += ` ${next()}`; // names may hold spaces
      if (names.has(name)) {
        fail(`joint "${name}" comes twice${open.some((i) => drafts[i]!.name === name) ? ", once below itself" : ""}`);
      }
      names.add(name);
    }
    if (next() !== "{") fail(`"{" is missing after ${name ? `joint "${name}"` : "End Site"}`);
    drafts.push({ name, parent: open.at(-1) ?? -1, channels: [], firstChannel: channelCount });
    open.push(drafts.length - 1);
    if (drafts.length > MOST_JOINTS) fail(`it has more than ${MOST_JOINTS} joints`);
    if (open.length > MOST_DEPTH) fail(`its joints are nested more than ${MOST_DEPTH} deep`);
  };
  while (at < words.length) {
    const word = next(), here = drafts[open.at(-1)!];
    if (word === "ROOT" && drafts.length === 0) begin(true);
    else if (!here) fail(drafts.length === 0 ? `it wants "ROOT", got "${word}"` : `"${word}" is outside the skeleton`);
    else if (here.name !== undefined && word === "JOINT") begin(true);
    else if (here.name !== undefined && word === "End" && next() === "Site") begin(false);
    else if (word === "OFFSET") here.offset = [number(), number(), number()];
    else if (word === "CHANNELS" && here.name !== undefined && here.channels.length === 0) {
      const count = number();
      if (!(Number.isInteger(count) && count >= 0 && count <= 6)) fail(`joint "${here.name}" has ${count} channels`);
      here.firstChannel = channelCount;
      for (let i = 0; i < count; i++) {
        const channel = next();
        if (!/^[XYZ](position|rotation)$/.test(channel) || here.channels.includes(channel as BvhChannel)) {
          fail(`joint "${here.name}" has the channel "${channel}"`);
        }
        here.channels.push(channel as BvhChannel);
      }
      channelCount += count;
    } else if (word === "}") {
      if (!here.offset) fail(`${here.name ? `joint "${here.name}"` : "an End Site"} has no OFFSET`);
      open.pop();
    } else fail(`"${word}" is out of place${here.name ? ` in joint "${here.name}"` : ""}`);
  }
  if (drafts.length === 0) fail("it has no ROOT");
  if (open.length > 0) fail(`"}" is missing after joint "${drafts[open.at(-1)!]!.name}"`);
  if (channelCount === 0) fail("its joints have no channels");
  const kept = drafts.flatMap((draft, i) => draft.name === undefined ? [] : [i]);
  const placeOf = new Map(kept.map((draft, joint) => [draft, joint]));
  const parentOf = ({ parent }: Draft) => placeOf.get(parent) ?? -1;
  return {
    joints: kept.map((i) => {
      const draft = drafts[i]!;
      const { name, offset, channels, firstChannel } = draft;
      return { name: name!, parent: parentOf(draft), offset: offset!, channels, firstChannel };
    }),
    ends: drafts.filter((draft) => draft.name === undefined).map((draft) => ({
      parent: parentOf(draft),
      offset: draft.offset!,
    })),
    channelCount,
  };
}
