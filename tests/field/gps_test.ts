import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import fc from "../property.ts";
import * as tf from "@tensorflow/tfjs";
import { gpsFeatures, loadSignature, type Signature } from "../../lib/field/gps.ts";
import { mirrorPoints } from "../../lib/field/symmetry.ts";
import { writeSafetensors } from "../../lib/format/safetensors.ts";
import { everyBackend, failsCleanly, leaves, maxAbsDiff, scoped } from "../harness.ts";

const signature = await loadSignature();

Deno.test("loadSignature() brings 128 or more waves of both parities, eigenvalues rising from above zero", () => {
  const { count, eigenvalues, parity } = signature;
  assert(count >= 128);
  assert(eigenvalues[0]! > 1 && eigenvalues.every((value, i) => i === 0 || value >= eigenvalues[i - 1]!));
  const odd = parity.filter((sign) => sign === -1).length;
  assertEquals(odd + parity.filter((sign) => sign === 1).length, count);
  assert(odd > count / 3 && odd < count / 2, `${odd} odd`); // even ones come first, the more so the lower
});

/** ∫fg and ∫∇f·∇g over the stored half for all pairs of the chosen waves, by linear finite elements. */
function integrals({ nodes, tetrahedra, eigenfunctions, count }: Signature, waves: number[]) {
  const mass = waves.map(() => waves.map(() => 0)), stiffness = waves.map(() => waves.map(() => 0));
  let volume = 0;
  const node = (i: number) => [0, 1, 2].map((k) => nodes[3 * i + k]!);
  const minus = (a: number[], b: number[]) => a.map((value, k) => value - b[k]!);
  const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const cross = (a: number[], b: number[]) =>
    [1, 2, 0].map((i, k) => {
      const j = [2, 0, 1][k]!;
      return a[i]! * b[j]! - a[j]! * b[i]!;
    });
  for (let t = 0; t < tetrahedra.length; t += 4) {
    const corners = [0, 1, 2, 3].map((i) => tetrahedra[t + i]!);
    const [a, b, c, d] = corners.map(node) as [number[], number[], number[], number[]];
    const e1 = minus(b, a), e2 = minus(c, a), e3 = minus(d, a), six = dot(e1, cross(e2, e3));
    const slopes = [cross(e2, e3), cross(e3, e1), cross(e1, e2)].map((g) => g.map((value) => value / six));
    const values = waves.map((wave) => corners.map((corner) => eigenfunctions[corner * count + wave]!));
    const gradients = values.map((f) =>
      [0, 1, 2].map((k) => slopes.reduce((sum, slope, i) => sum + (f[i + 1]! - f[0]!) * slope[k]!, 0))
    );
    volume += six / 6;
    for (let i = 0; i < waves.length; i++) {
      for (let j = 0; j < waves.length; j++) {
        const [f, g] = [values[i]!, values[j]!];
        const total = (x: number[]) => x.reduce((sum, value) => sum + value, 0);
        const product = f.reduce((sum, value, k) => sum + value * g[k]!, 0);
        mass[i]![j]! += six / 6 / 20 * (total(f) * total(g) + product);
        stiffness[i]![j]! += six / 6 * dot(gradients[i]!, gradients[j]!);
      }
    }
  }
  return { mass, stiffness, volume };
}

Deno.test("loadSignature()'s waves solve the eigenproblem: orthogonal, mean square 1, Rayleigh quotient λ", () => {
  const { parity, eigenvalues } = signature;
  const first = (sign: number) => [...parity.keys()].filter((i) => parity[i] === sign);
  for (const waves of [first(1), first(-1)].map((all) => [...all.slice(0, 6), all.at(-1)!])) {
    const { mass, stiffness, volume } = integrals(signature, waves);
    assert(2 * volume > 0.05 && 2 * volume < 0.09, `a body of ${2 * volume} m³`);
    waves.forEach((wave, i) =>
      waves.forEach((_, j) => {
        assertAlmostEquals(mass[i]![j]! / volume, i === j ? 1 : 0, 2e-3); // half precision keeps 5e-4
        const expected = i === j ? eigenvalues[wave]! : 0;
        assertAlmostEquals(stiffness[i]![j]! / volume, expected, 0.01 * eigenvalues[Math.max(wave, waves[j]!)]!);
      })
    );
  }
});

Deno.test("loadSignature()'s odd waves vanish on the mirror plane", () => {
  const { nodes, parity, eigenfunctions, count } = signature;
  const cap = [...Array(nodes.length / 3).keys()].filter((i) => nodes[3 * i] === 0);
  assert(cap.length > 50);
  for (const i of cap) {
    for (let e = 0; e < count; e++) if (parity[e] === -1) assertEquals(Math.abs(eigenfunctions[i * count + e]!), 0);
  }
});

everyBackend("gpsFeatures() gives the stored values at nodes, and their mean between two corners", async () => {
  const { nodes, tetrahedra, eigenfunctions, eigenvalues, count } = signature;
  const [a, b] = [tetrahedra[400]!, tetrahedra[401]!];
  const at = (i: number) => [...nodes.subarray(3 * i, 3 * i + 3)];
  const middle = at(a).map((value, k) => (value + at(b)[k]!) / 2);
  const features = await gpsFeatures(tf.tensor2d([at(a), at(b), middle]), signature, 5).array();
  const total = eigenvalues.subarray(0, 5).reduce((sum, value) => sum + 1 / value, 0);
  for (let e = 0; e < 5; e++) {
    const stored = eigenfunctions[a * count + e]! / Math.sqrt(eigenvalues[e]! * total);
    assertAlmostEquals(features[0]![e]!, stored, 1e-5);
    assertAlmostEquals(features[2]![e]!, (features[0]![e]! + features[1]![e]!) / 2, 1e-5);
  }
});

everyBackend("gpsFeatures() of mirrored points negates the odd waves, exactly", async () => {
  const points = tf.randomUniform<tf.Rank.R2>([200, 3], -1, 1, "float32", 5);
  const mirrored = tf.tensor2d(await mirrorPoints(points).data(), [200, 3]);
  const read = tf.tensor2d(await points.data(), [200, 3]);
  const signs = tf.tensor1d(Float32Array.from(signature.parity));
  assertEquals(await maxAbsDiff(gpsFeatures(mirrored, signature), gpsFeatures(read, signature).mul(signs)), 0);
});

Deno.test("gpsFeatures() has mean square 1 over the body, and is finite and bounded anywhere in space", () =>
  scoped(async () => {
    const { nodes, tetrahedra } = signature, centres: number[] = [], volumes: number[] = [];
    for (let t = 0; t < tetrahedra.length; t += 4) {
      const corners = [0, 1, 2, 3].map((i) => [0, 1, 2].map((k) => nodes[3 * tetrahedra[t + i]! + k]!));
      centres.push(...[0, 1, 2].map((k) => corners.reduce((sum, corner) => sum + corner[k]! / 4, 0)));
      const edges = corners.slice(1).map((corner) => corner.map((value, k) => value - corners[0]![k]!));
      const [p, q, r] = edges as [number[], number[], number[]];
      volumes.push(
        p[0]! * (q[1]! * r[2]! - q[2]! * r[1]!) - p[1]! * (q[0]! * r[2]! - q[2]! * r[0]!) +
          p[2]! * (q[0]! * r[1]! - q[1]! * r[0]!),
      );
    }
    const energy = gpsFeatures(tf.tensor2d(centres, [volumes.length, 3]), signature, 16).square().sum(1);
    const weights = tf.tensor1d(volumes);
    const [mean] = await energy.mul(weights).sum().div(weights.sum()).data();
    assertAlmostEquals(mean!, 1, 0.1); // values at centres, not integrals
    const [far] = await gpsFeatures(tf.tensor2d([[1e6, -1e6, 3], [0, 50, 0]]), signature).abs().max().data();
    assert(far! < 20, `${far}`);
  }));

Deno.test("gpsFeatures() keeps apart what is near in space and far in the body: the two thighs", () =>
  scoped(async () => {
    const thigh = [[0.05, -0.62, 0.02], [-0.05, -0.62, 0.02], [0.05, -0.72, 0.02]];
    const features = gpsFeatures(tf.tensor2d(thigh), signature);
    const [own, other, below] = tf.unstack(features) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [across] = await own.sub(other).norm().data(), [along] = await own.sub(below).norm().data();
    assert(across! > 1.5 * along!, `10 cm across the gap ${across}, 10 cm along the thigh ${along}`);
  }));

Deno.test("gpsFeatures() is continuous through the skin", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(signature.nodes.length / 3 - 1), fc.nat(5), (i, direction) =>
      scoped(async () => {
        const node = [...signature.nodes.subarray(3 * i, 3 * i + 3)];
        const step = node.map((value, k) => value + (k === direction % 3 ? (direction < 3 ? 1e-5 : -1e-5) : 0));
        const [here, there] = tf.unstack(gpsFeatures(tf.tensor2d([node, step]), signature, 16)) as [
          tf.Tensor,
          tf.Tensor,
        ];
        const [jump] = await here.sub(there).abs().max().data();
        assert(jump! < 5e-3, `${jump} at node ${i}`);
      })),
    { numRuns: 200 },
  ));

Deno.test("gpsFeatures() refuses points of another shape and more waves than there are, and leaves one tensor", async () => {
  const flat = tf.zeros<tf.Rank.R2>([4, 2]), points = tf.zeros<tf.Rank.R2>([4, 3]);
  assertEquals(
    (await failsCleanly(() => gpsFeatures(flat, signature))).message,
    'gpsFeatures: points must be "n 3": got [4, 2]',
  );
  const many = await failsCleanly(() => gpsFeatures(points, signature, signature.count + 1));
  assertEquals(many.name, "RangeError");
  tf.dispose([flat, points]);
  await leaves(1, { points: tf.zeros([4, 3]) }, ({ points }) => gpsFeatures(points as tf.Tensor2D, signature));
});

Deno.test("loadSignature() says what a broken file lacks", async () => {
  const sound = {
    nodes: { shape: [4, 3], data: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1) },
    tetrahedra: { shape: [1, 4], data: Uint16Array.of(0, 1, 2, 3) },
    eigenfunctions: { shape: [4, 1], data: Float32Array.of(1, 1, -1, -1) },
    eigenvalues: { shape: [1], data: Float32Array.of(2) },
    parity: { shape: [1], data: Int8Array.of(1) },
  };
  const { parity: _, ...lacking } = sound;
  const faults = [
    [lacking, /lacks "parity": rebuild it with tools\/field\/gps\.py/],
    [
      { ...sound, parity: { shape: [2], data: Int8Array.of(1, 1) } },
      /parity must be "count" \(with count=1\): got \[2\]/,
    ],
    [{ ...sound, eigenvalues: { shape: [1], data: Float32Array.of(0) } }, /an eigenvalue that is not positive/],
    [{ ...sound, tetrahedra: { shape: [1, 4], data: Uint16Array.of(0, 1, 2, 4) } }, /names a node beyond its 4/],
    [{ ...sound, nodes: { shape: [4, 3], data: new Float32Array(12).fill(NaN) } }, /holds NaN/],
  ] as const;
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.writeFile(path, writeSafetensors(sound));
    assertEquals((await loadSignature(path)).count, 1);
    for (const [arrays, message] of faults) {
      await Deno.writeFile(path, writeSafetensors(arrays));
      assertMatch((await failsCleanly(() => loadSignature(path))).message, message);
    }
  } finally {
    await Deno.remove(path);
  }
});
