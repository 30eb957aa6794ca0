import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "../property.ts";
import { zipSync } from "fflate";
import { readNpy, writeNpy } from "../../lib/format/npy.ts";
import { floats, readNpz, writeNpz } from "../../lib/format/npz.ts";

const fixture = await Deno.readFile(new URL("../golden/npz.npz", import.meta.url)); // written by golden/npz.py
const zip = (files: Record<string, Uint8Array>) => zipSync(files, { level: 9 });

Deno.test("readNpz() reads every numeric type of numpy, either byte order, either memory order", () => {
  const { arrays } = readNpz(fixture);
  const counted = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "fortran"];
  for (const key of [...counted, "big_f2", "big_f4", "big_f8", "big_i4", "big_u2"]) {
    const array = arrays.get(key)!;
    assertEquals(array.shape, [2, 3, 4], key);
    assertEquals([...floats(array)], Array.from({ length: 24 }, (_, i) => i), key);
  }
});

Deno.test("readNpz() keeps 64-bit numbers whole and halves as single precision", () => {
  const { arrays } = readNpz(fixture);
  assert(arrays.get("i8")!.data instanceof BigInt64Array);
  assert(arrays.get("f8")!.data instanceof Float64Array);
  assert(arrays.get("f2")!.data instanceof Float32Array);
});

Deno.test("readNpz() reads text, flags, single values and empty arrays", () => {
  const { arrays } = readNpz(fixture);
  assertEquals(arrays.get("text"), { shape: [], data: ["female"] });
  assertEquals(arrays.get("bytes"), { shape: [2], data: ["neutral", "male"] });
  assertEquals(arrays.get("fortran_text"), { shape: [2, 2], data: ["a", "bb", "ccc", "Ω"] });
  assertEquals(arrays.get("scalar"), { shape: [], data: Float32Array.of(7) });
  assertEquals(arrays.get("flags"), { shape: [2], data: Uint8Array.of(1, 0) });
  assertEquals(arrays.get("empty"), { shape: [3, 0], data: new Float32Array() });
});

Deno.test("readNpz() passes over objects, records and complex numbers and says why", () => {
  const { arrays, skipped } = readNpz(fixture, { name: "numpy.npz" });
  assertEquals([...skipped.keys()].sort(), ["complex", "objects", "records"]);
  assertEquals(skipped.get("objects"), "readNpy: objects in numpy.npz holds Python objects: wanted numbers or text");
  assert(!arrays.has("objects"));
});

Deno.test("readNpz() unpacks only what is asked for", () => {
  assertEquals([...readNpz(fixture, { only: ["f4", "absent"] }).arrays.keys()], ["f4"]);
});

Deno.test("writeNpz() then readNpz() gives the same numbers", () =>
  fc.assert(fc.property(fc.float32Array(), fc.array(fc.integer({ min: -9, max: 9 })), (single, whole) => {
    const integers = Int32Array.from(whole);
    const bytes = writeNpz({
      single: { shape: [single.length], data: single },
      whole: { shape: [1, whole.length], data: integers },
    });
    const { arrays } = readNpz(bytes);
    assertEquals(arrays.get("single"), { shape: [single.length], data: single });
    assertEquals(arrays.get("whole"), { shape: [1, whole.length], data: integers });
  })));

Deno.test("writeNpz() stores text and half precision, and the same bytes each time", () => {
  const arrays = {
    gender: { shape: [], data: ["neutral"] },
    half: { shape: [2], data: Float16Array.of(0.5, -2) },
  };
  const bytes = writeNpz(arrays);
  assertEquals(bytes, writeNpz(arrays));
  const read = readNpz(bytes).arrays;
  assertEquals(read.get("gender")!.data, ["neutral"]);
  assertEquals([...floats(read.get("half")!)], [0.5, -2]);
});

Deno.test("writeNpy() says when numbers and shape differ", () =>
  void assertThrows(
    () => writeNpy({ shape: [2, 2], data: Float32Array.of(1, 2, 3) }),
    RangeError,
    "writeNpy: shape [2, 2] wants 4 elements: got 3",
  ));

Deno.test("readNpz() refuses what is no zip, cut short or damaged", () => {
  assertThrows(() => readNpz(new Uint8Array(100), { name: "a.npz" }), SyntaxError, "readNpz: a.npz is no .npz file");
  assertThrows(() => readNpz(fixture.subarray(0, fixture.length - 30)), SyntaxError, "is no .npz file");
  const damaged = fixture.slice();
  damaged.fill(255, 60, 90);
  assertThrows(() => readNpz(damaged), SyntaxError);
});

Deno.test("readNpz() refuses an entry that claims more than its bytes can hold", () => {
  const bytes = writeNpz({ zeros: { shape: [64], data: new Float32Array(64) } });
  const view = new DataView(bytes.buffer);
  for (let at = bytes.length - 4; at > 0; at--) { // the directory's entry starts with PK 1 2; its size is at 24
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0x7fffffff, true);
  }
  assertThrows(() => readNpz(bytes, { name: "bomb.npz" }), RangeError, "zeros in bomb.npz claims 2147483647 bytes");
});

Deno.test("readNpz() refuses to unpack more than the limit before it unpacks", () => {
  const bytes = writeNpz({ zeros: { shape: [100_000], data: new Float32Array(100_000) } });
  assertThrows(() => readNpz(bytes, { maxBytes: 1000 }), RangeError, "the limit is 1000");
});

Deno.test("readNpy() refuses a shape that does not fit its bytes, and a bad header", () => {
  const good = writeNpy({ shape: [3], data: Float32Array.of(1, 2, 3) });
  assertThrows(() => readNpy(good.subarray(0, good.length - 1)), SyntaxError, "wants 12 bytes: it has 11");
  const huge = new TextDecoder("latin1").decode(good).replace("(3,), }", "(9999999999999999,)");
  const bytes = Uint8Array.from(huge, (letter) => letter === "“" ? 0x93 : letter.charCodeAt(0));
  assertThrows(() => readNpy(bytes), SyntaxError);
  assertThrows(() => readNpy(good.subarray(0, 20)), SyntaxError, "its header is cut short");
  assertThrows(() => readNpz(zip({ "a.npy": new Uint8Array(200) })), SyntaxError, "a in file is no .npy array");
});

Deno.test("readNpy() survives any bytes", () =>
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(120), (noise, at) => {
    const bytes = writeNpy({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    bytes.set(noise.subarray(0, bytes.length - at), at);
    try {
      readNpy(bytes);
    } catch (error) {
      assert(error instanceof SyntaxError || error instanceof TypeError, String(error));
    }
  })));
