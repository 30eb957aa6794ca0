import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { examplesOnCells, onCells } from "../../lib/ablate/on_cells.ts";
import { coveringMap } from "../../lib/encoder/encoder.ts";
import { scoped } from "../harness.ts";
import { people } from "./tiny_bench.ts";

Deno.test("onCells() averages to a coarser grid, keeps what was constant on a finer one, and covers the same crop", () =>
  scoped(async () => {
    const map = tf.tensor3d([0, 0, 4, 4, 0, 0, 4, 4, 8, 8, 2, 2, 8, 8, 2, 2], [4, 4, 1]);
    const coarse = onCells(coveringMap(map), 2), fine = onCells(coveringMap(tf.fill([2, 2, 3], 7)), 6);
    assertEquals([coarse.map.shape, coarse.stride], [[2, 2, 1], 256]);
    const [a, b, c, d] = await coarse.map.data();
    assertEquals([a! < b!, b! < c!, d! < c!], [true, true, true]);
    assertAlmostEquals((a! + b! + c! + d!) / 4, 3.5, 1e-5);
    for (const value of await fine.map.data()) assertAlmostEquals(value, 7, 1e-5);
    const same = onCells(coveringMap(map));
    assertEquals([...await same.map.data()], [...await map.data()]);
  }));

Deno.test("examplesOnCells() changes features alone", () => {
  const before = tf.memory().numTensors, given = people(), source = examplesOnCells(given, 5, 2);
  const example = source.read(1), { features, ...rest } = given.read(1);
  assertEquals([source.count(), example["features"]!.length, features!.length], [given.count(), 20, 80]);
  for (const [name, numbers] of Object.entries(rest)) assertEquals(example[name], numbers, name);
  assertEquals(tf.memory().numTensors, before);
});
