import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody } from "../../../lib/body/template.ts";
import { projectPoints } from "../../../lib/image/cameras.ts";
import { createPeople, type Person } from "../../../lib/train/people/person.ts";
import { PeoplePool } from "../../../lib/train/people/pool.ts";
import { scoped } from "../../harness.ts";

const COUNT = 24;
const people = await createPeople({ seed: 11, size: 128 });
const some: Person[] = [];
for (let i = 0; i < COUNT; i++) some.push(await people.person(i));

const unsanitized = { sanitizeOps: false, sanitizeResources: false };
const test = (name: string, fn: () => unknown) => Deno.test({ name, ...unsanitized, fn: async () => void await fn() });

async function digest(
  { image, mask, vertices, vertices2d, vertexSeen, jointSeen, parameters }: Person,
): Promise<string> {
  const parts = [image, mask, vertices, vertices2d, vertexSeen, jointSeen, parameters.pose].map((array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  );
  const hash = await crypto.subtle.digest("SHA-256", await new Blob(parts as BlobPart[]).arrayBuffer());
  return new Uint8Array(hash).toHex();
}

test("person() gives equal bytes for equal seed and index, whatever was drawn before", async () => {
  const again = await createPeople({ seed: 11, size: 128 });
  for (const i of [5, 0, 17]) assertEquals(await digest(await again.person(i)), await digest(some[i]!));
  assert(await digest(some[0]!) !== await digest(some[1]!));
});

test("person() has labels that do not depend on the picture's size", async () => {
  const larger = await (await createPeople({ seed: 11, size: 192 })).person(3);
  assertEquals(larger.joints2d, some[3]!.joints2d);
  assertEquals(larger.vertices, some[3]!.vertices);
  assertEquals(larger.image.length, 192 * 192 * 3);
});

test("person() has 2D labels that are the projection of its 3D ones by its camera", () =>
  scoped(async () => {
    for (const { joints, joints2d, camera } of some) {
      const { position } = projectPoints(tf.tensor2d(joints, [55, 3]), camera);
      const reference = await position.data();
      joints2d.forEach((value, i) => {
        if (joints[3 * (i >> 1) + 2]! > 0.1) assert(Math.abs(value - reference[i]!) < 0.02 + 1e-5 * Math.abs(value)); // pixels of 512, single precision
      });
    }
  }));

test("person() has parameters from which skin() makes its vertices and joints", () =>
  scoped(async () => {
    const body = await loadBody();
    for (const { parameters, vertices, joints } of some.slice(0, 6)) {
      const { betas, expression, pose, transl } = parameters;
      const skinned = skin(body, {
        betas: tf.tensor1d(betas),
        expression: tf.tensor1d(expression),
        pose: tf.tensor2d(pose, [55, 3]),
        transl: tf.tensor1d(transl),
      });
      for (const [ours, theirs] of [[vertices, skinned.vertices], [joints, skinned.joints]] as const) {
        const reference = await theirs.data();
        const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0);
        assert(worst < 5e-5, `${worst} m`);
      }
    }
    body.dispose();
  }));

test("person() has a mask on which what is seen lies", () => {
  let seen = 0, on = 0;
  for (const { vertexSeen, vertices2d, mask, size } of some) {
    vertexSeen.forEach((is, v) => {
      if (!is) return;
      seen++;
      const x = Math.floor(vertices2d[2 * v]! * size / 512), y = Math.floor(vertices2d[2 * v + 1]! * size / 512);
      if (mask[y * size + x]! > 60) on++;
    });
  }
  assert(seen > COUNT * 1000);
  assert(on > 0.975 * seen, `${on} of ${seen}`); // at the outline a pixel may be mostly background
});

test("person() has joints inside the mask when they are seen", () => {
  let seen = 0, on = 0;
  for (const { jointSeen, joints2d, mask, size } of some) {
    for (let j = 0; j < 22; j++) {
      if (!jointSeen[j]) continue;
      seen++;
      const x = Math.floor(joints2d[2 * j]! * size / 512), y = Math.floor(joints2d[2 * j + 1]! * size / 512);
      if (x >= 0 && y >= 0 && x < size && y < size && mask[y * size + x]! > 60) on++;
    }
  }
  assert(seen > COUNT * 5 && on > 0.93 * seen, `${on} of ${seen}`);
});

test("person() shows people where their joints are: pictures differ from their surroundings", () => {
  for (const { image, mask, size } of some) {
    assert(mask.some((value) => value > 128));
    assertEquals(image.length, size * size * 3);
    assert(new Set(image.subarray(0, 30000)).size > 8);
  }
});

test("person() stands before the camera, upright unless it does otherwise", () => {
  for (const { joints, scene } of some) {
    assert(joints[2]! > 0.3 && joints[2]! < 60, `pelvis at ${joints[2]} m`);
    if (["stand", "contrapposto", "walk"].includes(scene.legs)) {
      assert(joints[3 * 15 + 1]! < joints[1]!, "head above pelvis: y is down");
    }
  }
});

test("createPeople() and person() leave no tensors", async () => {
  const before = tf.memory().numTensors;
  await (await createPeople({ seed: 2, size: 64 })).person(0);
  assertEquals(tf.memory().numTensors, before);
});

test("PeoplePool.people() gives the same people, in order", async () => {
  using pool = new PeoplePool({ seed: 11, size: 128 }, 2);
  let i = 2;
  for await (const person of pool.people(2, 5)) assertEquals(await digest(person), await digest(some[i++]!));
  assertEquals(i, 7);
});

test("PeoplePool.people() passes errors on", async () => {
  using pool = new PeoplePool({ seed: 11, size: 5 }, 1);
  await assertRejects(() => pool.people(0, 1).next(), RangeError, "size must be a whole number from 64 to 512");
});

test("createPeople() refuses what it does not know", async () => {
  await assertRejects(
    () => createPeople({ set: "easy" as "train" }),
    RangeError,
    "set must be one of train, unusual, everyday, hard",
  );
  await assertRejects(() => createPeople({ seeds: 1 } as never), TypeError, 'unknown option "seeds"');
  await assertRejects(async () => await people.person(-1), RangeError, "index must be a whole number");
});
