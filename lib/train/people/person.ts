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
import { expectInteger, expectOneOf, resolveOptions } from "../../tensor/options.ts";
import { loadPeopleAssets, type PeopleAssets, regressJoints } from "./assets.ts";
import { drawBackdrop } from "./backgrounds.ts";
import type { BackgroundPictures, Picture, View } from "./background_view.ts";
import { compose, greyOutside, maskOf, photoTest, softened } from "./compositing.ts";
import { type Appearance, dress, type DressedPerson } from "./dressed.ts";
import { drawFraming, type Framing, keyPoints } from "./framing.ts";
import { drawHeadwear } from "./hair.ts";
import { applyEffects, drawEffects, exposureOf } from "./image_effects.ts";
import { createShadowBuffer, drawLight, ShadowMap } from "./light.ts";
import { measure } from "./measures.ts";
import { drawOccluders } from "./occluders.ts";
import { readPanoramas } from "./panoramas.ts";
import { flat, inCamera, lowest, move, toPixels } from "./photo_space.ts";
import { drawProps } from "./props.ts";
import { RandomStream } from "./random.ts";
import { clearSurfaceBuffer, createSurfaceBuffer, rasterize, type SurfaceBuffer } from "./rasterize.ts";
import { shapeMesh, vertexNormals } from "./rigged_mesh.ts";
import { add, apply, type Matrix, multiply, subtract, toVector, type Vector } from "../../body/turns.ts";
import { distributionOf, type PeopleDistribution, readEvaluationSets, SET_NAMES, type SetName } from "./sets.ts";
import { shade } from "./shade.ts";
import { JOINT } from "./skeleton.ts";
import { drawComplexion } from "./skin.ts";
import { drawPose, type Pose, STANCES, WITHHELD_STANCES } from "./stances.ts";
import type { Surface } from "./surface.ts";
import { seenJoints, seenVertices, verticesAround } from "./visibility.ts";
import { drawOutfit } from "./wardrobe.ts";

/** Parameters that `skin` turns into the labels' vertices, in the photo's camera frame. */
export interface PersonParameters {
  /** [10] and [10], standard deviations. */
  readonly betas: Float32Array;
  readonly expression: Float32Array;
  /** [55, 3], axis-angle. */
  readonly pose: Float32Array;
  /** [3], metres. */
  readonly transl: Float32Array;
}

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

/** Which people. */
export interface PeopleOptions {
  readonly seed: number;
  /** `train`, `everyday` or `hard`, or a distribution of your own. */
  readonly set: SetName | PeopleDistribution;
  /** Pixels a side of the pictures, 64 to 512. */
  readonly size: number;
  /** Photos to use as backgrounds in training; see `readBackgrounds`. */
  readonly backgrounds: readonly Picture[];
}

/** A source of people. */
export interface People {
  /** Person number `index`; equal calls give equal bytes. */
  readonly person: (index: number) => Promise<Person>;
}

const SUPERSAMPLE = 2; // samples a pixel along each axis

/** Loads what people are made of and returns the function that makes them. */
export async function createPeople(options?: Partial<PeopleOptions>): Promise<People> {
  const { seed, set, size, backgrounds } = resolveOptions<PeopleOptions>("createPeople", {
    seed: 0,
    set: "train",
    size: 256,
    backgrounds: [],
  }, options);
  expectInteger("createPeople", "seed", seed, 0);
  expectInteger("createPeople", "size", size, 64, CROP);
  if (typeof set === "string") expectOneOf("createPeople", "set", set, SET_NAMES);
  const distribution = typeof set === "string" ? await distributionOf(set) : set;
  const assets = await loadPeopleAssets(), { withheld } = await readEvaluationSets();
  const pictures: BackgroundPictures = {
    photos: distribution.withheld ? [] : backgrounds,
    panoramas: await readPanoramas((name) => withheld.panoramas.includes(name) === distribution.withheld),
  };
  const buffer = createSurfaceBuffer(size * SUPERSAMPLE, size * SUPERSAMPLE), shadowBuffer = createShadowBuffer();
  const around = verticesAround(assets.body, regressJoints(assets, assets.body.template), assets.parents);
  const studio: Studio = { assets, distribution, pictures, size, buffer, shadowBuffer, around };
  return {
    person: (index) => {
      expectInteger("person", "index", index, 0);
      return photograph(studio, new RandomStream(seed, index));
    },
  };
}

interface Studio {
  readonly assets: PeopleAssets;
  readonly distribution: PeopleDistribution;
  readonly pictures: BackgroundPictures;
  readonly size: number;
  readonly buffer: SurfaceBuffer;
  readonly shadowBuffer: SurfaceBuffer;
  readonly around: readonly Uint16Array[];
}

/** A body with a pose and clothes, in its own frame. */
interface Model {
  readonly appearance: Appearance;
  readonly pose: Pose;
  readonly stance: string;
  readonly dressed: DressedPerson;
}

function drawModel({ assets, distribution }: Studio, r: RandomStream): Model {
  const shape = r.fork("shape"), withheld = distribution.withheld, kinds = withheld ? WITHHELD_STANCES : STANCES;
  const betas = Float32Array.from({ length: 10 }, () => shape.near(0, 0.95));
  const slim = shapeMesh(assets.body, betas),
    rest = regressJoints(assets, slim),
    measures = measure(slim, assets.dominant, rest);
  const stance = r.fork("stance").weighted(distribution.stances);
  const pose = drawPose(kinds[stance]!, { parents: assets.parents, rest }, measures, r.fork("pose"));
  const coefficients = Float32Array.from([...betas, ...pose.expression]), shaped = shapeMesh(assets.body, coefficients);
  const joints = regressJoints(assets, shaped); // expressions move the jaw's and eyes' joints a little
  const draft = Object.assign(Object.create(Object.getPrototypeOf(pose.draft)), pose.draft, {
    skeleton: { parents: assets.parents, rest: joints },
  });
  const outfit = drawOutfit(r.fork("outfit"), withheld), complexion = drawComplexion(r.fork("skin"), outfit.gloves);
  const headwear = drawHeadwear(r.fork("hair"), complexion.hair, withheld);
  const appearance: Appearance = { coefficients, shaped, rest: joints, measures, draft, outfit, complexion, headwear };
  return { appearance, pose, stance, dressed: dress(assets, appearance) };
}

async function photograph(studio: Studio, r: RandomStream): Promise<Person> {
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
  const labels = drawLabels(model, framing);
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
  const effects = r.fork("effects"); // from here on the shared buffers belong to the next person
  const image = await applyEffects(linear, size, drawEffects(effects, size), effects);
  greyOutside(image, size, inPhoto);
  return {
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

/** The labels that follow from body and camera alone. */
function drawLabels(
  { dressed, appearance }: Model,
  { rotation, shift, camera }: Framing,
): Pick<Person, "vertices" | "joints" | "vertices2d" | "joints2d" | "parameters"> {
  const vertices = move(dressed.vertices, rotation, shift),
    joints = move(Float32Array.from(dressed.joints.flat()), rotation, shift);
  const { draft, rest, coefficients } = appearance, pelvis = rest[JOINT.pelvis]!, pose = draft.toVectors();
  pose.set(toVector(multiply(rotation, draft.local[JOINT.pelvis]!)), 0);
  const transl = Float32Array.from(subtract(add(apply(rotation, pelvis), shift), pelvis)); // the pelvis stays where it is at rest
  const parameters = { betas: coefficients.slice(0, 10), expression: coefficients.slice(10), pose, transl };
  return {
    vertices,
    joints,
    vertices2d: flat(toPixels(vertices, camera, CROP)),
    joints2d: flat(toPixels(joints, camera, CROP)),
    parameters,
  };
}

/** Where occluders may stand: joints of the body that lie inside the crop, 0..1. */
function targets(joints2d: Float32Array): (readonly [number, number])[] {
  return Array.from({ length: 22 }, (_, j) => [joints2d[2 * j]! / CROP, joints2d[2 * j + 1]! / CROP] as const)
    .filter(([x, y]) => x > 0.05 && y > 0.05 && x < 0.95 && y < 0.95);
}
