import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { drive, placeInFrames, slotFrames } from "../../lib/body/drive.ts";
import { skin } from "../../lib/body/skinning.ts";
import { refine, type RefineStep } from "../../lib/refine/refine.ts";
import { photoTarget, withinReach } from "../../lib/refine/photo_loss.ts";
import { noOffsets, offsetAvatar, offsetGaussians } from "../../lib/refine/offsets.ts";
import { shownShare } from "../../lib/refine/shown.ts";
import { tensorsIn } from "../../lib/tensor/scope.ts";
import { failsCleanly, maxAbsDiff, scoped } from "../harness.ts";
import { avatarOf, camera, photoOf, standing, template } from "./scene.ts";

const test = (name: string, fn: () => unknown) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => scoped(fn) });

test("refine() brings colours to the photo's, and leaves what the photo does not show as it was", async () => {
  const on = template(), truth = avatarOf(on, true), grey = avatarOf(on, false), parameters = standing();
  const photo = await photoOf(truth, parameters);
  const { avatar, shown } = await refine(grey, photo, parameters, { bodySteps: 0, steps: 25, size: 256 });
  const [gamma, found, wanted] = await Promise.all([shown.data(), avatar.sh.data(), truth.sh.data()]);
  let seen = 0, hidden = 0;
  const errors = [0, 0];
  gamma.forEach((share, i) => {
    const [before, after] = [0, 1, 2].reduce(([b, a], c) => {
      const w = wanted[3 * i + c]!;
      return [b! + Math.abs(w), a! + Math.abs(w - found[3 * i + c]!)];
    }, [0, 0]);
    if (share > 0.8) {
      seen++;
      errors[0]! += before!;
      errors[1]! += after!;
    }
    if (share < 0.02) {
      hidden++;
      for (let c = 0; c < 3; c++) assert(Math.abs(found[3 * i + c]!) < 0.05, `${found[3 * i + c]}`);
    }
  });
  assert(seen > 300 && errors[1]! < 0.6 * errors[0]!, `${errors} of ${seen} seen ones`);
  assert(hidden > 0.2 * on.count, `${hidden} hidden of ${on.count}`);
});

test("refine() moves a misplaced body towards its outline", async () => {
  const on = template(), avatar = avatarOf(on, true), truth = standing(), photo = await photoOf(avatar, truth);
  const off = { ...truth, transl: tf.tidy(() => truth.transl.add<tf.Tensor1D>(tf.tensor1d([0.03, -0.02, 0]))) };
  const raised = tf.buffer<tf.Rank.R2>([55, 3]);
  raised.set(0.15, 16, 2);
  const turned = { ...off, pose: off.pose.add<tf.Tensor2D>(raised.toTensor()) };
  const { parameters } = await refine(avatar, photo, turned, { bodySteps: 30, steps: 0 });
  const distance = async (one: typeof truth) =>
    (await tf.tidy(() => skin(on.body, one).vertices.sub(skin(on.body, truth).vertices).norm("euclidean", 1).mean())
      .data())[0]!;
  const [before, after] = [await distance(turned), await distance(parameters)];
  assert(after < 0.5 * before, `${before} m → ${after} m`);
});

test("withinReach() leaves out what a mask holds farther off than a body may move, such as a chair", async () => {
  const square = (from: number, to: number) =>
    tf.pad2d(tf.ones<tf.Rank.R2>([16, to - from]), [[8, 8], [from, 32 - to]]).expandDims<tf.Tensor3D>(2);
  const person = square(4, 12), both = square(4, 28), ones = tf.ones<tf.Rank.R3>([32, 32, 1]);
  const target = { mask: both, core: both, colours: both.tile<tf.Tensor3D>([1, 1, 3]), band: ones };
  const scales = { perPixel: tf.scalar(1 / 384), perCore: tf.scalar(1 / 384) };
  const near = withinReach({ ...target, ...scales }, person, 3);
  assertEquals(await maxAbsDiff(near.mask, square(4, 15)), 0);
  assertEquals(await maxAbsDiff(near.core, square(4, 15)), 0);
  assertEquals(await maxAbsDiff(near.colours, square(4, 15).tile([1, 1, 3])), 0);
  assertEquals(await maxAbsDiff(near.band, ones), 0); // where there must be no body, there must be none
});

test("refine() makes the avatar anew on the moved body, if told how", async () => {
  const on = template(), avatar = avatarOf(on, false), coloured = avatarOf(on, true), parameters = standing();
  const photo = await photoOf(coloured, parameters), asked: unknown[] = [];
  const estimate = (moved: typeof parameters) => {
    asked.push(moved);
    return Promise.resolve(coloured);
  };
  const refined = await refine(avatar, photo, parameters, { bodySteps: 1, steps: 0, size: 64, estimate });
  assertEquals(asked.length, 1);
  assert(await maxAbsDiff(refined.avatar.sh, avatarOf(on, true).sh) < 1e-6);
  assert(coloured.sh.isDisposed, "the new avatar became the refinement's");
});

test("refine() tells each step, leaves its result alone, and changes nothing that it was given", async () => {
  const on = template(),
    avatar = avatarOf(on, true),
    parameters = standing(),
    photo = await photoOf(avatar, parameters);
  const steps: RefineStep[] = [], before = tf.memory().numTensors, scale = await avatar.scale.data();
  const refined = await refine(avatar, photo, parameters, {
    bodySteps: 2,
    steps: 3,
    size: 64,
    onStep: (step) => void steps.push(step),
  });
  assertEquals(steps.map(({ stage, step, of }) => `${stage} ${step}/${of}`), [
    "body 1/2",
    "body 2/2",
    "gaussians 1/3",
    "gaussians 2/3",
    "gaussians 3/3",
  ]);
  const { template: _, ...tensors } = refined.avatar;
  assertEquals(tensorsIn([tensors, refined.parameters, refined.shown]).size, 10); // five, four and one
  assertEquals(tf.memory().numTensors - before, 10);
  assertEquals(await avatar.scale.data(), scale);
});

test("refine() ends between two steps when aborted, and refuses what it cannot use, without a trace", async () => {
  const on = template(),
    avatar = avatarOf(on, true),
    parameters = standing(),
    photo = await photoOf(avatar, parameters);
  const stop = new AbortController();
  const options = {
    bodySteps: 0,
    steps: 50,
    size: 64,
    signal: stop.signal,
    onStep: ({ step }: RefineStep) => step === 2 ? stop.abort() : undefined,
  };
  assertEquals((await failsCleanly(() => refine(avatar, photo, parameters, options))).name, "AbortError");
  const nobody = tf.zeros<tf.Rank.R2>([512, 512]), bytes = tf.fill<tf.Rank.R3>([512, 512, 3], 255);
  assert(
    (await failsCleanly(() => refine(avatar, { ...photo, mask: nobody }, parameters))).message.includes("shows nobody"),
  );
  assert(
    (await failsCleanly(() => refine(avatar, { ...photo, crop: bytes }, parameters))).message.includes("divide by 255"),
  );
  await assertRejects(
    () => refine(avatar, photo, parameters, { size: 1000 }),
    RangeError,
    "size must be a whole number",
  );
  await assertRejects(() => refine(avatar, photo, parameters, { size: 65 }), RangeError, "size must be even");
  await assertRejects(
    () => refine(avatar, photo, parameters, { step: 3 } as never),
    TypeError,
    'unknown option "step"',
  );
  const corner = tf.pad2d(tf.ones<tf.Rank.R2>([60, 60]), [[0, 452], [0, 452]]),
    few = { bodySteps: 1, steps: 1, size: 64 };
  assert(
    (await failsCleanly(() => refine(avatar, { ...photo, mask: corner }, parameters, few))).message.includes(
      "shows nobody where the body stands",
    ),
  );
  const elsewhere = { ...camera, worldToCamera: [[1, 0, 0, 0.1], ...camera.worldToCamera.slice(1)] };
  assert(
    (await failsCleanly(() => refine(avatar, { ...photo, camera: elsewhere }, parameters))).message.includes(
      "identity",
    ),
  );
  const broken = { ...parameters, transl: tf.tensor1d([NaN, 0, 0]) };
  await failsCleanly(() => refine(avatar, photo, broken, { bodySteps: 1, steps: 1, size: 64 }));
});

test("offsetAvatar() of no offsets is the avatar, and a hidden Gaussian ignores its own", async () => {
  const on = template(), avatar = avatarOf(on, true), offsets = noOffsets(avatar);
  const frames = slotFrames(on, skin(on.body, standing()).vertices), n = on.count;
  const same = offsetAvatar(avatar, offsets, tf.ones([n]), frames);
  const keys = ["translation", "scale", "opacity", "sh"] as const;
  for (const key of keys) assert(await maxAbsDiff(same[key], avatar[key]) < 1e-6, key);
  for (const offset of Object.values(offsets)) offset.assign(tf.ones(offset.shape));
  const hidden = offsetAvatar(avatar, offsets, tf.zeros([n]), frames);
  for (const key of keys) assert(await maxAbsDiff(hidden[key], avatar[key]) < 1e-6, key);
});

test("offsetAvatar() on a body is what offsetGaussians() says: means by 3 mm in the camera's axes", async () => {
  const on = template(), avatar = avatarOf(on, true), offsets = noOffsets(avatar), shown = tf.linspace(0, 1, on.count);
  for (const offset of Object.values(offsets)) offset.assign(tf.randomNormal(offset.shape, 0, 1, "float32", 4));
  offsets.translation.assign(tf.ones(offsets.translation.shape));
  const frames = slotFrames(on, skin(on.body, standing()).vertices), posed = placeInFrames(avatar, frames);
  const told = offsetGaussians(posed, offsets, shown),
    placed = placeInFrames(offsetAvatar(avatar, offsets, shown, frames), frames);
  for (const key of ["means", "scales", "opacity", "sh", "frames"] as const) {
    assert(await maxAbsDiff(placed[key], told[key]!) < 2e-6, key);
  }
  const metres = told.means.sub(posed.means);
  assert(await maxAbsDiff(metres, tf.tile(shown.mul(0.003).expandDims(1), [1, 3])) < 1e-6);
});

test("shownShare() is high where the photo shows a Gaussian, and 0 behind the body and off the mask", async () => {
  const on = template(), avatar = avatarOf(on, false), parameters = standing();
  const { mask } = await photoOf(avatar, parameters), gaussians = drive(avatar, parameters);
  const seen = { template: on, vertices: skin(on.body, parameters).vertices, gaussians, camera };
  const small = tf.image.resizeBilinear(mask.expandDims<tf.Tensor3D>(2), [128, 128]);
  const right = small.mul<tf.Tensor3D>(tf.range(0, 128).greater(64).toFloat().reshape([1, 128, 1]));
  const [all, half] = await Promise.all([small, right].map((m) => shownShare(seen, m)));
  const [every, some, places] = await Promise.all([all!.data(), half!.data(), gaussians.means.data()]);
  const front = [0, 1].map((side) => { // the trunk's front and back
    const picked = [...every].filter((_, i) => {
      const [x, y, z] = [places[3 * i]!, places[3 * i + 1]!, places[3 * i + 2]!];
      return Math.abs(x) < 0.08 && Math.abs(y + 0.2) < 0.1 && (side === 0 ? z < 2.94 : z > 3.06);
    });
    return picked.reduce((sum, value) => sum + value, 0) / picked.length;
  });
  assert(front[0]! > 0.7 && front[1]! < 0.05, `front ${front[0]}, back ${front[1]}`);
  for (let i = 0; i < on.count; i++) if (places[3 * i]! < -0.1) assertEquals(some[i], 0);
});

test("photoTarget() believes colours in the mask's core alone: no rim, but up to the photo's own edge", async () => {
  const crop = tf.fill<tf.Rank.R3>([512, 512, 3], 0.5), mask = tf.buffer<tf.Rank.R2>([512, 512]);
  for (let y = 100; y < 512; y++) for (let x = 200; x < 300; x++) mask.set(1, y, x);
  const { core, colours } = photoTarget(crop, mask.toTensor(), 512);
  const row = await core.slice([300, 0, 0], [1, 512, 1]).data(),
    column = await core.slice([0, 250, 0], [512, 1, 1]).data();
  assertEquals([row.indexOf(1), row.lastIndexOf(1)], [208, 291]);
  assertEquals([column.indexOf(1), column.lastIndexOf(1)], [108, 511]);
  assertEquals(await maxAbsDiff(colours, core.mul(crop)), 0);
});
