import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { CANONICAL_WAVES, canonicalWaves } from "../../lib/gaussian/canonical_waves.ts";
import { createDecoders, decodeAppearance, decodeShape } from "../../lib/gaussian/decode.ts";
import { estimateGaussians } from "../../lib/gaussian/estimate.ts";
import { evidenceOf, evidenceRows } from "../../lib/gaussian/evidence.ts";
import { SH_0 } from "../../lib/gaussian/spherical_harmonics.ts";
import { leaves, maxAbsDiff, scoped } from "../harness.ts";

const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { perFace: 1 });
const K = [[600, 0, 256], [0, 600, 256], [0, 0, 1]];
const config = {
  channels: 3,
  condition: "feature+canonical+sight+kin",
  colour: "chosen",
  encoding: CANONICAL_WAVES,
  reach: 0.1,
} as const;

/** A body before the camera, whose photo is green on the left half and red on the right. */
const scene = () => ({
  vertices: tf.tidy(() =>
    body.template.mul<tf.Tensor2D>(tf.tensor2d([[1, -1, -1]])).add<tf.Tensor2D>(tf.tensor2d([[0, -0.35, 3]]))
  ),
  photo: tf.tensor3d(Array.from({ length: 4096 }, (_, i) => i % 64 < 32 ? [0, 1, 0] : [1, 0, 0]).flat(), [64, 64, 3]),
  mask: tf.ones<tf.Rank.R3>([4, 4, 1]),
});
const bodyIn = ({ vertices, photo, mask }: ReturnType<typeof scene>) => ({
  vertices,
  K,
  photo: coveringMap(photo),
  mask: coveringMap(mask),
});

Deno.test("evidenceOf() gathers what the condition names, and no more", () =>
  scoped(async () => {
    const wanted = async (condition: typeof config.condition | "feature" | "feature+sight", reach = 0) => {
      const { config: resolved } = createDecoders({
        channels: 3,
        condition,
        reach,
        encoding: condition.includes("canonical") ? CANONICAL_WAVES : 0,
      });
      return Object.keys(await evidenceOf(resolved, template, bodyIn(scene())));
    };
    assertEquals(await wanted("feature"), ["position2d"]);
    assertEquals(await wanted("feature+sight", 0.1), ["position2d", "sight", "faceSize"]);
    assertEquals(await wanted(config.condition), ["position2d", "encoding", "sight", "kin"]);
  }));

Deno.test("untrained decoders that choose colours show the photo where it saw the body, and kin where it did not", () =>
  scoped(async () => {
    const decoders = createDecoders(config);
    const evidence = await evidenceOf(decoders.config, template, bodyIn(scene()));
    const known = evidenceRows(evidence, 0, template.count), feature = tf.zeros<tf.Rank.R2>([template.count, 3]);
    const { sh } = decodeAppearance(decoders, feature, known);
    const colour = await tf.tidy(() => sh.reshape([-1, 3]).mul(SH_0).add(0.5)).array() as number[][];
    const sight = await evidence.sight!.array(), at = await evidence.position2d.array();
    let seen = 0, hidden = 0;
    for (let i = 0; i < template.count; i++) {
      if (Math.abs(at[i]![0]! - 256) < 12) continue; // between the halves
      const [side, other] = at[i]![0]! < 256 ? [1, 0] : [0, 1];
      if (sight[i]![0]! > 0.9 && sight[i]![1]! > 0.8) {
        assert(colour[i]![side]! > 0.8 && colour[i]![other]! < 0.2, `Gaussian ${i} is seen: ${colour[i]}`);
        seen++;
      } else if (sight[i]![0] === 0) {
        assert(colour[i]![2]! < 0.2, `Gaussian ${i} is hidden: ${colour[i]}`); // of the photo's colours
        hidden++;
      }
    }
    assert(seen > 100 && hidden > 100);
  }));

Deno.test("estimateGaussians() with evidence in chunks equals decoding all together", () =>
  scoped(async () => {
    const decoders = createDecoders(config), maps = coveringMap(scene().photo);
    const evidence = await evidenceOf(decoders.config, template, bodyIn(scene()));
    const all = evidenceRows(evidence, 0, template.count), share = tf.tensor1d(template.share);
    const known = (start: number, end: number) => evidenceRows(evidence, start, end);
    const streamed = await estimateGaussians(maps, evidence.position2d, decoders, share, { chunk: 300, known });
    const feature = tf.ones<tf.Rank.R2>([template.count, 3]);
    assert(await maxAbsDiff(streamed.sh, decodeAppearance(decoders, feature, all).sh) < 1e-5);
    assert(await maxAbsDiff(streamed.scale, decodeShape(decoders, feature, share, all).scale) < 1e-6);
  }));

Deno.test("canonicalWaves() are sines and cosines of octaves of each coordinate", () =>
  scoped(async () => {
    const waves = canonicalWaves(tf.tensor2d([[0.25, -0.1, 0.7]]));
    const phases = [0.25, -0.1, 0.7].flatMap((x) => Array.from({ length: 6 }, (_, k) => 2 ** k * Math.PI * x));
    const expected = tf.tensor2d([[...phases.map(Math.sin), ...phases.map(Math.cos)]]);
    assert(await maxAbsDiff(waves, expected) < 1e-5);
  }));

Deno.test("evidenceOf() leaves its result behind and no more", async () => {
  const { config: resolved, dispose } = createDecoders(config);
  await leaves("result", scene(), (inputs) => evidenceOf(resolved, template, bodyIn(inputs)));
  dispose();
});
