import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadEncoder } from "../../../lib/encoder/load.ts";
import { readImage } from "../../../lib/image/read.ts";
import { loadLocalizer, SHIPPED_ENCODER, SHIPPED_LOCALIZER } from "../../../lib/localize/localizer.ts";
import { linkFeatures } from "../../../lib/localize/link.ts";
import { locate } from "../../../lib/localize/locate.ts";
import { fitPhotoBody } from "../../../lib/pipeline/photo_body.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { locatedVertices } from "../../../lib/train/estimator/located_body.ts";
import { photoK } from "../../../lib/train/estimator/records.ts";
import { EstimatorTrainee } from "../../../lib/train/estimator/trainee.ts";
import { disposeAll } from "../../../lib/tensor/scope.ts";
import { leaves, maxAbsDiff, scoped } from "../../harness.ts";
import { body, DECODERS, LAYOUT, LOSSES, STATISTICS, template, tinyPerson } from "./tiny_people.ts";

const encoder = await loadEncoder(SHIPPED_ENCODER), localizer = await loadLocalizer(SHIPPED_LOCALIZER);
const photo = await readImage(new URL("../../../data/astronaut.png", import.meta.url)),
  { features, pyramid } = await encoder.encode(photo);
disposeAll(photo, pyramid);
encoder.dispose();
const layout = { ...LAYOUT, maps: { ...LAYOUT.maps, features: features.map.shape } };
const record = { ...await tinyPerson(0), "map.features": await features.map.data() as Float32Array };

Deno.test("locatedVertices() are those of the body that a run would fit to the photo", () =>
  scoped(async () => {
    const linked = linkFeatures(features, localizer.link);
    const [found, joints] = await Promise.all(
      [template.canonical, body.jointTemplate].map((points) => locate(linked, localizer.field, points, localizer.head)),
    );
    const K = photoK(record), eye = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
    const fitted = await fitPhotoBody(template, found!, joints!, { K, worldToCamera: eye });
    assertEquals(fitted.fitted, true);
    const vertices = (await locatedVertices(record, layout, template, localizer))!;
    assert(await maxAbsDiff(vertices, skin(body, fitted).vertices) < 1e-5);
  }));

Deno.test("EstimatorTrainee learns from where a body was located, and leaves its vertices", async () => {
  using trainee = EstimatorTrainee.create(template, LAYOUT, DECODERS, LOSSES, STATISTICS);
  const found = (await locatedVertices(record, layout, template, localizer))!;
  const [true_, located] = [await trainee.learn(record, [0, 1]), await trainee.learn(record, [0, 1], found)];
  assert(true_.loss !== located.loss);
  assert(!found.isDisposed);
  disposeAll(true_.gradients, located.gradients, found);
});

Deno.test("locatedVertices() leaves one tensor, none where f_I is another encoder's", async () => {
  await leaves(1, {}, () => locatedVertices(record, layout, template, localizer));
  const others = { ...layout, maps: { ...layout.maps, features: [16, 32, 274] as const } };
  await leaves(0, {}, async () => {
    await assertRejects(() => locatedVertices(record, others, template, localizer), TypeError);
  });
});
