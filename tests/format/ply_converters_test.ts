/**
 * `@playcanvas/splat-transform`, an independent converter, takes our .ply to SPZ and SOG and back: as many Gaussians, and the same ones
 * within what those formats keep.
 */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { encodePly } from "../../lib/format/ply.ts";
import { decodePly } from "../../lib/format/read_ply.ts";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { disposeAll } from "../../lib/tensor/scope.ts";
import { inFolder } from "../harness.ts";

const CONFIG = new URL("../peers/deno.json", import.meta.url).pathname;
const PROGRAM = "npm:@playcanvas/splat-transform@3.7.0";

async function convert(from: string, to: string): Promise<void> {
  const args = ["run", "-A", "--no-lock", "--config", CONFIG, PROGRAM, "-w", "-g", "cpu", from, to];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** 300 Gaussians, no two of them near each other. */
function scattered(): Gaussians {
  const n = 300,
    uniform = (columns: number, low: number, high: number, seed: number) =>
      tf.randomUniform<tf.Rank.R2>([n, columns], low, high, "float32", seed);
  return tf.tidy(() => ({
    means: tf.tensor2d(Array.from({ length: n }, (_, i) => [i % 10 / 10, Math.floor(i / 10) % 10 / 10, i / 300])),
    rotations: tf.tidy(() => {
      const q = uniform(4, -1, 1, 2);
      return q.div<tf.Tensor2D>(q.square().sum(1, true).sqrt());
    }),
    scales: uniform(3, 0.005, 0.05, 3),
    opacity: uniform(1, 0.1, 0.9, 4).reshape<tf.Tensor1D>([n]),
    sh: uniform(3, -1, 1, 5).reshape<tf.Tensor3D>([n, 1, 3]),
  }));
}

/** Largest difference of each kind of number; the other's Gaussians are found by their places, for converters reorder. */
async function differences(a: Gaussians, b: Gaussians) {
  const [places, others] = [await a.means.data(), await b.means.data()], n = a.means.shape[0];
  const partner = Int32Array.from({ length: n }, (_, i) => {
    let best = 0, least = Infinity;
    for (let j = 0; j < n; j++) {
      const d = Math.hypot(...[0, 1, 2].map((axis) => places[3 * i + axis]! - others[3 * j + axis]!));
      if (d < least) [best, least] = [j, d];
    }
    return best;
  });
  assertEquals(new Set(partner).size, n, "each Gaussian has a partner of its own");
  const apart = async (x: tf.Tensor, y: tf.Tensor) => {
    const most = tf.tidy(() => x.sub(tf.gather(y, tf.tensor1d(partner, "int32"))).abs().max());
    const [value] = await most.data();
    most.dispose();
    return value!;
  };
  const log = (scales: tf.Tensor2D) => scales.log();
  const logs = [log(a.scales), log(b.scales)] as const, dc = b.sh.slice([0, 0, 0], [n, 1, 3]);
  const turned = tf.tidy(() => { // q and −q are one rotation
    const dot = a.rotations.mul(tf.gather(b.rotations, tf.tensor1d(partner, "int32"))).sum(1).abs();
    return tf.sub(1, dot).max();
  });
  const found = {
    means: await apart(a.means, b.means),
    logScales: await apart(...logs),
    opacity: await apart(a.opacity, b.opacity),
    color: await apart(a.sh, dc),
    turn: (await turned.data())[0]!,
  };
  disposeAll(logs, dc, turned);
  return found;
}

// SPZ: places in 1/4096 m, logarithms of scales in sixteenths, colours and opacity in 8 bits, rotations in 8 to 10 bits.
// SOG: places in 16 bits of a logarithm, scales and colours by code books of 256, rotations in 8 bits.
for (const format of ["spz", "sog"]) {
  Deno.test(`encodePly(): splat-transform takes it to .${format} and back, with the same Gaussians`, () =>
    inFolder(async (folder) => {
      const ours = scattered();
      await Deno.writeFile(`${folder}/ours.ply`, await encodePly(ours));
      await convert(`${folder}/ours.ply`, `${folder}/theirs.${format}`);
      await convert(`${folder}/theirs.${format}`, `${folder}/back.ply`);
      const back = decodePly(await Deno.readFile(`${folder}/back.ply`));
      assertEquals(back.means.shape, ours.means.shape);
      const { means, logScales, opacity, color, turn } = await differences(ours, back);
      disposeAll({ ...ours }, { ...back });
      const within = {
        means: means < 5e-4,
        logScales: logScales < 0.07,
        opacity: opacity < 0.01,
        color: color < 0.06,
        turn: turn < 2e-3,
      };
      const told = JSON.stringify({ means, logScales, opacity, color, turn });
      assertEquals(within, { means: true, logScales: true, opacity: true, color: true, turn: true }, told);
    }));
}
