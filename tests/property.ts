/**
 * Property tests draw the same examples on every run, so that a red run can be repeated; set NLFGS_SEED to draw others.
 *
 * @module
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(Deno.env.get("NLFGS_SEED") ?? 20260607) });

export default fc;
