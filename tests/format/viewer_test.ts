import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { gunzipSync } from "fflate";
import { encodeViewer, type ViewerScene, writeViewer } from "../../lib/format/viewer.ts";
import { unpackContents } from "../../lib/viewer/pack_contents.ts";
import { failsCleanly, leaves } from "../harness.ts";
import { smallScene } from "../viewer/viewer_avatar.ts";

const dataOf = (page: string) =>
  unpackContents(gunzipSync(Uint8Array.fromBase64(/id="data">([A-Za-z0-9+/=]*)</.exec(page)![1]!)));

Deno.test("encodeViewer() carries all that is shown, the same bytes each time", async () => {
  const { scene, dispose } = await smallScene();
  const motion = {
    name: "nod",
    count: 2,
    rate: 2,
    poses: new Float32Array(330),
    transl: new Float32Array(6),
    betas: undefined,
    loop: true,
  };
  motion.poses[165] = 0.5;
  const page = await encodeViewer({ ...scene, motions: [motion], notices: ["first", "second"] }), data = dataOf(page);
  assertEquals(await encodeViewer({ ...scene, motions: [motion], notices: ["first", "second"] }), page);
  const { template } = scene.avatar;
  assertEquals([data.title, data.notices], ["Small", ["first", "second"]]);
  assertEquals(data.faces, template.body.faces);
  assertEquals(data.avatar.faceOf, template.faceOf);
  assertEquals(data.avatar.opacity, await scene.avatar.opacity.data() as Float32Array);
  assertEquals(data.uncertainty, await scene.uncertainty!.data() as Float32Array);
  assertEquals(data.confidence, await scene.confidence!.data() as Float32Array);
  const { betas: _, ...wanted } = motion;
  assertEquals(data.motions, [wanted]);
  assertEquals([data.photo!.width, data.photo!.height, data.photo!.type], [32, 48, "image/jpeg"]);
  assertEquals(data.rig.names, template.body.jointNames);
  const [S, E] = [scene.parameters!.betas.size, scene.parameters!.expression.size];
  assertEquals([data.rig.shapeCount, data.rig.coefficientCount], [S, S + E]);
  dispose();
});

Deno.test("encodeViewer() needs an avatar only: it stands in the A-pose", async () => {
  const { scene, dispose } = await smallScene();
  const { poses, photo, uncertainty, coefficients, motions } = dataOf(await encodeViewer({ avatar: scene.avatar }));
  assertEquals([...poses.photo.pose.subarray(48, 51)], [0, 0, Math.fround(-0.8)]);
  assertEquals([photo, uncertainty, motions.length], [undefined, undefined, 0]);
  assert(coefficients.every((number) => number === 0));
  dispose();
});

Deno.test("encodeViewer() lets nothing out of its place in the page", async () => {
  const { scene, dispose } = await smallScene();
  const hostile = `</script><script>alert(1)</script>"'&{{data}}$&`;
  const page = await encodeViewer({ ...scene, title: hostile, notices: [hostile], motions: [] });
  assert(!page.includes("alert(1)</script>"));
  assertEquals(page.match(/<script/g)!.length, 2);
  assertEquals(page.match(/<\/script>/g)!.length, 2);
  assertEquals(dataOf(page).title, hostile);
  dispose();
});

Deno.test("encodeViewer() says what does not fit, and leaves no tensor behind", async () => {
  const { scene, dispose } = await smallScene();
  const fails = (change: Record<string, unknown>) =>
    failsCleanly(() => encodeViewer({ ...scene, ...change } as unknown as ViewerScene)).then(({ name, message }) =>
      `${name}: ${message}`
    );
  const short = tf.zeros<tf.Rank.R1>([3]), bad = tf.fill([scene.avatar.template.count], NaN) as tf.Tensor1D;
  assertEquals(await fails({ avatar: undefined }), "TypeError: writeViewer: avatar must be given: see assembleAvatar");
  assertEquals(await fails({ uncertainty: short }), 'TypeError: writeViewer: uncertainty must be "1984": got [3]');
  assertEquals(
    await fails({ uncertainty: bad }),
    "RangeError: writeViewer: uncertainty holds NaN at 0: wanted finite numbers",
  );
  assertEquals(
    await fails({ parameters: { ...scene.parameters, betas: short } }),
    'TypeError: writeViewer: betas must be "10": got [3]',
  );
  assertEquals(
    await fails({ world: "sideways" }),
    'RangeError: writeViewer: world must be one of y-down, y-up: got "sideways"',
  );
  assert((await fails({ colour: "red" })).startsWith('TypeError: writeViewer: unknown option "colour"'));
  const motion = { name: "dance", count: 2, rate: 1, poses: new Float32Array(6), transl: new Float32Array(6) };
  assert((await fails({ motions: [motion] })).startsWith("TypeError: writeViewer: motion dance must have 55 joints"));
  await leaves(0, {}, async () => void await encodeViewer(scene));
  tf.dispose([short, bad]);
  dispose();
});

Deno.test("writeViewer() does not overwrite unless told, and leaves no half file", async () => {
  const { scene, dispose } = await smallScene(), folder = await Deno.makeTempDir(), path = `${folder}/viewer.html`;
  await Deno.writeTextFile(path, "mine");
  await assertRejects(() => writeViewer(path, scene), Deno.errors.AlreadyExists);
  assertEquals(await Deno.readTextFile(path), "mine");
  await writeViewer(path, scene, { force: true });
  assert((await Deno.readTextFile(path)).startsWith("<!doctype html>"));
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["viewer.html"]);
  await Deno.remove(folder, { recursive: true });
  dispose();
});
