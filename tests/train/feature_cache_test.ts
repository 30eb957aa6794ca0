import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { type CacheConfig, FeatureCache } from "../../lib/train/feature_cache.ts";
import { inFolder } from "../harness.ts";
import { fill, onSmallDisk } from "../small_disk.ts";

const CONFIG: CacheConfig = {
  key: { encoder: "mine", seed: 1 },
  arrays: [{ name: "features", shape: [2, 3], type: "f16" }, { name: "camera", shape: [3], type: "f32" }],
  capacity: 3,
};
const record = (k: number) => ({ features: [k, 0.5, -1, 2, 3, 1e-3], camera: [k / 3, 1e9, -0] });

Deno.test("FeatureCache gives back what was appended, to half precision where asked", () =>
  inFolder(async (folder) => {
    using cache = await FeatureCache.open(folder, CONFIG, { append: true });
    for (let k = 0; k < 3; k++) await cache.append(record(k));
    assertEquals(cache.count(), 3);
    const { features, camera } = cache.read(2);
    assertEquals([...features!], [2, 0.5, -1, 2, 3, new Float16Array([1e-3])[0]!]);
    assertEquals([...camera!], [...Float32Array.from([2 / 3, 1e9, -0])]);
  }));

Deno.test("FeatureCache goes on after a write that was cut short", () =>
  inFolder(async (folder) => {
    {
      using cache = await FeatureCache.open(folder, CONFIG, { append: true });
      for (let k = 0; k < 2; k++) await cache.append(record(k));
      Deno.truncateSync(join(folder, "records.bin"), cache.recordBytes * 2 - 5);
    }
    using cache = await FeatureCache.open(folder, CONFIG, { append: true });
    assertEquals(cache.count(), 1);
    await cache.append(record(7));
    assertEquals([cache.count(), cache.read(0).features![0], cache.read(1).features![0]], [2, 0, 7]);
  }));

Deno.test("FeatureCache can be read while another handle appends, and has one writer", () =>
  inFolder(async (folder) => {
    using writer = await FeatureCache.open(folder, CONFIG, { append: true });
    using reader = await FeatureCache.open(folder, CONFIG);
    assertEquals(reader.count(), 0);
    await writer.append(record(5));
    assertEquals(reader.read(0).features![0], 5);
    await assertRejects(
      () => FeatureCache.open(folder, CONFIG, { append: true }),
      Deno.errors.Busy,
      "another process adds",
    );
  }));

Deno.test("FeatureCache refuses another key, naming what differs, and keeps the records", () =>
  inFolder(async (folder) => {
    {
      using cache = await FeatureCache.open(folder, CONFIG, { append: true });
      await cache.append(record(1));
    }
    const other = { ...CONFIG, key: { encoder: "yours", seed: 1 } };
    await assertRejects(() => FeatureCache.open(folder, other), RangeError, "another configuration: key.encoder;");
    using cache = await FeatureCache.open(folder, CONFIG);
    assertEquals(cache.count(), 1);
  }));

Deno.test("FeatureCache says its size and refuses to outgrow its limit before it writes anything", () =>
  inFolder(async (folder) => {
    const large = { ...CONFIG, capacity: 1e9 };
    await assertRejects(
      () => FeatureCache.open(join(folder, "new"), large),
      RangeError,
      "1000000000 records take 24.0 GB, more than the 10.0 GB allowed",
    );
    await assertRejects(() => Deno.stat(join(folder, "new")), Deno.errors.NotFound);
    using cache = await FeatureCache.open(folder, CONFIG);
    assertEquals(cache.size, "0.0 MB");
  }));

onSmallDisk(
  "FeatureCache on a full disk keeps its records, names itself, and goes on when there is room",
  1,
  async (disk) => {
    const large = { ...CONFIG, arrays: [{ name: "features", shape: [10_000], type: "f32" as const }], capacity: 100 };
    const of = (k: number) => ({ features: new Float32Array(10_000).fill(k) });
    const folder = join(disk, "cache"), filler = join(disk, "filler");
    using cache = await FeatureCache.open(folder, large, { append: true });
    for (let k = 0; k < 3; k++) await cache.append(of(k));
    fill(filler, 10_000); // room for a part of a record
    const error = await assertRejects(() => cache.append(of(3)), Error);
    assertStringIncludes(
      error.message,
      `cannot write record 3 of ${join(folder, "records.bin")} (40000 bytes): No space left`,
    );
    assertStringIncludes(
      error.message,
      "make room, or choose a place on another disk; what was there before is intact",
    );
    assertEquals([cache.count(), ...[0, 1, 2].map((k) => cache.read(k).features!.at(-1))], [3, 0, 1, 2]);
    await Deno.remove(filler);
    await cache.append(of(4));
    assertEquals([cache.count(), cache.read(3).features![0]], [4, 4]);
  },
);

Deno.test("FeatureCache says what is wrong with a record", () =>
  inFolder(async (folder) => {
    using cache = await FeatureCache.open(folder, { ...CONFIG, capacity: 1 }, { append: true });
    await assertRejects(() => cache.append({ features: [1], camera: [1, 2, 3] }), RangeError, "6 numbers [2,3]: got 1");
    await assertRejects(() => cache.append({ features: record(1).features }), RangeError, "camera must have 3");
    assertEquals(cache.count(), 0);
    await cache.append(record(1));
    await assertRejects(() => cache.append(record(2)), RangeError, "holds its 1 records already");
    assertThrows(() => cache.read(1), RangeError, "has 1 records: asked for number 1");
    assertThrows(() => cache.read(-1), RangeError);
  }));
