import { assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import { readSafetensors, writeSafetensors } from "../../lib/format/safetensors.ts";

const sample = () =>
  writeSafetensors({ a: { shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) } }, { kind: "test" });

/** A file with the given header text and data bytes. */
function crafted(header: string, data = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

Deno.test("readSafetensors() returns what writeSafetensors() wrote", () => {
  const { arrays, metadata } = readSafetensors(writeSafetensors({
    floats: { shape: [3], data: new Float32Array([1.5, -2, Infinity]) },
    bytes: { shape: [2, 2], data: new Uint8Array([1, 2, 3, 255]) },
    wide: { shape: [1], data: new Float64Array([Math.PI]) },
    none: { shape: [0, 4], data: new Int32Array() },
  }, { config: "{}" }));
  assertEquals([...arrays.keys()], ["floats", "bytes", "wide", "none"]);
  assertEquals(arrays.get("floats")!.data, new Float32Array([1.5, -2, Infinity]));
  assertEquals(arrays.get("bytes"), { dtype: "U8", shape: [2, 2], data: new Uint8Array([1, 2, 3, 255]) });
  assertEquals(arrays.get("wide")!.data[0], Math.PI);
  assertEquals(metadata, { config: "{}" });
});

Deno.test("writeSafetensors() stores half precision on request, and reads it back as float32", () => {
  const { dtype, data } = readSafetensors(
    writeSafetensors({ h: { shape: [2], data: new Float32Array([0.1, 65504]), half: true } }),
  ).arrays.get("h")!;
  assertEquals([dtype, data], ["F16", new Float32Array([0.0999755859375, 65504])]);
});

Deno.test("readSafetensors() widens bfloat16", () => {
  const file = crafted('{"b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', 2);
  file.set([0xc0, 0x3f], file.length - 2); // 0x3fc0 = 1.5
  assertEquals(readSafetensors(file).arrays.get("b")!.data, new Float32Array([1.5]));
});

Deno.test("readSafetensors() refuses what is no safetensors file, saying why", () => {
  const refuses = (file: Uint8Array, why: string) => assertThrows(() => readSafetensors(file, "w"), SyntaxError, why);
  refuses(new Uint8Array(3), "w is no safetensors file: it has 3 bytes");
  refuses(new Uint8Array(8).fill(255), "header claims 18446744073709551615 bytes");
  refuses(crafted("{nonsense"), "its header is not JSON");
  refuses(crafted("[]"), "its header is not a record");
  refuses(sample().subarray(0, -4), "truncated");
  const twice = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  refuses(crafted(`{"x":${twice},"y":${twice}}`, 4), '"y" and "x" share bytes');
  refuses(crafted('{"x":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}', 1), "unknown type F4");
  refuses(crafted('{"x":{"dtype":"toString","shape":[1],"data_offsets":[0,1]}}', 1), "unknown type toString");
  refuses(crafted('{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), "has the shape [-1]");
  refuses(crafted('{"x":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4), "has the shape");
  refuses(crafted('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4), "wants 8 bytes");
  refuses(crafted('{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', 4), "wants 4 bytes");
});

Deno.test("readSafetensors() ends any damaged file in a SyntaxError or a result", () =>
  fc.assert(fc.property(fc.nat(200), fc.nat(255), (place, value) => {
    const file = sample();
    file[place % file.length] = value;
    try {
      readSafetensors(file);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  })));

Deno.test("writeSafetensors() refuses a shape that does not hold its numbers", () =>
  void assertThrows(
    () => writeSafetensors({ a: { shape: [2], data: new Float32Array(3) } }),
    RangeError,
    "a [2] wants 2 numbers: got 3",
  ));
