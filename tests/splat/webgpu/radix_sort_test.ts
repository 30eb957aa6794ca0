import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Passes, type WebGpuBackend } from "../../../lib/splat/webgpu/passes.ts";
import { histogramBytes, radixSort } from "../../../lib/splat/webgpu/radix_sort.ts";
import { everyBackend } from "../../harness.ts";

type Readable = WebGpuBackend & { getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer> };

everyBackend("radixSort() sorts by the lowest bits and keeps the order of equals, at any length", async () => {
  const backend = tf.backend() as unknown as Readable;
  for (const [n, bits] of [[1, 32], [20, 4], [1024, 8], [1025, 12], [5000, 32], [70_000, 7]] as const) {
    const random = await tf.randomUniform([n], 0, 2 ** 31, "int32", n).data() as Int32Array;
    const keys = Uint32Array.from(random, (key, i) => i % 3 ? key : key >>> 26); // with many equals
    using passes = new Passes(backend);
    const [plan, histogram] = [passes.storage(16), passes.storage(histogramBytes(n))];
    const buffer = (content?: Uint32Array<ArrayBuffer>) => {
      const made = passes.storage(4 * n);
      if (content) passes.write(made, content);
      return made;
    };
    passes.write(plan, Uint32Array.of(0, 0, 0, n));
    const unsorted = { keys: buffer(keys), values: buffer(Uint32Array.from(keys.keys())) };
    const sorted = radixSort(passes, { ...unsorted, keysSpare: buffer(), valuesSpare: buffer() }, bits, {
      plan,
      slot: 0,
      histogram,
      blocks: [Math.ceil(n / 1024)],
    });
    passes.submit();
    const [order, ordered] = await Promise.all([sorted.values, sorted.keys].map((one) => backend.getBufferData(one)));
    const digits = 4 * Math.ceil(bits / 4), low = (key: number) => digits === 32 ? key : key % 2 ** digits;
    const wanted = Uint32Array.from(keys.keys()).sort((a, b) => low(keys[a]!) - low(keys[b]!) || a - b);
    assertEquals(new Uint32Array(order!, 0, n), wanted, `${n} of ${bits} bits`);
    assertEquals(new Uint32Array(ordered!, 0, n), wanted.map((i) => keys[i]!));
  }
}, { only: ["webgpu"] });
