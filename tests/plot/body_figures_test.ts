import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import sharp from "sharp";
import { aPose } from "../../lib/body/poses.ts";
import { skin } from "../../lib/body/skinning.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { orbitCamera, projectPoints } from "../../lib/image/cameras.ts";
import { bodyOverPhoto } from "../../lib/plot/body_over_photo.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { bodyMap } from "../../lib/plot/body_map.ts";
import { gaussianOnBody } from "../../lib/plot/gaussian_on_body.ts";
import { shadeMesh } from "../../lib/plot/shade_mesh.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";

/** A square plate of one metre in the plane z = 0, facing the viewer in front; the upper left half is face 0. */
const PLATE = {
  vertices: [-0.5, -0.5, 0, 0.5, -0.5, 0, 0.5, 0.5, 0, -0.5, 0.5, 0],
  faces: Int32Array.of(0, 2, 3, 0, 1, 2),
};
const FRAME = { left: -1, right: 1, bottom: -1, top: 1 };

Deno.test("shadeMesh() draws faces where they are, mirrored from behind", () => {
  const colourOf = (face: number) => face === 0 ? [200, 0, 0] as const : [0, 0, 200] as const;
  const front = shadeMesh({ ...PLATE, colourOf }, FRAME, "front", 100);
  const back = shadeMesh({ ...PLATE, colourOf }, FRAME, "back", 100);
  const at = (
    { rgb, width }: typeof front,
    x: number,
    y: number,
  ) => [...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
  assertEquals([front.width, front.height], [100, 100]);
  assertEquals(at(front, 10, 10), [255, 255, 255], "outside the plate");
  assert(at(front, 30, 35)[0]! > 80 && at(front, 30, 35)[2] === 0, "face 0 is on the left from the front");
  assert(at(front, 70, 65)[2]! > 80 && at(front, 70, 65)[0] === 0, "face 1 is on the right from the front");
  assert(at(back, 70, 35)[0]! > 80 && at(back, 70, 35)[2] === 0, "face 0 is on the right from behind");
});

Deno.test("shadeMesh() hides what lies behind the surface, and only that", () => {
  const front = shadeMesh(PLATE, FRAME, "front", 100), back = shadeMesh(PLATE, FRAME, "back", 100);
  assertEquals(front.project([0.25, 0.25, 0]), { x: 62.5, y: 37.5, hidden: false });
  assertEquals(back.project([0.25, 0.25, 0]), { x: 37.5, y: 37.5, hidden: false });
  assertEquals(front.project([0, 0, -0.1]).hidden, true);
  assertEquals(back.project([0, 0, -0.1]).hidden, false);
  assertEquals(front.project([0.9, 0, -0.1]).hidden, false, "beside the plate nothing hides it");
});

Deno.test("gaussianOnBody() marks a point by a dot where it is seen and a ring where it is not", () =>
  scoped(async () => {
    const given = { vertices: tf.tensor2d(PLATE.vertices, [4, 3]), faces: PLATE.faces };
    const { spec } = await gaussianOnBody({ ...given, points: tf.tensor2d([[0, 0, 0.2]]), labels: ["belly"] });
    const [front, back] = spec.data.map((trace) => (trace["marker"] as { color: string[] }).color[0]);
    assertEquals([front, back], ["#d55e00", "rgba(255,255,255,0.75)"]);
    const texts = (spec.layout["annotations"] as { text: string }[]).map(({ text }) => text);
    assertEquals(texts.filter((text) => text === "belly").length, 2, "named in both views");
    const points = tf.zeros<tf.Rank.R2>([1, 3]);
    const error = await failsCleanly(() => gaussianOnBody({ ...given, points, labels: [] }));
    assertStringIncludes(error.message, "gaussianOnBody: labels must name 1 points: got 0");
  }));

Deno.test("gaussianOnBody() and bodyMap() leave no tensor behind", async () => {
  const { faces, vertices } = PLATE;
  await leaves(0, { vertices: tf.tensor2d(vertices, [4, 3]), points: tf.zeros<tf.Rank.R2>([40, 3]) }, async (given) => {
    await gaussianOnBody({ ...given, faces });
  });
  await leaves(0, { vertices: tf.tensor2d(vertices, [4, 3]), values: tf.tensor1d([1, NaN]) }, async (given) => {
    await bodyMap({ ...given, faces, title: "x" });
  });
});

Deno.test("bodyMap() wants one value for each face", () =>
  scoped(async () => {
    const given = { vertices: tf.tensor2d(PLATE.vertices, [4, 3]), faces: PLATE.faces, title: "x" };
    const values = tf.zeros<tf.Rank.R1>([3]);
    const error = await failsCleanly(() => bodyMap({ ...given, values }));
    assertStringIncludes(error.message, 'bodyMap: values must be "2": got [3]');
  }));

Deno.test("bodyOverPhoto() lays the body over the crop where it is seen, blue where it is known, orange where not", async () => {
  const before = tf.memory().numTensors, body = await loadBody(SMALL_BODY);
  const crop = tf.zeros<tf.Rank.R3>([512, 512, 3]), camera = orbitCamera({ distance: 3 }), parameters = aPose(body);
  const skinned = skin(body, parameters), projected = projectPoints(skinned.joints, camera);
  const [x, y] = await projected.position.data(); // the pelvis
  disposeAll({ ...skinned }, { ...projected });
  for (const known of [1, 0]) {
    const confidence = tf.fill<tf.Rank.R1>([55], known);
    const { spec } = await bodyOverPhoto({ crop, body, parameters, camera, confidence });
    const source = (spec.layout["images"] as { source: string }[])[1]!.source.split(",")[1]!;
    const { data, info } = await sharp(Uint8Array.fromBase64(source)).raw().toBuffer({ resolveWithObject: true });
    const zoom = info.width / 512, place = info.channels * (Math.floor(y! * zoom) * info.width + Math.floor(x! * zoom));
    const [red, , blue] = data.subarray(place);
    assert(known ? blue! > 1.5 * red! : red! > 1.5 * blue!, `known ${known}: red ${red}, blue ${blue}`);
    assert([...data.subarray(0, 3)].every((value) => value < 8), "the corner is the crop's");
    confidence.dispose();
  }
  disposeAll(crop, { ...parameters });
  body.dispose();
  assertEquals(tf.memory().numTensors, before);
});
