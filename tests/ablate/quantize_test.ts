import { assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { quantized, quantizeLocalizer, storedBytes } from "../../lib/ablate/quantize.ts";
import { createLocalizer } from "../../lib/localize/localizer.ts";
import { leaves, maxAbsDiff, scoped } from "../harness.ts";
import fc from "../property.ts";

Deno.test("quantized() is off by half a step of its column at most, and keeps the largest", () => {
  const matrix = fc.integer({ min: 1, max: 6 }).chain((columns) =>
    fc.array(fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: columns, maxLength: columns }), {
      minLength: 1,
    })
  );
  fc.assert(fc.property(matrix, fc.constantFrom("int8", "int6", "int4"), (rows, precision) => {
    const shape = [rows.length, rows[0]!.length], numbers = Float32Array.from(rows.flat());
    const back = quantized(numbers, shape, precision), most = { int8: 127, int6: 31, int4: 7 }[precision];
    for (let c = 0; c < shape[1]!; c++) {
      const largest = Math.max(...rows.map((row) => Math.abs(row[c]!)));
      const step = largest / most * (1 + 2 ** -10) + 2 ** -24; // the step is itself rounded to half precision
      for (let r = 0; r < shape[0]!; r++) {
        const i = r * shape[1]! + c, clipped = largest * 2 ** -10 + most * 2 ** -24;
        assertEquals(Math.abs(back[i]! - numbers[i]!) <= step / 2 + clipped, true, `${numbers[i]} became ${back[i]}`);
      }
    }
    assertEquals(quantized(back, shape, precision).every(Number.isFinite), true);
  }));
});

Deno.test("quantized() takes each column's levels from the column alone", () => {
  const back = quantized(Float32Array.of(7, 700, 3.4, -340, 0, 0), [3, 2], "int4");
  assertEquals([...back], [7, 700, 3, -300, 0, 0]);
  const filters = quantized(Float32Array.of(7, 700, 3.4, -340, 0, 0, 0, 0), [2, 2, 2, 1], "int4"); // one for each channel
  assertEquals([...filters], [7, 700, 3, -300, 0, 0, 0, 0]);
});

const OPTIONS = { encoder: "made-up", link: { channels: 5, width: 8 }, field: { frequencies: 4, hidden: [8] } };

Deno.test("quantizeLocalizer() changes parameters a little, the fewer bits the more, and never the original", () =>
  scoped(async () => {
    const localizer = createLocalizer(OPTIONS), differences: number[] = [];
    const before = await localizer.field.readout.data();
    for (const precision of ["f32", "f16", "int8", "int6", "int4"] as const) {
      const rounded = await quantizeLocalizer(localizer, precision);
      differences.push(await maxAbsDiff(rounded.field.readout, localizer.field.readout));
      assertEquals([rounded.config, rounded.trained], [localizer.config, false]);
    }
    assertEquals(differences[0], 0);
    assertEquals(differences.slice(1).every((value, i) => value > differences[i]!), true, String(differences));
    assertEquals(await localizer.field.readout.data(), before);
  }));

Deno.test("storedBytes() counts numbers, steps and what stays in half precision", () =>
  scoped(() => {
    const localizer = createLocalizer(OPTIONS); // [5,8] [8]; [3,4] [8,8] [8] [9,(8+1)·10]
    const matrices = 40 + 12 + 64 + 810, vectors = 8 + 8, columns = 8 + 4 + 8 + 90;
    assertEquals(storedBytes(localizer, "f32"), 4 * (matrices + vectors));
    assertEquals(storedBytes(localizer, "f16"), 2 * (matrices + vectors));
    assertEquals(storedBytes(localizer, "int8"), matrices + 2 * (vectors + columns));
    assertEquals(storedBytes(localizer, "int4"), matrices / 2 + 2 * (vectors + columns));
  }));

Deno.test("quantizeLocalizer() frees all but its result, and names the precisions", async () => {
  const localizer = createLocalizer(OPTIONS), count = tf.memory().numTensors;
  await leaves(0, {}, async () => (await quantizeLocalizer(localizer, "int8")).dispose());
  await assertRejects(
    () => quantizeLocalizer(localizer, "int7" as never),
    RangeError,
    'quantizeLocalizer: precision must be one of f32, f16, int8, int6, int4: got "int7"',
  );
  assertEquals(tf.memory().numTensors, count);
  localizer.dispose();
});
