import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { featurePcaGrid } from "../../lib/plot/feature_pca.ts";
import { mapsOverPhoto } from "../../lib/plot/maps_over_photo.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";
import { rendered } from "./rendered.ts";

/** A mid-grey crop and one signed map of 2×2 cells: positive, negative, zero, not a number. */
const given = () => ({
  crop: tf.fill([512, 512, 3], 0.5) as tf.Tensor3D,
  maps: tf.tensor3d([[[1, -1], [0, NaN]]]),
  features: { origin: 128, stride: 256 },
  labels: ["one"],
  title: "Similarity (cosine)",
  signed: true,
});

Deno.test("mapsOverPhoto() paints positive red, negative blue, and leaves the photo where there is nothing", () =>
  scoped(async () => {
    const { at, height } = await rendered(await mapsOverPhoto(given()));
    const [left, top] = [14, height - 14 - 230]; // one panel of 230 px a side
    const [positive, negative] = [at(left + 57, top + 57), at(left + 172, top + 57)];
    assert(positive[0] > positive[2] + 50, `positive is red: got ${positive}`);
    assert(negative[2] > negative[0] + 50, `negative is blue: got ${negative}`);
    for (const x of [57, 172]) {
      const clear = at(left + x, top + 172);
      assert(clear.every((channel) => Math.abs(channel - 128) < 4), `the photo is seen: got ${clear}`);
    }
  }));

Deno.test("mapsOverPhoto() and featurePcaGrid() leave no tensor behind", async () => {
  const { crop, maps, ...rest } = given();
  await leaves(0, { crop, maps }, async (tensors) => void await mapsOverPhoto({ ...tensors, ...rest }));
  await leaves(0, { map: tf.randomNormal<tf.Rank.R3>([60, 60, 4], 0, 1, "float32", 3) }, async ({ map }) => {
    await featurePcaGrid({ fine: { map, origin: 4, stride: 8 }, again: { map, origin: 4, stride: 8 } });
  });
});

Deno.test("mapsOverPhoto() and featurePcaGrid() say what they can show", () =>
  scoped(async () => {
    const labels = await failsCleanly(((all) => () => mapsOverPhoto({ ...all, labels: [] }))(given()));
    assertStringIncludes(labels.message, "mapsOverPhoto: labels must name 1 maps: got 0");
    const none = await failsCleanly(() => featurePcaGrid({}));
    assertEquals(none.message, "featurePcaGrid: can show 1 to 8 maps: got 0");
  }));
