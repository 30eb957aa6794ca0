/** three.js, an independent reader, loads our .glb. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attachGaussians } from "../../lib/body/gaussians.ts";
import { embeddedMotion, readMotion } from "../../lib/body/motion/read_motion.ts";
import { JOINT_NAMES } from "../../lib/body/joints.ts";
import { loadBody, SMALL_BODY } from "../../lib/body/template.ts";
import { encodeGlb } from "../../lib/format/glb.ts";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { disposeAll } from "../../lib/tensor/scope.ts";
import "../harness.ts"; // starts the backend

Deno.test("encodeGlb(): three loads the skinned mesh, its 55 bones, its shape targets and its motion", async () => {
  const body = await loadBody(SMALL_BODY), template = attachGaussians(body, { perFace: 1 }), n = template.count;
  const avatar = {
    template,
    translation: tf.zeros<tf.Rank.R2>([n, 3]),
    rotation: tf.tile(tf.tensor2d([[1, 0, 0, 0]]), [n, 1]),
    scale: tf.fill<tf.Rank.R2>([n, 3], 0.3),
    opacity: tf.ones<tf.Rank.R1>([n]),
    sh: tf.zeros<tf.Rank.R3>([n, 1, 3]),
  };
  const bytes = await encodeGlb(avatar, { motion: await readMotion(embeddedMotion("walk")) });
  const { scene, animations } = await new GLTFLoader().parseAsync(bytes.buffer, "");
  const meshes: {
    geometry: { attributes: Record<string, { count: number }>; morphAttributes: Record<string, unknown[]> };
    skeleton: { bones: { name: string }[] };
  }[] = [];
  scene.traverse((node: { isSkinnedMesh?: boolean }) => {
    if (node.isSkinnedMesh) meshes.push(node as never);
  });
  assertEquals(meshes.length, 1);
  const [{ geometry, skeleton }] = meshes as [typeof meshes[0]];
  assertEquals(geometry.attributes.position!.count >= body.vertexCount, true);
  assertEquals(skeleton.bones.map(({ name }) => name), [...JOINT_NAMES]);
  assertEquals(geometry.morphAttributes.position!.length, 20); // ten shapes, ten expressions
  assertEquals(animations.length, 1);
  const { template: _, ...tensors } = avatar;
  disposeAll(tensors);
  template.dispose();
  body.dispose();
});
