import { assert, assertEquals, assertRejects } from "@std/assert";
import { attachGaussians } from "../../../lib/body/gaussians.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { loadEncoder } from "../../../lib/encoder/load.ts";
import { readImage } from "../../../lib/image/read.ts";
import { linkFeatures } from "../../../lib/localize/link.ts";
import { locate } from "../../../lib/localize/locate.ts";
import { loadLocalizer, SHIPPED_ENCODER, SHIPPED_LOCALIZER } from "../../../lib/localize/localizer.ts";
import { fitPhotoBody, FITTED_POINTS } from "../../../lib/pipeline/photo_body.ts";
import { disposeAll } from "../../../lib/tensor/scope.ts";
import { openPlaces, PersonLocator, placedVertices } from "../../../lib/train/estimator/places.ts";
import { photoK, recordArrays } from "../../../lib/train/estimator/records.ts";
import { EstimatorTrainee } from "../../../lib/train/estimator/trainee.ts";
import { FeatureCache } from "../../../lib/train/feature_cache.ts";
import { inFolder, leaves, maxAbsDiff, scoped } from "../../harness.ts";
import { body, DECODERS, LAYOUT, LOSSES, STATISTICS, template, tinyPerson } from "./tiny_people.ts";

const encoder = await loadEncoder(SHIPPED_ENCODER);
const photo = await readImage(new URL("../../../data/astronaut.png", import.meta.url)),
  { features, pyramid } = await encoder.encode(photo);
disposeAll(photo, pyramid);
encoder.dispose();
const layout = { ...LAYOUT, maps: { ...LAYOUT.maps, features: features.map.shape } };
const record = { ...await tinyPerson(0), "map.features": await features.map.data() as Float32Array };
const locator = await PersonLocator.create(layout, body), place = await locator.place(record);

Deno.test("a place is the body that a run would fit to the photo", () =>
  scoped(async () => {
    const localizer = await loadLocalizer(SHIPPED_LOCALIZER), spread = attachGaussians(body, { total: FITTED_POINTS });
    const linked = linkFeatures(features, localizer.link);
    const [found, joints] = await Promise.all(
      [spread.canonical, body.jointTemplate].map((points) => locate(linked, localizer.field, points, localizer.head)),
    );
    const K = photoK(record), eye = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
    const fitted = await fitPhotoBody(spread, found!, joints!, { K, worldToCamera: eye });
    assertEquals([...place.fitted!], [1]);
    assert(await maxAbsDiff(placedVertices(body, place)!, skin(body, fitted).vertices) < 1e-5);
    spread.dispose();
    localizer.dispose();
  }));

Deno.test("where no body was fitted there is no place: the true body is read", () => {
  assertEquals(placedVertices(body, { ...place, fitted: Float32Array.of(0) }), undefined);
});

Deno.test("EstimatorTrainee learns from where a body was located, and leaves its vertices", async () => {
  using trainee = EstimatorTrainee.create(template, LAYOUT, DECODERS, LOSSES, STATISTICS);
  const found = placedVertices(body, place)!;
  const [true_, located] = [await trainee.learn(record, [0, 1]), await trainee.learn(record, [0, 1], found)];
  assert(true_.loss !== located.loss);
  assert(!found.isDisposed);
  disposeAll(true_.gradients, located.gradients, found);
});

Deno.test("places leave nothing, their vertices one tensor; none where f_I is another encoder's", async () => {
  await leaves(0, {}, async () => {
    await locator.place(record);
  });
  await leaves(1, {}, () => placedVertices(body, place));
  const others = [{ maps: { ...layout.maps, features: [16, 32, 162] as const } }, { blocks: [12] }, {
    maps: LAYOUT.maps,
  }];
  await leaves(0, {}, async () => {
    for (const other of others) {
      await assertRejects(() => PersonLocator.create({ ...layout, ...other }, body), RangeError);
    }
  });
});

Deno.test("openPlaces() keeps places beside their people, and refuses what it cannot make", () =>
  inFolder(async (folder) => {
    const before = Deno.env.get("NLFGS_CACHE");
    Deno.env.set("NLFGS_CACHE", folder);
    try {
      const ofSeed = (seed: number) =>
        FeatureCache.openOf("people", { key: { seed }, arrays: recordArrays(layout), capacity: 2 }, { append: true });
      using people = await ofSeed(1);
      using others = await ofSeed(2);
      const open = (from = people) => openPlaces("located", from, SHIPPED_ENCODER, layout, { append: true });
      using places = await open(), theirs = await open(others);
      await places!.append(place);
      assertEquals(places!.read(0), place);
      assertEquals([places!.count(), theirs!.count(), places!.config.capacity], [1, 0, 2]);
      assertEquals(await openPlaces("disturbed", people, SHIPPED_ENCODER, layout), undefined);
      const refused = async (of: Promise<unknown>, why: string) =>
        assert((await assertRejects(() => of, RangeError)).message.includes(why));
      await refused(openPlaces("elsewhere" as "located", people, SHIPPED_ENCODER, layout), "disturbed, located");
      await refused(openPlaces("located", people, "dinov2-s", layout), "there is none for dinov2-s");
      await refused(openPlaces("located", people, SHIPPED_ENCODER, LAYOUT), '"features" among decoders.maps');
    } finally {
      if (before === undefined) Deno.env.delete("NLFGS_CACHE");
      else Deno.env.set("NLFGS_CACHE", before);
    }
  }));
