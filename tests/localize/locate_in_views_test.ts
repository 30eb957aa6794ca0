import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { JOINT_COUNT, jointIndex } from "../../lib/body/joints.ts";
import { coveringMap, CROP, type Encoder } from "../../lib/encoder/encoder.ts";
import { AS_IT_IS, type CropView, MIRRORED, outOfView, viewCrop, viewPoints } from "../../lib/localize/crop_views.ts";
import { heatmaps } from "../../lib/localize/heatmaps.ts";
import { softArgmax2d } from "../../lib/localize/soft_argmax.ts";
import { linkFeatures } from "../../lib/localize/link.ts";
import { createLocalizer } from "../../lib/localize/localizer.ts";
import { turnsToUpright, ViewedCrop } from "../../lib/localize/locate_in_views.ts";
import { locate, type Located } from "../../lib/localize/locate.ts";
import { EMBEDDED_BODY, loadBody } from "../../lib/body/template.ts";
import { loadEncoder } from "../../lib/encoder/load.ts";
import { readImage } from "../../lib/image/read.ts";
import { loadLocalizer, SHIPPED_ENCODER, SHIPPED_LOCALIZER } from "../../lib/localize/localizer.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import { TensorScope } from "../../lib/tensor/scope.ts";
import { leaves } from "../harness.ts";

/** Sees the mean colour of each of 4 × 4 cells, and counts how often it looked. */
class MeanEncoder {
  looks = 0;
  encode: Encoder["encode"] = (crop) => {
    this.looks++;
    const map = tf.tidy(() => tf.avgPool(crop, CROP / 4, CROP / 4, "valid"));
    return Promise.resolve({ features: coveringMap(map), pyramid: { rgb: coveringMap(crop.clone()) } });
  };
}

const localizer = createLocalizer({ encoder: "mean", link: { channels: 3, width: 8, grid: [4, 4] } });
const crop = tf.randomUniform<tf.Rank.R3>([CROP, CROP, 3], 0, 1, "float32", 5);
const points = tf.tensor2d([[0.2, 0.1, 0.05], [-0.3, 0.4, 0], [0, -0.8, 0.1]]);
const joints = tf.zeros<tf.Rank.R2>([JOINT_COUNT, 3]);

/** What the view's own picture says, taken back into the crop. */
async function byHand(view: CropView, seen = crop): Promise<Record<"position2d" | "position3d", Float32Array>> {
  const picture = viewCrop(seen, view), { features } = await new MeanEncoder().encode(picture);
  const { position2d, position3d } = await locate(
    linkFeatures(features, localizer.link),
    localizer.field,
    viewPoints(points, view),
    {
      ...localizer.head,
      pelvis: [
        view.mirrored ? -localizer.head.pelvis[0] : localizer.head.pelvis[0],
        ...localizer.head.pelvis.slice(1) as [number, number],
      ],
    },
  );
  return {
    position2d: outOfView(await position2d.data() as Float32Array, 2, view, CROP / 2),
    position3d: outOfView(await position3d.data() as Float32Array, 3, view),
  };
}

function assertClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  assertEquals(actual.length, wanted.length);
  Array.from(actual, (value, i) => assertAlmostEquals(value, wanted[i]!, tolerance));
}

Deno.test("the crop alone is located as locate() does", async () => {
  using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
  assertEquals(await viewed.views("crop", joints), [AS_IT_IS]);
  const located = await viewed.locate(points, [AS_IT_IS]), wanted = await byHand(AS_IT_IS);
  assertEquals([...await located.position2d.data()], [...wanted.position2d]);
  assertEquals([...await located.position3d.data()], [...wanted.position3d]);
});

Deno.test("several views: the mean of their heatmaps, laid back over the crop", async () => {
  using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
  const views: CropView[] = [{ turns: 1, mirrored: false }, { turns: 3, mirrored: true }];
  const { position2d } = await viewed.locate(points, views);
  const logits: number[][][][] = [];
  for (const view of views) {
    const { features } = await new MeanEncoder().encode(viewCrop(crop, view));
    const linked = linkFeatures(features, localizer.link);
    const { heatmap2d } = heatmaps(linked.map, localizer.field.weights(viewPoints(points, view)));
    logits.push(await heatmap2d.array());
  }
  // cell (x, y) of the crop lies at (y, 3 − x) after one counter-clockwise turn, at (3 − y, x) after three, mirrored (y, x)
  const mean = logits[0]!.map((map, i) =>
    map.map((_, y) => map.map((_, x) => (map[3 - x]![y]! + logits[1]![i]![x]![y]!) / 2))
  );
  const wanted = softArgmax2d(tf.tensor3d(mean)).position.mul(384).add(64);
  assertClose(await position2d.data(), await wanted.data(), 1e-3);
});

Deno.test("one other view: what it says, taken back into the crop", async () => {
  for (const view of [MIRRORED, { turns: 1, mirrored: false }, { turns: 2, mirrored: true }] as const) {
    using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
    const located = await viewed.locate(points, [view]), wanted = await byHand(view);
    assertClose(await located.position2d.data(), wanted.position2d, 1e-3);
    assertClose(await located.position3d.data(), wanted.position3d, 1e-5);
  }
});

Deno.test("with its mirror image, a crop and its mirror image are told the same, mirrored", async () => {
  const flipped = viewCrop(crop, MIRRORED), asked = viewPoints(points, MIRRORED);
  using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
  using other = new ViewedCrop(flipped, new MeanEncoder(), localizer);
  const views = await viewed.views("mirrored", joints);
  const own = await viewed.locate(points, views), theirs = await other.locate(asked, views);
  assertClose(
    await own.position2d.data(),
    outOfView(await theirs.position2d.data() as Float32Array, 2, MIRRORED, CROP / 2),
    1e-3,
  );
  assertClose(
    await own.position3d.data(),
    outOfView(await theirs.position3d.data() as Float32Array, 3, MIRRORED),
    1e-5,
  );
  assertClose(await own.uncertainty.data(), await theirs.uncertainty.data(), 1e-6);
});

Deno.test("each view is encoded once, and features that were made already are taken", async () => {
  const encoder = new MeanEncoder();
  const { features } = await encoder.encode(crop), linked = linkFeatures(features, localizer.link);
  using viewed = new ViewedCrop(crop, encoder, localizer, linked);
  for (let k = 0; k < 2; k++) await viewed.locate(points, [AS_IT_IS, MIRRORED]);
  assertEquals(encoder.looks, 2);
});

Deno.test("points are watched in the crop as it is, whatever the views", async () => {
  using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
  const direct = await viewed.locate(points, [AS_IT_IS], { watch: [2] });
  const turned = await viewed.locate(points, [{ turns: 2, mirrored: false }], { watch: [2] });
  assertClose(await turned.watched!.heatmap2d.data(), await direct.watched!.heatmap2d.data(), 1e-6);
});

Deno.test("turnsToUpright() brings the trunk up: y points down, turns are counter-clockwise", () => {
  assertEquals(([[0, -1], [1, 0.2], [0.3, 1], [-1, 0.9], [0, 0]] as const).map(turnsToUpright), [0, 1, 2, 3, 0]);
});

/** Whose joints are found at a trunk's direction, with u of each number of quarter turns. */
class Standing extends ViewedCrop {
  constructor(readonly trunk: readonly [number, number], readonly u: readonly number[]) {
    super(crop, new MeanEncoder(), localizer);
  }
  override locate(_points: tf.Tensor2D, views: readonly CropView[]): Promise<Located> {
    const places = tf.buffer([JOINT_COUNT, 3]), neck = jointIndex("neck");
    this.trunk.forEach((value, axis) => places.set(value, neck, axis));
    const position3d = places.toTensor() as tf.Tensor2D;
    return Promise.resolve({ position3d, uncertainty: tf.fill([JOINT_COUNT], this.u[views[0]!.turns]!) } as Located);
  }
}

Deno.test("upright: the crop is turned where the trunk does not point up and the joints are surer then", async () => {
  const turnsOf = async (trunk: readonly [number, number], u: readonly number[]) => {
    using viewed = new Standing(trunk, u);
    const views = await viewed.views("upright", joints);
    assertEquals(views.map(({ mirrored }) => mirrored), [false, true]);
    return views.map(({ turns }) => turns);
  };
  assertEquals(await turnsOf([0, -1], [0.3, 0, 0, 0]), [0, 0]); // upright already
  assertEquals(await turnsOf([0, 1], [0.3, 0, 0.2, 0]), [2, 2]); // upside down
  assertEquals(await turnsOf([0, 1], [0.3, 0, 0.4, 0]), [0, 0]); // less sure when turned
});

Deno.test("joints that were located to choose the views are not located again there", async () => {
  let asked = 0;
  class Counting extends ViewedCrop {
    override locate(...of: Parameters<ViewedCrop["locate"]>): Promise<Located> {
      asked++;
      return super.locate(...of);
    }
  }
  using viewed = new Counting(crop, new MeanEncoder(), localizer);
  const views = await viewed.views("upright", joints), before = asked;
  const found = await viewed.joints(joints, views);
  assertEquals(asked, before);
  assertEquals(await found.position3d.data(), await (await viewed.locate(joints, views)).position3d.data());
  await viewed.joints(tf.ones([JOINT_COUNT, 3]), views); // other joints
  await viewed.joints(joints, [AS_IT_IS]); // another view
  assertEquals(asked, before + 3);
});

Deno.test("ViewedCrop refuses unknown choices, other joints, and no view", async () => {
  using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
  await assertRejects(() => viewed.views("sideways" as "crop", joints), RangeError, "crop, mirrored, upright");
  await assertRejects(() => viewed.views("upright", points), TypeError, "joints");
  await assertRejects(() => viewed.locate(points, []), RangeError, "there must be a view");
});

Deno.test("ViewedCrop leaves what it returns, also when an encoder fails", async () => {
  const watch = [0];
  await leaves(12, {}, async () => { // five of the located, seven of the watched
    using viewed = new ViewedCrop(crop, new MeanEncoder(), localizer);
    await viewed.locate(points, await viewed.views("upright", joints), { watch });
  });
  await leaves(0, {}, async () => {
    using viewed = new ViewedCrop(crop, { encode: () => Promise.reject(new Error("no memory")) }, localizer);
    await assertRejects(() => viewed.locate(points, [MIRRORED]), Error, "no memory");
  });
  await leaves(0, {}, async () => { // features of another encoder
    const encode = () => Promise.resolve({ features: coveringMap(tf.zeros<tf.Rank.R3>([4, 4, 5])), pyramid: {} });
    using viewed = new ViewedCrop(crop, { encode }, localizer);
    await assertRejects(() => viewed.locate(points, [MIRRORED]), TypeError);
  });
  await leaves(0, {}, async () => { // cells that a mirror would move
    const map = tf.zeros<tf.Rank.R3>([4, 4, 3]);
    const encode = () => Promise.resolve({ features: { map, origin: 0, stride: 128 }, pyramid: {} });
    using viewed = new ViewedCrop(crop, { encode }, localizer);
    await assertRejects(() => viewed.locate(points, [MIRRORED]), RangeError, "alike about the crop's middle");
  });
});

Deno.test("upright: a photo that lies on its side or its head is turned back, and located as before [wasm]", async () => {
  await useBackend("wasm");
  using scope = new TensorScope();
  const encoder = await loadEncoder(SHIPPED_ENCODER), trained = await loadLocalizer(SHIPPED_LOCALIZER);
  const body = await loadBody(EMBEDDED_BODY);
  const photo = scope.own(await readImage(new URL("../../data/astronaut.png", import.meta.url)));
  using asTaken = new ViewedCrop(photo, encoder, trained);
  const wanted = scope.own(
    await asTaken.locate(body.jointTemplate, await asTaken.views("upright", body.jointTemplate)),
  );
  const position2d = await wanted.position2d.data() as Float32Array;
  for (const turns of [1, 2, 3] as const) {
    const lying = { turns, mirrored: false }, crop = scope.own(viewCrop(photo, lying));
    using viewed = new ViewedCrop(crop, encoder, trained);
    const views = await viewed.views("upright", body.jointTemplate);
    assertEquals(views[0]!.turns, (4 - turns) % 4);
    const located = scope.own(await viewed.locate(body.jointTemplate, views));
    assertClose(outOfView(await located.position2d.data() as Float32Array, 2, lying, CROP / 2), position2d, 0.01);
  }
  for (const part of [encoder, trained, body]) part.dispose();
});
