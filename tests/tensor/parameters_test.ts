import { assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { writeSafetensors } from "../../lib/format/safetensors.ts";
import {
  decodeParameters,
  encodeParameters,
  flattenParameters,
  type ParameterTree,
  unflattenParameters,
} from "../../lib/tensor/parameters.ts";
import { failsCleanly, leaves, scoped } from "../harness.ts";

const shapes = ({ width }: Readonly<Record<string, unknown>>) => ({ slope: [Number(width)], "inner.offset": [1, 1] });
const expected = { kind: "line", shapes, name: "line.safetensors" };
const numbers = { shape: [2], data: Float32Array.of(1, 2) }, offset = { shape: [1, 1], data: Float32Array.of(3) };
const header = { kind: "line", config: '{"width":2}', trained: "true" };
const sound = { slope: numbers, "inner.offset": offset };
type Arrays = Parameters<typeof writeSafetensors>[0];

Deno.test("flattenParameters() and unflattenParameters() are each other's inverse", () =>
  scoped(() => {
    const tree: ParameterTree = { a: { 0: { w: tf.scalar(1) }, 1: { w: tf.scalar(2) } }, b: tf.scalar(3) };
    const flat = flattenParameters(tree);
    assertEquals(Object.keys(flat), ["a.0.w", "a.1.w", "b"]);
    assertEquals(flattenParameters(unflattenParameters(flat)), flat);
  }));

Deno.test("decodeParameters() returns what encodeParameters() was given", () =>
  scoped(async () => {
    const parameters = { slope: tf.tensor1d([0.1, -2]), inner: { offset: tf.tensor2d([[7]]) } };
    const file = { kind: "line", config: { width: 2 }, trained: true, parameters };
    const read = decodeParameters(await encodeParameters(file), expected);
    assertEquals([read.config, read.trained, read.kind], [{ width: 2 }, true, "line"]);
    const leaf = flattenParameters(read.parameters);
    assertEquals([...await leaf.slope!.data()], [...Float32Array.of(0.1, -2)]);
    assertEquals(await leaf["inner.offset"]!.array(), [[7]]);
  }));

Deno.test("encodeParameters() in half precision keeps three digits and half the bytes", () =>
  scoped(async () => {
    const file = { kind: "line", config: { width: 2000 }, trained: false, parameters: { slope: tf.fill([2000], 0.1) } };
    const [whole, half] = [await encodeParameters(file), await encodeParameters(file, { half: true })];
    assertEquals(whole.length - half.length, 4000);
    const { parameters, trained } = decodeParameters(half, { kind: "line", shapes: () => ({ slope: [2000] }) });
    assertEquals([(await (parameters.slope as tf.Tensor).data())[0], trained], [Math.fround(0.0999755859375), false]);
  }));

Deno.test("decodeParameters() finds a part in the file of the whole", () =>
  scoped(async () => {
    const arrays = { "line.slope": numbers, "line.inner.offset": offset, "other.x": numbers };
    const config = JSON.stringify({ line: { width: 2 }, other: {} });
    const { parameters, config: found } = decodeParameters(
      writeSafetensors(arrays, { kind: "picture", config, trained: "true" }),
      expected,
    );
    assertEquals(found, { width: 2 });
    assertEquals([...await (parameters.slope as tf.Tensor).data()], [1, 2]);
  }));

const broken: Record<string, [arrays: Arrays, metadata: Record<string, string>, error: string, message: RegExp]> = {
  "a missing parameter": [{ slope: numbers }, header, "TypeError", /lacks the parameter "inner.offset" \[1,1\]/],
  "a surplus parameter": [{ ...sound, more: numbers }, header, "TypeError", /has a parameter "more" that its config/],
  "another shape": [
    { ...sound, slope: { shape: [1, 2], data: numbers.data } },
    header,
    "TypeError",
    /"slope" must be \[2\]: got \[1,2\]/,
  ],
  "a shape that another configuration wants": [
    sound,
    { ...header, config: '{"width":3}' },
    "TypeError",
    /\[3\]: got \[2\]/,
  ],
  "NaN": [
    { ...sound, slope: { shape: [2], data: Float32Array.of(1, NaN) } },
    header,
    "RangeError",
    /"slope" holds NaN at 1/,
  ],
  "an infinity": [
    { ...sound, slope: { shape: [2], data: Float32Array.of(-Infinity, 0) } },
    header,
    "RangeError",
    /holds -Infinity at 0/,
  ],
  "another kind": [sound, { ...header, kind: "circle" }, "TypeError", /holds a circle: wanted a line/],
  "no kind": [sound, { config: "{}" }, "TypeError", /holds a network of no kind: wanted a line/],
  "no configuration": [sound, { kind: "line" }, "SyntaxError", /no configuration in its header/],
  "a configuration that is no record": [sound, { ...header, config: "[1]" }, "SyntaxError", /no configuration/],
};

for (const [fault, [arrays, metadata, name, message]] of Object.entries(broken)) {
  Deno.test(`decodeParameters() refuses ${fault}, and leaves nothing behind`, async () => {
    const error = await failsCleanly(() => decodeParameters(writeSafetensors(arrays, metadata), expected));
    assertEquals(error.name, name);
    assertMatch(error.message, message);
    assertMatch(error.message, /^decodeParameters: line\.safetensors/);
  });
}

Deno.test("decodeParameters() leaves its parameters behind and no more", () =>
  leaves("result", {}, () => decodeParameters(writeSafetensors(sound, header), expected)));
