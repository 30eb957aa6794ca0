import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody } from "../../../lib/body/template.ts";
import { cameraToWorld, projectPoints } from "../../../lib/image/cameras.ts";
import { createPeople } from "../../../lib/train/people/person.ts";
import { RandomStream } from "../../../lib/train/people/random.ts";
import {
  createPersonViews,
  drawWishes,
  type PersonView,
  type PersonWithViews,
  type ViewWish,
} from "../../../lib/train/people/views.ts";
import { scoped } from "../../harness.ts";

const OPTIONS = { seed: 11, size: 96, viewSize: 96 } as const, COUNT = 6;
const WISHES: readonly ViewWish[] = [
  { kind: "photo" },
  { kind: "view", yaw: 0 },
  { kind: "view", yaw: Math.PI / 2, pitch: 0.3 },
  { kind: "view", yaw: 4, framing: "upper" },
  { kind: "pose", yaw: 0.5, pose: 0 },
  { kind: "pose", yaw: -2, pose: 1 },
];
const source = await createPersonViews(OPTIONS), some: PersonWithViews[] = [];
for (let i = 0; i < COUNT; i++) some.push(await source.views(i, WISHES));
const each = some.flatMap(({ views }) => views);

const unsanitized = { sanitizeOps: false, sanitizeResources: false };
const test = (name: string, fn: () => unknown) => Deno.test({ name, ...unsanitized, fn: async () => void await fn() });
const differ = (a: Float32Array, b: Float32Array) => a.some((value, i) => Math.abs(value - b[i]!) > 0.1);
const bytesOf = ({ image, mask, parameters, camera }: PersonView) => ({ image, mask, parameters, camera });

test("views() shows the very person that person() makes", async () => {
  const people = await createPeople({ seed: OPTIONS.seed, size: OPTIONS.size });
  for (const [i, { person }] of some.entries()) assertEquals(person, await people.person(i));
});

test("views() gives equal bytes for equal seed, index and wish, whatever else is drawn", async () => {
  const again = await createPersonViews(OPTIONS);
  const { views: [pose, view] } = await again.views(2, [WISHES[5]!, WISHES[3]!]);
  assertEquals(bytesOf(pose!), bytesOf(some[2]!.views[5]!));
  assertEquals(bytesOf(view!), bytesOf(some[2]!.views[3]!));
  assert(differ(some[2]!.views[4]!.parameters.pose, pose!.parameters.pose), "two other poses");
});

test("views() keeps body and place from view to view, and the body's shape from pose to pose", () => {
  for (const { person, views } of some) {
    for (const { kind, parameters, vertices } of views) {
      assertEquals(parameters.betas, person.parameters.betas);
      if (kind !== "pose") assertEquals(vertices, person.vertices);
      else assert(differ(parameters.pose, person.parameters.pose));
    }
  }
});

test("views() has parameters from which skin() makes its vertices", () =>
  scoped(async () => {
    const body = await loadBody();
    for (const { parameters, vertices } of some[0]!.views.slice(3)) {
      const { betas, expression, pose, transl } = parameters;
      const skinned = skin(body, {
        betas: tf.tensor1d(betas),
        expression: tf.tensor1d(expression),
        pose: tf.tensor2d(pose, [55, 3]),
        transl: tf.tensor1d(transl),
      });
      const reference = await skinned.vertices.data();
      const worst = vertices.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0);
      assert(worst < 5e-5, `${worst} m`); // single precision, as person()
    }
    body.dispose();
  }));

test("views() has cameras by which its body falls on its mask", () =>
  scoped(async () => {
    let on = 0, inside = 0;
    for (const { vertices, camera, mask, size } of each) {
      const { position, depth } = projectPoints(tf.tensor2d(vertices, [vertices.length / 3, 3]), camera);
      const [pixels, depths] = await Promise.all([position.data(), depth.data()]);
      for (let v = 0; v < depths.length; v++) {
        const x = Math.floor(pixels[2 * v]! * size / 512), y = Math.floor(pixels[2 * v + 1]! * size / 512);
        if (!(depths[v]! > 0.1 && x >= 0 && y >= 0 && x < size && y < size)) continue;
        inside++;
        if (mask[y * size + x]! > 0) on++;
      }
    }
    assert(inside > COUNT * 10_000 && on > 0.985 * inside, `${on} of ${inside}`); // skin of thin fingers lies between samples
  }));

test("views() shows whole people with some room around them", () => {
  for (const { kind, mask, size } of each.filter((_, i) => [1, 2, 4, 5].includes(i % WISHES.length))) {
    const edge = (i: number) => mask[i]! + mask[i * size]! + mask[size * size - 1 - i]! + mask[i * size + size - 1]!;
    assert(Array.from({ length: size }, (_, i) => edge(i)).every((sum) => sum === 0), `${kind} touches the edge`);
    assert(mask.filter((cover) => cover > 127).length > 0.02 * size * size, "the person is large enough");
  }
});

test("views() goes around the person by the wish's yaw, to the person's left", () => {
  for (const { person, views } of some) {
    const pelvis = person.joints, up = views[1]!.camera.worldToCamera[1]!.slice(0, 3).map((value) => -value); // pitch 0
    const bearing = ({ camera }: PersonView) => {
      const world = cameraToWorld(camera), away = [0, 1, 2].map((i) => world[i]![3]! - pelvis[i]!);
      const aloft = away.reduce((sum, value, i) => sum + value * up[i]!, 0);
      return away.map((value, i) => value - aloft * up[i]!);
    };
    const from = bearing(views[1]!), to = bearing(views[2]!); // a quarter turn apart
    const normal = [0, 1, 2].map((i) => from[(i + 1) % 3]! * to[(i + 2) % 3]! - from[(i + 2) % 3]! * to[(i + 1) % 3]!);
    const sine = normal.reduce((sum, value, i) => sum + value * up[i]!, 0) / Math.hypot(...from) / Math.hypot(...to);
    assert(sine > 0.9, `${sine}: the camera looks at the middle of a box, not at the pelvis`);
  }
});

test("views() shows the photo's own view with the photo's camera, complete and on black", () => {
  for (const { person, views: [photo] } of some) {
    assertEquals(photo!.camera, person.camera);
    person.mask.forEach((seen, i) => assert(photo!.mask[i]! >= seen - 1, "what the photo shows is there"));
    photo!.mask.forEach((cover, i) => {
      if (cover === 0) assertEquals([...photo!.image.subarray(3 * i, 3 * i + 3)], [0, 0, 0]);
    });
  }
});

test("views() keeps the photo's colours", async () => {
  const plain = {
    stances: { standing: 1 },
    camera: { yaw: [{ range: [0, 0], weight: 1 }], pitch: 3, roll: 1, fieldOfView: [30, 50], cuts: { whole: 1 } },
    occluders: 0,
    companions: 0,
    withheld: false,
  } as const;
  const few = await createPersonViews({ seed: 5, set: plain, size: 96, viewSize: 96 });
  for (let index = 0; index < 4; index++) {
    const { person, views: [photo] } = await few.views(index, [{ kind: "photo" }]), sums = [0, 0];
    let count = 0;
    person.mask.forEach((cover, i) => {
      if (cover < 255) return;
      count++;
      for (let c = 0; c < 3; c++) {
        sums[0]! += person.image[3 * i + c]! / 3;
        sums[1]! += photo!.image[3 * i + c]! / 3;
      }
    });
    assert(count > 100 && Math.abs(sums[0]! - sums[1]!) < 14 * count, `person ${index}: ${sums} over ${count} pixels`); // vignette and blur alone part them
  }
});

test("drawWishes() begins with the photo and then shows other sides and poses in turn", () => {
  const kinds = drawWishes(new RandomStream(1), 5).map(({ kind }) => kind);
  assertEquals(kinds, ["photo", "view", "pose", "view", "pose"]);
});

test("createPersonViews() and views() refuse what they cannot draw, and leave no tensors", async () => {
  const before = tf.memory().numTensors;
  await assertRejects(() => createPersonViews({ viewSize: 8 }), RangeError, "viewSize must be a whole number");
  await assertRejects(() => createPersonViews({ seeds: 1 } as never), TypeError, 'unknown option "seeds"');
  await assertRejects(() => source.views(-1), RangeError, "index must be a whole number");
  await assertRejects(() => source.views(0, [{ kind: "side" as "view" }]), RangeError, "kind must be one of");
  await assertRejects(() => source.views(0, [{ kind: "view", yaw: NaN }]), RangeError, "yaw must be finite");
  assertEquals(tf.memory().numTensors, before);
});
