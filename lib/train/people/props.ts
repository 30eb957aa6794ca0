/**
 * # Things: what people sit on and hold
 *
 * Boxes in the body's frame. A seat is put under a sitting body, with or without a back; a phone, cup or bag into a hand;
 * a parcel between two. They cast and receive shadow and may hide parts of the person, but are not the person.
 *
 * @module
 */
import { drawCloth, fromHsv } from "./colours.ts";
import type { DominantJoint } from "./measures.ts";
import type { RandomStream } from "./random.ts";
import { about, add, apply, IDENTITY, type Matrix, scale, subtract, type Vector } from "../../body/turns.ts";
import { JOINT, limb, type PoseDraft, type Side, SIDES } from "./skeleton.ts";
import type { Pose } from "./stances.ts";
import { type Material, material, plain, type Surface } from "./surface.ts";

const CORNERS: readonly Vector[] = [0, 1, 2, 3, 4, 5, 6, 7].map((
  k,
) => [k & 1 ? 1 : -1, k & 2 ? 1 : -1, k & 4 ? 1 : -1]);
const SIDES_OF_BOX = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]] as const;

/** A box with flat sides; outside is outside. */
function box(centre: Vector, half: Vector, turn: Matrix, look: Material): Surface {
  const vertices: number[] = [], rest: number[] = [], faces: number[] = [];
  for (const side of SIDES_OF_BOX) {
    const first = vertices.length / 3;
    for (const corner of side) {
      const [x, y, z] = CORNERS[corner]!, place: Vector = [x * half[0], y * half[1], z * half[2]];
      rest.push(...place);
      vertices.push(...add(centre, apply(turn, place)));
    }
    faces.push(first, first + 1, first + 2, first, first + 2, first + 3);
  }
  return {
    rest: Float32Array.from(rest),
    vertices: Float32Array.from(vertices),
    faces: Uint32Array.from(faces),
    twoSided: true,
    material: look,
    person: false,
  };
}

/** Things that a pose calls for. @param vertices Posed body, [V, 3], body's frame. @param floor Height of the floor. */
export function drawProps(
  stream: RandomStream,
  pose: Pose,
  vertices: Float32Array,
  dominant: DominantJoint,
  floor: number,
): Surface[] {
  const things: Surface[] = [];
  if (pose.legs.startsWith("sit") && !/Floor|CrossLegged/.test(pose.legs)) {
    things.push(...seat(stream, pose.draft, vertices, dominant, floor));
  }
  const inHand = /phone/i.test(pose.arms) ? 0.75 : pose.arms === "carry" || pose.arms === "holdBefore" ? 0.5 : 0.1;
  if (stream.chance(inHand)) things.push(...held(stream, pose));
  return things;
}

function seat(
  r: RandomStream,
  draft: PoseDraft,
  vertices: Float32Array,
  dominant: DominantJoint,
  floor: number,
): Surface[] {
  const pelvis = draft.position(JOINT.pelvis), ahead = apply(draft.orientation(JOINT.pelvis), [0, 0, 1]);
  const heading = Math.atan2(ahead[0], ahead[2]), turn = about([0, 1, 0], heading), back = about([0, 1, 0], -heading);
  let top = Infinity, rear = Infinity;
  for (let v = 0; v < dominant.length; v++) {
    const joint = dominant[v]!, i = 3 * v;
    if (![JOINT.pelvis, JOINT.leftHip, JOINT.rightHip, JOINT.spine1, JOINT.spine2].includes(joint as 0)) continue;
    const [x, y, z] = apply(back, subtract([vertices[i]!, vertices[i + 1]!, vertices[i + 2]!], pelvis));
    rear = Math.min(rear, z);
    if (Math.abs(x) < 0.22 && z < 0.3) top = Math.min(top, y);
  }
  const under = floor - pelvis[1], wood = material(plain(drawCloth(r)), { gloss: r.uniform(0, 0.2) });
  if (top - under < 0.12) return []; // too low for furniture
  const half: Vector = [r.uniform(0.2, 0.32), 0, r.uniform(0.18, 0.26)],
    middle = rear + half[2] + 0.02,
    solid = r.chance(0.4);
  const thick = solid ? (top - under) / 2 : r.uniform(0.015, 0.06);
  const at = (x: number, y: number, z: number): Vector => add(pelvis, apply(turn, [x, y, z]));
  const parts = [box(at(0, top - 0.005 - thick, middle), [half[0], thick, half[2]], turn, wood)];
  if (!solid) {
    for (const x of [-1, 1]) {
      for (const z of [-1, 1]) {
        const high = (top - under - 2 * thick) / 2;
        parts.push(
          box(at(x * (half[0] - 0.02), under + high, middle + z * (half[2] - 0.02)), [0.016, high, 0.016], turn, wood),
        );
      }
    }
  }
  if (r.chance(0.55)) {
    const high = r.uniform(0.15, 0.32);
    parts.push(box(at(0, top + 0.08 + high, rear - 0.035), [half[0] * r.uniform(0.8, 1), high, 0.015], turn, wood));
  }
  return parts;
}

function held(r: RandomStream, { draft, arms }: Pose): Surface[] {
  const look = material(plain(r.chance(0.5) ? fromHsv(0, 0, r.uniform(0.02, 0.15)) : drawCloth(r)), {
    gloss: r.uniform(0, 0.4),
    sharpness: 30,
  });
  const palm = (side: Side): Vector => {
    const { wrist, fingers } = limb(side), knuckle = draft.skeleton.rest[fingers + 3]!;
    return draft.place(wrist, add(knuckle, [0, -0.03, 0]));
  };
  if (arms === "carry" || arms === "holdBefore") {
    const [left, right] = SIDES.map(palm) as [Vector, Vector],
      gap = subtract(left, right),
      wide = Math.hypot(...gap) / 2;
    const turn = about([0, 1, 0], Math.atan2(-gap[2], gap[0]));
    return [
      box(
        add(right, scale(gap, 0.5)),
        [Math.max(0.02, wide - 0.02), r.uniform(0.04, 0.16), r.uniform(0.01, 0.12)],
        turn,
        look,
      ),
    ];
  }
  const side = r.pick(
    SIDES.filter((one) => !/phone/i.test(arms) || draft.position(limb(one).wrist)[1] > draft.position(JOINT.spine1)[1])
      .concat("left").slice(0, 2),
  );
  const turn = draft.orientation(limb(side).wrist) ?? IDENTITY;
  if (/phone/i.test(arms)) return [box(palm(side), [0.072, 0.005, 0.036], turn, look)];
  const kind = r.weighted({ cup: 2, bag: 1, stick: 1 });
  if (kind === "bag") {
    return [
      box(
        add(palm(side), [0, -0.2, 0]),
        [r.uniform(0.06, 0.18), 0.14, r.uniform(0.03, 0.08)],
        about([0, 1, 0], r.uniform(0, 3)),
        look,
      ),
    ];
  }
  const long = kind === "stick" ? r.uniform(0.15, 0.5) : 0.05;
  return [box(palm(side), kind === "stick" ? [0.012, 0.012, long] : [0.03, 0.03, long], turn, look)];
}
