import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { slotOrigins } from "../../../lib/body/face_frame.ts";
import { pointsOn } from "../../../lib/body/fit/points_on_faces.ts";
import { poseEquations } from "../../../lib/body/fit/pose_equations.ts";
import { affineJoints, axisAngles, evaluate, posePoints, type Posture } from "../../../lib/body/fit/posture.ts";
import { addPriors } from "../../../lib/body/fit/priors.ts";
import { type BodyRig, rigOf } from "../../../lib/body/fit/rig.ts";
import { shapeEquations } from "../../../lib/body/fit/shape_solve.ts";
import { solveShared } from "../../../lib/body/fit/shared_solve.ts";
import { attachGaussians } from "../../../lib/body/gaussians.ts";
import { skin } from "../../../lib/body/skinning.ts";
import { type Body, loadBody, SMALL_BODY } from "../../../lib/body/template.ts";
import { fromVector, type Matrix, multiply, type Vector } from "../../../lib/body/turns.ts";
import { maxAbsDiff, scoped } from "../../harness.ts";

const wave = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => Math.sin(1 + seed + 1.7 * i));

/** World rotations of a bent body, a shape and a place. */
function bent(rig: BodyRig, seed = 0, by = 0.3): Posture {
  const angles = wave(3 * rig.jointCount, seed).map((value) => by * value), rotations: Matrix[] = [];
  for (let joint = 0; joint < rig.jointCount; joint++) {
    const own = fromVector([angles[3 * joint]!, angles[3 * joint + 1]!, angles[3 * joint + 2]!]);
    rotations.push(joint === 0 ? own : multiply(rotations[rig.parents[joint]!]!, own));
  }
  return { rotations, coefficients: wave(rig.coefficientCount, seed + 5), transl: [0.3, -0.2, 2] };
}

/** Targets a little off a posture, with uneven weights. */
function targetsFor(rig: BodyRig, posture: Posture) {
  const n = rig.vertices.count, { positions } = affineJoints(rig, posture.rotations), off = wave(3 * n, 3);
  return {
    points: posePoints(rig, rig.vertices, posture).map((value, i) => value + 0.03 * off[i]!),
    joints: evaluate(positions, posture).map((value, i) => value + 0.02 * off[i]!),
    weights: wave(n, 1).map((value) => value > 0.8 ? 0 : 1 + 0.5 * value),
    jointWeights: wave(rig.jointCount, 2).map((value) => value > 0.5 ? 0 : 3 + value),
  };
}

const small = async (fn: (body: Body, rig: BodyRig) => unknown) =>
  await scoped(async () => {
    const body = await loadBody(SMALL_BODY);
    await fn(body, await rigOf(body));
    body.dispose();
  });

Deno.test("posePoints() and axisAngles() agree with skin()", () =>
  small(async (body, rig) => {
    const posture = bent(rig), { coefficients, transl, rotations } = posture;
    const parameters = {
      betas: tf.tensor1d(Float32Array.from(coefficients.subarray(0, 10))),
      expression: tf.tensor1d(Float32Array.from(coefficients.subarray(10))),
      pose: tf.tensor2d(Float32Array.from(axisAngles(rig.parents, rotations)), [55, 3]),
      transl: tf.tensor1d([...transl]),
    };
    const { vertices, joints } = skin(body, parameters);
    const tensor = (values: Float64Array) => tf.tensor2d(Float32Array.from(values), [values.length / 3, 3]);
    assert(await maxAbsDiff(tensor(posePoints(rig, rig.vertices, posture)), vertices) < 3e-6);
    assert(await maxAbsDiff(tensor(evaluate(affineJoints(rig, rotations).positions, posture)), joints) < 3e-6);
    const template = attachGaussians(body, { perFace: 1 });
    const places = tensor(posePoints(rig, await pointsOn(body, rig, template), posture));
    const off = places.sub(slotOrigins(vertices, template)).square().sum(1).sqrt();
    assert((await off.mean().data())[0]! < 0.002); // metres: blended weights, on the coarse body
    template.dispose();
  }));

/** ½·d energy / d unknown by central differences. */
function slope(energy: (posture: Posture) => number, rig: BodyRig, posture: Posture, unknown: number): number {
  const step = 1e-4;
  const moved = (by: number): Posture => {
    const J = rig.jointCount, { rotations, coefficients, transl } = posture;
    const places = evaluate(affineJoints(rig, rotations).positions, posture);
    if (unknown >= 3 * J + 3) {
      const k = unknown - 3 * J - 3, changed = coefficients.map((value, i) => i === k ? value + by : value);
      // the pelvis stays in its place
      const pelvis = [0, 1, 2].map((axis) =>
        places[axis]! -
        evaluate(affineJoints(rig, rotations).positions, { coefficients: changed, transl: [0, 0, 0] })[axis]!
      );
      return { rotations, coefficients: changed, transl: pelvis as unknown as Vector };
    }
    if (unknown >= 3 * J) {
      return {
        rotations,
        coefficients,
        transl: transl.map((value, axis) => axis === unknown - 3 * J ? value + by : value) as unknown as Vector,
      };
    }
    const turn = [0, 1, 2].map((axis) => axis === unknown % 3 ? by : 0) as unknown as Vector;
    return {
      rotations: rotations.map((rotation, joint) =>
        joint === Math.floor(unknown / 3) ? multiply(fromVector(turn), rotation) : rotation
      ),
      coefficients,
      transl,
    };
  };
  return (energy(moved(step)) - energy(moved(-step))) / (4 * step);
}

Deno.test("poseEquations() have the gradient that differences of the energy give, in every unknown", () =>
  small((_, rig) => {
    const posture = bent(rig), targets = targetsFor(rig, bent(rig, 0.05));
    const energy = (at: Posture) => {
      const points = posePoints(rig, rig.vertices, at),
        joints = evaluate(affineJoints(rig, at.rotations).positions, at);
      const sum = (a: Float64Array, b: Float64Array, w: Float64Array) =>
        a.reduce((all, value, i) => all + w[Math.floor(i / 3)]! * (value - b[i]!) ** 2, 0);
      return sum(points, targets.points, targets.weights) + sum(joints, targets.joints, targets.jointWeights);
    };
    const { equations, energy: found } = poseEquations(rig, rig.vertices, targets, posture);
    assertAlmostEquals(found, energy(posture), 1e-9);
    equations.right.forEach((value, unknown) => {
      const wanted = -slope(energy, rig, posture, unknown);
      assertAlmostEquals(value, wanted, 1e-5 * Math.max(1, Math.abs(wanted)), `unknown ${unknown}`);
    });
  }));

Deno.test("poseEquations() have the matrix that the change of the gradient gives where the points are met", () =>
  small((_, rig) => {
    const posture = bent(rig),
      targets = { ...targetsFor(rig, posture), points: posePoints(rig, rig.vertices, posture) };
    const met = { ...targets, joints: evaluate(affineJoints(rig, posture.rotations).positions, posture) };
    const { equations: { matrix, right } } = poseEquations(rig, rig.vertices, met, posture), d = right.length;
    const pelvis = 3 * rig.jointCount; // the pelvis' place: the gradient is linear in it
    const aside = { ...posture, transl: [posture.transl[0] + 1e-3, posture.transl[1], posture.transl[2]] as const };
    const moved = poseEquations(rig, rig.vertices, met, aside).equations.right;
    for (let i = 0; i < d; i++) {
      assertAlmostEquals(matrix[i * d + pelvis]!, matrix[pelvis * d + i]!, 1e-8);
      if (i >= pelvis) {
        assertAlmostEquals((right[i]! - moved[i]!) / 1e-3, matrix[i * d + pelvis]!, 1e-6, `unknown ${i}`);
      }
    }
  }));

Deno.test("addPriors() have the gradient that differences give, limits included", () =>
  small((_, rig) => {
    const posture = bent(rig, 2, 0.12), d = 3 * rig.jointCount + 3 + rig.coefficientCount;
    const prior = { scale: 1, pose: 0.6, limits: 0.3, shape: 1.5 }, shown = wave(rig.jointCount, 4).map(Math.abs);
    const energy = (at: Posture) =>
      addPriors(rig, { matrix: new Float64Array(d * d), right: new Float64Array(d) }, at, shown, prior);
    const right = new Float64Array(d);
    addPriors(rig, { matrix: new Float64Array(d * d), right }, posture, shown, prior);
    let dot = 0, a = 0, b = 0;
    right.forEach((value, unknown) => {
      const wanted = -slope(energy, rig, posture, unknown);
      dot += value * wanted;
      a += value * value;
      b += wanted * wanted;
    });
    // turns are linearised, and the limits' direction kept: the way is the same, within a few degrees
    assert(dot / Math.sqrt(a * b) > 0.995, `${dot / Math.sqrt(a * b)}`);
    assertAlmostEquals(Math.sqrt(a / b), 1, 0.05);
  }));

Deno.test("shapeEquations() give back shape and place where the rotations are known", () =>
  small((_, rig) => {
    const posture = bent(rig), points = posePoints(rig, rig.vertices, posture);
    const targets = {
      ...targetsFor(rig, posture),
      points,
      joints: evaluate(affineJoints(rig, posture.rotations).positions, posture),
    };
    const equations = shapeEquations(
      rig,
      rig.vertices,
      targets,
      posture.rotations,
      new Float64Array(rig.coefficientCount),
    );
    const [found] = solveShared([equations], rig.shapeCount)!, E = rig.coefficientCount - rig.shapeCount;
    posture.transl.forEach((value, axis) => assertAlmostEquals(found![axis]!, value, 1e-6));
    posture.coefficients.forEach((value, k) =>
      assertAlmostEquals(found![k < rig.shapeCount ? 3 + E + k : 3 + k - rig.shapeCount]!, value, 1e-4)
    );
  }));

Deno.test("solveShared() solves the frames' equations as one system", () => {
  const frame = (seed: number) => {
    const rows = Array.from({ length: 9 }, (_, i) => wave(4, seed + i * i).map((value, k) => value ** (1 + k)));
    const matrix = new Float64Array(16), right = new Float64Array(4);
    rows.forEach((row, i) =>
      row.forEach((a, k) => {
        right[k]! += a * (i + seed);
        row.forEach((b, l) => matrix[4 * k + l]! += a * b);
      })
    );
    return { matrix, right };
  };
  const frames = [frame(0.3), frame(1.1)], solved = solveShared(frames, 2)!;
  for (const shared of [2, 3]) assertEquals(solved[0]![shared], solved[1]![shared]);
  frames.forEach(({ matrix, right }, f) => { // each frame's own rows hold
    for (const row of [0, 1]) {
      const left = [0, 1, 2, 3].reduce((sum, k) => sum + matrix[4 * row + k]! * solved[f]![k]!, 0);
      assertAlmostEquals(left, right[row]!, 1e-8);
    }
  });
  for (const row of [2, 3]) { // the shared rows hold in sum
    const off = frames.reduce(
      (sum, { matrix, right }, f) =>
        sum + [0, 1, 2, 3].reduce((all, k) => all + matrix[4 * row + k]! * solved[f]![k]!, -right[row]!),
      0,
    );
    assertAlmostEquals(off, 0, 1e-8);
  }
  assertEquals(solveShared([{ matrix: new Float64Array(16), right: new Float64Array(4) }], 2), undefined);
});
