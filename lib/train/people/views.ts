/**
 * # The same person from elsewhere, and in other poses
 *
 * ```
 * photo(seed, index)        what the estimator sees: background, things, blur and all
 * view = person alone on black, same light, same exposure and colours, no blur, no noise        what the avatar should show
 * ```
 *
 * A view is the target of supervision: the picture that the avatar made from the photo should give. Hence
 *
 * - The light is the photo's and stays in the room: an avatar carries the shading of its photo with it, and seen from behind
 *   it should show the side that the light does not reach. Things and bystanders are gone, and their shadows with them.
 * - Exposure, white balance, contrast and saturation are the photo's (an avatar made from a grey photo is grey); what blurs
 *   or spoils a picture (lens, motion, grain, vignette, JPEG, few pixels) is left out.
 * - The picture is complete: also what the photo cuts off or hides. `mask` is the person's coverage; `image` is already
 *   multiplied by it, as bytes of sRGB, so over another background it is image + (1 − mask/255)·background.
 *
 * All views of a person share one world, the photo's camera frame: `parameters` place the body there, and `camera` (K of a
 * 512² crop, whatever the picture's size) looks at it. In another pose the person stands on the same spot with the same
 * clothes, hair and skin, under the same light, and faces the same way as far as the pose has it.
 *
 * ```ts
 * import { createPersonViews } from "./views.ts";
 * const source = await createPersonViews({ seed: 1, size: 256, viewSize: 128 });
 * const { person, views } = await source.views(0, [{ kind: "photo" }, { kind: "view", yaw: Math.PI / 2 }]);
 * console.log(person.image.length, views[1]!.image.length); // 196608 49152
 * ```
 *
 * @module
 */
import { CROP } from "../../encoder/encoder.ts";
import type { Camera } from "../../image/cameras.ts";
import { expectInteger, expectOneOf } from "../../tensor/options.ts";
import { applyEffects, type Effects } from "./image_effects.ts";
import { placeBody, type PlacedBody } from "./labels.ts";
import { type Lighting, ShadowMap } from "./light.ts";
import { type Model, strikePose } from "./model.ts";
import { type Person, type Photograph, photograph } from "./person.ts";
import { inCamera, toPixels } from "./photo_space.ts";
import { RandomStream } from "./random.ts";
import { clearSurfaceBuffer, rasterize, type SurfaceBuffer } from "../../body/surface_buffer.ts";
import { shade } from "./shade.ts";
import { openStudio, type PeopleOptions, pictureBuffer, type Studio, SUPERSAMPLE } from "./studio.ts";
import { apply, type Matrix, multiply, transpose, type Vector } from "../../body/turns.ts";
import { orbitingCamera, VIEW_FRAMINGS, type ViewFraming } from "./view_cameras.ts";

/** What a view shows: the photo's own view, the same pose from elsewhere, another pose. */
export type ViewKind = "photo" | "view" | "pose";

/** A view that is wanted. */
export interface ViewWish {
  readonly kind: ViewKind;
  /** Radians around the person from the photo's camera, positive to the person's left; not for `photo`. */
  readonly yaw?: number;
  /** Radians, positive looks down; not for `photo`. */
  readonly pitch?: number;
  readonly framing?: ViewFraming;
  /** Which of the person's other poses, from 0; only for `pose`. */
  readonly pose?: number;
}

/** A view of a person. */
export interface PersonView extends PlacedBody {
  readonly kind: ViewKind;
  /** Radians around the person from the photo's camera, −π to π. */
  readonly yaw: number;
  /** Pixels a side. */
  readonly size: number;
  /** [size, size, 3]: sRGB bytes, the person on black. */
  readonly image: Uint8Array;
  /** [size, size]: the person's coverage, 0 to 255. */
  readonly mask: Uint8Array;
  /** Of a 512² crop, in the photo's world. */
  readonly camera: Camera;
}

/** A photo and views of who is in it. */
export interface PersonWithViews {
  /** Equal, byte for byte, to what `person(index)` of the same source gives. */
  readonly person: Person;
  readonly views: readonly PersonView[];
}

/** Which people, and how large. */
export interface PersonViewsOptions extends PeopleOptions {
  /** Pixels a side of the views, 32 to 512. */
  readonly viewSize: number;
}

/** A source of people with views. */
export interface PersonViews {
  /**
   * @param wishes What is to be seen; by default {@linkcode drawWishes} of five, drawn from (seed, index).
   */
  readonly views: (index: number, wishes?: readonly ViewWish[]) => Promise<PersonWithViews>;
}

const TURN = 2 * Math.PI;

/**
 * Loads what people are made of and returns the function that makes views of them.
 *
 * @throws {RangeError} if an option is out of range.
 */
export async function createPersonViews(options: Partial<PersonViewsOptions> = {}): Promise<PersonViews> {
  const { viewSize = 256, ...rest } = options, caller = "createPersonViews";
  expectInteger(caller, "viewSize", viewSize, 32, CROP);
  const studio = await openStudio(caller, rest), buffer = pictureBuffer(viewSize);
  return {
    views: async (index, wishes) => {
      expectInteger("views", "index", index, 0);
      const r = new RandomStream(studio.seed, index), wanted = wishes ?? drawWishes(r.fork("views"), 5);
      for (const wish of wanted) expectWish(wish);
      const photo = await photograph(studio, r), models = new Map<number, Model>(), views: PersonView[] = [];
      const posed = (number: number): Model => {
        if (!models.has(number)) models.set(number, strikePose(studio, photo.model.identity, r.fork(`pose ${number}`)));
        return models.get(number)!;
      };
      for (const wish of wanted) {
        const model = wish.kind === "pose" ? posed(wish.pose ?? 0) : photo.model;
        views.push(await drawView(studio, buffer, photo, model, wish));
      }
      return { person: photo.person, views };
    },
  };
}

/** The photo's own view, then in turn another side and another pose, from all around, two in five from nearer. */
export function drawWishes(stream: RandomStream, count: number): ViewWish[] {
  return Array.from({ length: count }, (_, k) => {
    if (k === 0) return { kind: "photo" };
    const r = stream.fork(k), yaw = r.uniform(-Math.PI, Math.PI), pitch = r.near(0.06, 0.1);
    const framing = r.chance(0.4) ? "upper" : "body";
    return k % 2 === 1 ? { kind: "view", yaw, pitch, framing } : { kind: "pose", yaw, pitch, framing, pose: 0 };
  });
}

function expectWish({ kind, yaw = 0, pitch = 0, framing = "body", pose = 0 }: ViewWish): void {
  expectOneOf("views", "kind", kind, ["photo", "view", "pose"]);
  expectOneOf("views", "framing", framing, VIEW_FRAMINGS);
  expectInteger("views", "pose", pose, 0);
  if (!Number.isFinite(yaw) || !(Math.abs(pitch) < Math.PI / 2)) {
    throw new RangeError(`views: yaw must be finite and pitch between −π/2 and π/2: got ${yaw} and ${pitch}`);
  }
}

async function drawView(
  studio: Studio,
  buffer: SurfaceBuffer,
  photo: Photograph,
  model: Model,
  wish: ViewWish,
): Promise<PersonView> {
  const { kind, yaw = 0, pitch = 0, framing = "body" } = wish;
  const seen = kind === "photo" ? photo.framing : orbitingCamera(model.dressed, photo.framing, { yaw, pitch, framing });
  const light = turnLight(photo.light, multiply(seen.rotation, transpose(photo.framing.rotation)));
  const { colour, mask, size } = shootAlone(studio, buffer, model, seen, light);
  for (let i = 0; i < colour.length; i++) colour[i]! *= photo.exposure;
  const image = await applyEffects(colour, size, clean(photo.effects), new RandomStream(0));
  for (let i = 0; i < image.length; i++) image[i] = Math.round(image[i]! * mask[Math.floor(i / 3)]! / 255);
  const placed = placeBody(model, photo.framing.rotation, photo.framing.shift);
  return { kind, yaw: yaw - TURN * Math.round(yaw / TURN), size, image, mask, camera: seen.camera, ...placed };
}

/** The light in another camera's axes. */
function turnLight(light: Lighting, turn: Matrix): Lighting {
  return { ...light, towards: apply(turn, light.towards), up: apply(turn, light.up) };
}

/** The person alone: linear colour (not multiplied by coverage) and coverage. */
function shootAlone(
  { shadowBuffer }: Studio,
  buffer: SurfaceBuffer,
  { dressed }: Model,
  seen: { readonly rotation: Matrix; readonly shift: Vector; readonly camera: Camera },
  light: Lighting,
): { readonly colour: Float32Array; readonly mask: Uint8Array; readonly size: number } {
  const surfaces = dressed.surfaces.map((surface) => inCamera(surface, seen.rotation, seen.shift));
  clearSurfaceBuffer(buffer);
  surfaces.forEach(({ vertices, faces, keep, twoSided }, k) =>
    rasterize(buffer, k, { projected: toPixels(vertices, seen.camera, buffer.width), faces, keep, twoSided })
  );
  const { colour, opacity, size } = shade(
    buffer,
    surfaces,
    light,
    new ShadowMap(surfaces, light, shadowBuffer),
    SUPERSAMPLE,
  );
  for (let i = 0; i < colour.length; i++) colour[i]! /= Math.max(1e-6, opacity[Math.floor(i / 3)]!);
  return { colour, mask: Uint8Array.from(opacity, (share) => Math.round(255 * share)), size };
}

/** The photo's colours without what blurs or spoils them. */
function clean(effects: Effects): Effects {
  return { ...effects, blur: 0, motion: [0, 0], vignette: 0, grain: 0, detail: 1, quality: 0 };
}
