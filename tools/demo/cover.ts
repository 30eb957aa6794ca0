/**
 * # `deno task cover`: the README's picture, four stops of the default photo side by side
 *
 * @module
 */
import sharp from "sharp";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../lib/format/file.ts";
import { createPipeline } from "../../lib/pipeline/pipeline.ts";
import { useBackend } from "../../lib/tensor/backend.ts";
import { storyOf } from "./story.ts";

const HEIGHT = 420;
/** Which pictures of the report's sections, in order: section and picture. */
const CHOSEN = [[1, 0], [3, 0], [4, 0], [5, 0]] as const;

await useBackend("auto");
const pipeline = await createPipeline({ total: 50_000, atLeast: 1 });
const run = await pipeline.run(new URL("../../data/astronaut.png", import.meta.url), {
  views: "upright",
  record: ["image.*", "encoder.*", "localize.*", "fit.confidence", "render.image"],
  watch: { joints: ["head", "left_shoulder", "left_elbow", "right_elbow"] },
});
const sections = await storyOf(run, pipeline, { turntable: new Uint8Array(), motion: new Uint8Array() });
const tiles = await Promise.all(
  CHOSEN.map(([section, picture]) =>
    sharp(sections[section]!.pictures[picture]!.bytes).resize({ height: HEIGHT }).toBuffer({ resolveWithObject: true })
  ),
);
let left = 0;
const placed = tiles.map(({ data, info }) => ({ input: data, top: 0, left: (left += info.width) - info.width }));
const background = { create: { width: left, height: HEIGHT, channels: 3, background: "white" } } as const;
const png = await sharp(background).composite(placed).png({ palette: true, effort: 9 }).toBuffer();
await writeFileAtomic(fileURLToPath(new URL("../../docs/demo.png", import.meta.url)), new Uint8Array(png));
run.dispose();
pipeline.dispose();
