/**
 * # `deno task steps`: writes docs/steps.md from the list of steps and tensors
 *
 * @module
 */
import { stepsPage } from "../lib/pipeline/steps.ts";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../lib/format/file.ts";

await writeFileAtomic(fileURLToPath(new URL("../docs/steps.md", import.meta.url)), stepsPage());
