/**
 * # Makes `data/motions/`: four looping motions of our own, CC0
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-env --allow-sys --allow-ffi tools/motions/make.ts [folder] [--sheets]
 * ```
 *
 * A repeat gives the same bytes. `--sheets` also draws each motion as a row of small pictures, from the front and from
 * the left, into `<folder>/NAME.png`, to be looked at.
 *
 * @module
 */
import { JOINT_COUNT } from "../../lib/body/joints.ts";
import { encodeAmass } from "../../lib/body/motion/amass.ts";
import { createMotion, type Motion } from "../../lib/body/motion/motion.ts";
import { loadBody } from "../../lib/body/template.ts";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import type { Vector } from "../../lib/body/turns.ts";
import { CHOREOGRAPHIES } from "./choreography.ts";
import { contactSheet } from "./contact_sheet.ts";
import { poseFigure } from "./figure.ts";

const RATE = 30;

await useBackend("wasm");
const folder = Deno.args.find((argument) => !argument.startsWith("--")) ??
  new URL("../../data/motions", import.meta.url).pathname;
const body = await loadBody();
const rest = await body.jointTemplate.array() as unknown as Vector[];

for (const [name, { seconds, figure }] of Object.entries(CHOREOGRAPHIES)) {
  const count = Math.round(seconds * RATE);
  const poses = new Float32Array(3 * JOINT_COUNT * count), transl = new Float32Array(3 * count);
  let [missed, excess] = [0, 0];
  for (let t = 0; t < count; t++) {
    const { place, ...others } = figure(t / count);
    const posed = poseFigure(rest, { place, ...others });
    [missed, excess] = [Math.max(missed, posed.missed), Math.max(excess, posed.excess)];
    poses.set(posed.pose.map((angle) => Math.round(angle * 2 ** 13) / 2 ** 13), 3 * JOINT_COUNT * t); // packs tighter
    transl.set(place, 3 * t);
  }
  const motion: Motion = createMotion({ name, rate: count / seconds, poses, transl, loop: true });
  const bytes = encodeAmass(motion);
  await writeFileAtomic(`${folder}/${name}.npz`, bytes);
  console.log(
    `${name}: ${count} frames, ${bytes.length} bytes, feet missed by ${(1000 * missed).toFixed(1)} mm, ` +
      `limits passed by ${(180 / Math.PI * excess).toFixed(1)}° before clamping`,
  );
  if (Deno.args.includes("--sheets")) await writeFileAtomic(`${folder}/${name}.png`, await contactSheet(body, motion));
}
