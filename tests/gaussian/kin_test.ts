import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { KIN, kinColours, kinOf, REGIONS } from "../../lib/gaussian/kin.ts";
import { leaves, scoped } from "../harness.ts";

const body = await loadBody(SMALL_BODY);

for (const count of [{ perFace: 1 }, { total: 3000 }]) {
  const template = attachGaussians(body, count), kin = await kinOf(template), n = template.count;
  const places = await template.canonical.data() as Float32Array;
  const at = (i: number) => places.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
  const name = JSON.stringify(count);

  Deno.test(`kinOf(${name}): the mirrored Gaussian is at the mirrored place`, () => {
    for (let i = 0; i < n; i++) {
      const [x, y, z] = at(i), [mx, my, mz] = at(kin.mirror[i]!);
      assert(Math.hypot(mx + x, my - y, mz - z) < 0.05, `Gaussian ${i}`);
    }
  });

  Deno.test(`kinOf(${name}): the one across has the same x and y and another z`, () => {
    let deeper = 0, off = 0;
    for (let i = 0; i < n; i++) {
      const [x, y, z] = at(i), [ax, ay, az] = at(kin.across[i]!);
      off += Math.hypot(ax - x, ay - y) / n;
      if (Math.abs(az - z) > 0.005) deeper++;
    }
    assert(off < 0.02, `${off} m off on average`);
    assert(deeper > 0.9 * n);
  });

  Deno.test(`kinOf(${name}): neighbours are the nearest at rest`, () => {
    for (let i = 0; i < n; i += 37) {
      const distances = Array.from({ length: n }, (_, k) => Math.hypot(...[0, 1, 2].map((c) => at(k)[c]! - at(i)[c]!)));
      const nearest = distances.filter((_, k) => k !== i).sort((a, b) => a - b).slice(0, 6);
      const found = [...kin.neighbours.subarray(6 * i, 6 * i + 6)].map((k) => distances[k]!);
      found.forEach((distance, k) => assert(distance < 1.5 * nearest[k]! + 0.005, `neighbour ${k} of ${i}`));
      assertAlmostEquals(kin.spacing[i]!, found.reduce((sum, distance) => sum + distance / 6, 0), 1e-5);
    }
  });

  Deno.test(`kinOf(${name}): regions are as a body has them, on both sides alike`, () => {
    const height = REGIONS.map(() => [0, 0]), one = REGIONS.map((_, r) => kin.region.indexOf(r));
    assert(one.every((first) => first >= 0), "every region has Gaussians");
    let differing = 0;
    for (let i = 0; i < n; i++) {
      const sum = height[kin.region[i]!]!;
      sum[0]! += at(i)[1];
      sum[1]!++;
      if (kin.region[i] !== kin.region[kin.mirror[i]!]) differing++;
    }
    const [hair, face, trunk, , , , thighs, shins, feet] = height.map(([sum, number]) => sum! / number!);
    assert(hair! > face! && face! > trunk! && trunk! > thighs! && thighs! > shins! && shins! > feet!);
    assert(differing < 0.02 * n, `${differing} differ from their mirror image`);
  });
}

Deno.test("kinColours(): what is hidden offers nothing, what is seen its pixel; regions offer the mean of what is seen", () =>
  scoped(async () => {
    const kin = {
      mirror: Int32Array.of(1, 0, 3, 2),
      across: Int32Array.of(2, 3, 0, 1),
      region: Uint8Array.of(2, 2, 2, 4),
      neighbours: Int32Array.of(...[1, 1, 1, 1, 1, 1], ...[0, 0, 0, 2, 2, 3], ...[1, 1, 1, 1, 1, 1], ...[
        1,
        1,
        1,
        1,
        1,
        1,
      ]),
      spacing: Float32Array.of(0.1, 0.15, 0.1, 0.15),
    };
    const rgb = tf.tensor2d([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]);
    const sight = tf.tensor2d([[1, 1], [0, 1], [1, 1], [0, -1]]);
    const { colours, weights } = await kinColours(rgb, sight, kin);
    const w = await weights.array(), [red, , blue] = await Promise.all(colours.map((channel) => channel.array()));
    assertEquals(w[0]!.slice(0, 4), [1, 0, 1, 1]); // own, mirror, across, own region
    assertEquals(w[1]!.slice(0, 4), [0, 1, 0, 1]);
    assertEquals(w[3]!.slice(0, 4), [0, 1, 0, 0]); // nothing of the forearms is seen
    assertEquals([red![1]![1], blue![0]![2]], [1, 1]); // the mirrored pixel is red, the one across blue
    assertEquals([red![1]![3], blue![1]![3]], [0.5, 0.5]); // the trunk's mean of the two that are seen
    assertEquals(w[0]!.length, KIN);
    for (let i = 0; i < 4; i++) assertEquals(w[i]!.slice(4, -1), REGIONS.map((_, r) => r === 2 ? 1 : 0));
    // what is seen around: red and blue are sources, the second is beside both (three to two), the fourth beside the second
    const around = [0, 1, 2, 3].map((i) => [red![i]!.at(-1), blue![i]!.at(-1)]);
    const expected = [[1, 0], [0.6, 0.4], [0, 1], [0.6, 0.4]];
    around.flat().forEach((value, i) => assertAlmostEquals(value!, expected.flat()[i]!, 1e-6));
    [0, 0.15, 0, 0.3].forEach((metres, i) => assertAlmostEquals(w[i]!.at(-1)!, Math.exp(-metres / 0.15), 1e-6));
  }));

Deno.test("kinColours() leaves its result behind and no more", async () => {
  const kin = {
    mirror: Int32Array.of(0),
    across: Int32Array.of(0),
    region: Uint8Array.of(0),
    neighbours: new Int32Array(6),
    spacing: new Float32Array(1),
  };
  const inputs = { rgb: tf.ones<tf.Rank.R2>([1, 3]), sight: tf.ones<tf.Rank.R2>([1, 2]) };
  await leaves(4, inputs, ({ rgb, sight }) => kinColours(rgb, sight, kin));
});
