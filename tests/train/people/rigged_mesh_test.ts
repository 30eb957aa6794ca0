import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { skin } from "../../../lib/body/skinning.ts";
import { loadBody } from "../../../lib/body/template.ts";
import { regressJoints } from "../../../lib/train/people/assets.ts";
import { jointMotions, poseMesh, shapeMesh } from "../../../lib/train/people/rigged_mesh.ts";
import { forwardKinematics } from "../../../lib/train/people/skeleton.ts";
import { scoped } from "../../harness.ts";
import { assets, drawPoses } from "./models.ts";

Deno.test({
  name: "poseMesh() equals skin() of the body",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    scoped(async () => {
      const body = await loadBody();
      for (const { pose, body: { betas } } of drawPoses(3)) {
        const coefficients = Float32Array.from([...betas, ...pose.expression]);
        const shaped = shapeMesh(assets.body, coefficients), rest = regressJoints(assets, shaped);
        const { orientations, positions } = forwardKinematics({ parents: assets.parents, rest }, pose.draft.local);
        const ours = poseMesh(assets.body, shaped, jointMotions(orientations, positions, rest));
        const theirs = skin(body, {
          betas: tf.tensor1d(betas),
          expression: tf.tensor1d(pose.expression),
          pose: tf.tensor2d(pose.draft.toVectors(), [55, 3]),
          transl: tf.zeros([3]),
        });
        const reference = await theirs.vertices.data();
        const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0);
        assert(worst < 2e-5, `${worst} m`); // single precision over a chain of joints
      }
      body.dispose();
    }),
});
