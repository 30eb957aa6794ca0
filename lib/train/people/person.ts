/**
 * # A synthetic person: a function of (seed, index)
 *
 * ```
 * body shape → pose → clothes, skin, hair → camera and crop → light, background, things, others
 *            → picture, mask                    what a network sees
 *            → vertices, joints, 2D, visibility, camera, body parameters      what it is asked
 * ```
 *
 * The labels follow the project's conventions to the letter: the world is the photo's camera frame (x right, y down, z
 * forward, metres); pixels are those of the 512² crop, whatever the size of the picture; `skin(body, parameters)` gives
 * back `vertices` and `joints`, and projecting those by `camera` gives back `vertices2d` and `joints2d`.
 *
 * ```ts
 * import { createPeople } from "./person.ts";
 * const people = await createPeople({ seed: 1, size: 256 });
 * const { image, joints2d } = await people.person(0);
 * console.log(image.length, joints2d.length); // 196608 110
 * ```
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import type { Camera } from "../../image/cameras.ts";
import { expectInteger } from "../../tensor/options.ts";
import { drawBackdrop } from "./backgrounds.ts";
import type { View } from "./background_view.ts";
import { compose, greyOutside, maskOf, photoTest, softened } from "./compositing.ts";
import { drawFraming, type Framing, keyPoints } from "./framing.ts";
import { applyEffects, drawEffects, type Effects, exposureOf } from "./image_effects.ts";
import { type PersonParameters, placeBody, projectBody } from "./labels.ts";
import { drawLight, type Lighting, ShadowMap } from "./light.ts";
import { drawModel, type Model } from "./model.ts";
import { drawOccluders } from "./occluders.ts";
import { inCamera, lowest, toPixels } from "./photo_space.ts";
import { drawProps } from "./props.ts";
import { RandomStream } from "./random.ts";
import { clearSurfaceBuffer, rasterize } from "../../body/surface_buffer.ts";
import { vertexNormals } from "./rigged_mesh.ts";
import { apply, type Matrix, type Vector } from "../../body/turns.ts";
import { shade } from "./shade.ts";
import { JOINT } from "./skeleton.ts";
import { openStudio, type PeopleOptions, type Studio, SUPERSAMPLE } from "./studio.ts";
import type { Surface } from "./surface.ts";
import { seenJoints, seenVertices } from "./visibility.ts";

/** What was drawn, in words and numbers, for statistics. */
export interface PersonScene {
  readonly stance: string;
  readonly legs: string;
  readonly arms: string;
  readonly outfit: string;
  readonly head: string;
  readonly background: string;
  readonly cut: string;
  /** Radians: 0 faces the camera. */
  readonly yaw: number;
  readonly fieldOfView: number;
  readonly occluded: boolean;
  readonly company: boolean;
  /** Metres by which limbs run into the body, summed. */
  readonly penetration: number;
}

/** A picture and its labels. */
export interface Person {
  /** Pixels a side. */
  readonly size: number;
  /** [size, size, 3], sRGB bytes. */
  readonly image: Uint8Array;
  /** [size, size]: 255 where the person (clothes and hair included) is seen. */
  readonly mask: Uint8Array;
  /** [V, 3] and [55, 3]: the bare body, metres, camera axes. */
  readonly vertices: Float32Array;
  readonly joints: Float32Array;
  /** [V, 2] and [55, 2]: pixels of the 512² crop. */
  readonly vertices2d: Float32Array;
  readonly joints2d: Float32Array;
  /** [V] and [55]: 1 where seen. */
  readonly vertexSeen: Uint8Array;
  readonly jointSeen: Uint8Array;
  /** Of the 512² crop. */
  readonly camera: Camera;
  readonly parameters: PersonParameters;
  readonly scene: PersonScene;
}

/** A source of people. */
export interface People {
  /** Person number `index`; equal calls give equal bytes. */
  readonly person: (index: number) => Promise<Person>;
}

/** Loads what people are made of and returns the function that makes them. */
export async function createPeople(options?: Partial<PeopleOptions>): Promise<People> {
  const studio = await openStudio("createPeople", options);
  return {
    person: async (index) => {
      expectInteger("person", "index", index, 0);
      return (await photograph(studio, new RandomStream(studio.seed, index))).person;
    },
  };
}

/** A photo, and how it came about. */
export interface Photograph {
  readonly person: Person;
  readonly model: Model;
  readonly framing: Framing;
  /** In the photo's camera axes. */
  readonly light: Lighting;
  readonly exposure: number;
  readonly effects: Effects;
}

/** Draws a person and takes the photo. The studio's buffers are used until the promise is returned, not longer. */
export async function photograph(studio: Studio, r: RandomStream): Promise<Photograph> {
  const { assets, distribution, size, buffer } = studio,
    model = drawModel(studio, r),
    { dressed, appearance, pose } = model;
  const headRight = apply(appearance.draft.orientation(JOINT.head), [-1, 0, 0]);
  const framing = drawFraming(
    r.fork("camera"),
    distribution.camera,
    dressed.vertices,
    dressed.joints,
    keyPoints(dressed.joints, headRight),
  );
  const floor = lowest(dressed.vertices);
  const company = r.fork("company").chance(distribution.companions)
    ? companion(studio, r.fork("companion"), framing, floor)
    : [];
  const props = drawProps(r.fork("props"), pose, dressed.vertices, assets.dominant, floor);
  const surfaces = [...dressed.surfaces, ...props, ...company].map((surface) =>
    inCamera(surface, framing.rotation, framing.shift)
  );
  const view = viewOf(framing, size, floor);
  clearSurfaceBuffer(buffer);
  surfaces.forEach(({ vertices, faces, keep, twoSided }, k) =>
    rasterize(buffer, k, { projected: toPixels(vertices, framing.camera, buffer.width), faces, keep, twoSided })
  );

  const backdrop = drawBackdrop(r.fork("background"), view, studio.pictures, distribution.withheld);
  const light = drawLight(r.fork("light"), framing.rotation, backdrop.ambience),
    shadow = new ShadowMap(surfaces, light, studio.shadowBuffer);
  const shaded = shade(buffer, surfaces, light, shadow, SUPERSAMPLE);
  const placed = placeBody(model, framing.rotation, framing.shift);
  const labels = { ...placed, ...projectBody(placed, framing.camera) };
  const places = targets(labels.joints2d),
    wantsOccluder = r.fork("occlude").chance(distribution.occluders) && places.length > 0;
  const before = wantsOccluder ? drawOccluders(r.fork("occluder"), size, places, light.sky) : undefined;
  const linear = compose(softened(backdrop.draw(light, shadow), size, r.fork("focus")), shaded, before);
  const inPhoto = photoTest(framing), mask = maskOf(shaded.person, before, size, inPhoto);
  const normals = vertexNormals(labels.vertices, assets.body.faces);
  const vertexSeen = seenVertices({
    vertices: labels.vertices,
    normals,
    projected: labels.vertices2d,
    buffer,
    before: before?.opacity,
    inPhoto,
    size,
  });
  const exposure = exposureOf(linear, size, (x, y) => inPhoto(x * CROP, y * CROP));
  for (let i = 0; i < linear.length; i++) linear[i]! *= exposure;
  const spoiling = r.fork("effects"), effects = drawEffects(spoiling, size);
  const image = await applyEffects(linear, size, effects, spoiling); // meanwhile the buffers belong to the next person
  greyOutside(image, size, inPhoto);
  const person: Person = {
    size,
    image,
    mask,
    ...labels,
    vertexSeen,
    jointSeen: seenJoints(vertexSeen, studio.around),
    camera: framing.camera,
    scene: {
      stance: model.stance,
      legs: pose.legs,
      arms: pose.arms,
      outfit: appearance.outfit.name,
      head: appearance.headwear.hat?.kind ?? appearance.headwear.style,
      background: backdrop.family,
      cut: framing.cut,
      yaw: framing.yaw,
      fieldOfView: framing.fieldOfView,
      occluded: before !== undefined,
      company: company.length > 0,
      penetration: pose.penetration,
    },
  };
  return { person, model, framing, light, exposure, effects };
}

/** Somebody else, beside or behind; bystanders are not the person. */
function companion(studio: Studio, r: RandomStream, framing: Framing, floor: number): Surface[] {
  const { dressed, pose } = drawModel(studio, r), ground = lowest(dressed.vertices);
  const turn = r.uniform(-Math.PI, Math.PI), c = Math.cos(turn), s = Math.sin(turn);
  const aside = r.pick([-1, 1]) * r.uniform(0.5, 1.3), behind = r.uniform(-0.1, 2.5), m = framing.rotation; // rows: camera axes
  const offset: Vector = [m[0]! * aside + m[6]! * behind, floor - ground, m[2]! * aside + m[8]! * behind];
  const rotation: Matrix = [c, 0, s, 0, 1, 0, -s, 0, c];
  const things = drawProps(r.fork("props"), pose, dressed.vertices, studio.assets.dominant, ground);
  return [...dressed.surfaces, ...things].map((surface) => ({ ...inCamera(surface, rotation, offset), person: false }));
}

function viewOf({ camera: { K }, rotation, shift }: Framing, size: number, floor: number): View {
  const scale = size / CROP;
  return { size, focal: K[0]![0]! * scale, centre: [K[0]![2]! * scale, K[1]![2]! * scale], rotation, shift, floor };
}

/** Where occluders may stand: joints of the body that lie inside the crop, 0..1. */
function targets(joints2d: Float32Array): (readonly [number, number])[] {
  return Array.from({ length: 22 }, (_, j) => [joints2d[2 * j]! / CROP, joints2d[2 * j + 1]! / CROP] as const)
    .filter(([x, y]) => x > 0.05 && y > 0.05 && x < 0.95 && y < 0.95);
}
