import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/tensor/backend.ts";
import { batchMatMul, nativeProducts, times } from "../../lib/tensor/mat_mul.ts";
import { useNativeBlas } from "../../lib/tensor/native_blas.ts";
import { maxAbsDiff, scoped } from "../harness.ts";

const there = (() => {
  using blas = useNativeBlas();
  return blas?.library;
})();

Deno.test({
  name: `useNativeBlas() multiplies as wasm does, in every form${there ? "" : " (skipped: no BLAS library found)"}`,
  ignore: !there,
  fn: () =>
    scoped(async () => {
      const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1, "float32", shape.length);
      const forms: [tf.Tensor, tf.Tensor, boolean, boolean][] = [
        [random(5, 7), random(7, 3), false, false],
        [random(7, 5), random(7, 3), true, false],
        [random(5, 7), random(3, 7), false, true],
        [random(7, 5), random(3, 7), true, true],
        [random(4, 5, 7), random(4, 7, 3), false, false],
        [random(1, 5, 7), random(4, 3, 7), false, true],
        [random(2, 3, 5, 7), random(2, 3, 7, 2), false, false],
      ];
      const plain = forms.map(([a, b, ta, tb]) => tf.matMul(a, b, ta, tb));
      const [a, b] = [random(3, 4, 5), random(3, 5, 6)] as [tf.Tensor3D, tf.Tensor3D];
      const slopes = () => tf.grads((x, y) => batchMatMul(x as tf.Tensor3D, y as tf.Tensor3D).square().sum())([a, b]);
      const slow = slopes();
      {
        using _blas = useNativeBlas();
        assertEquals(nativeProducts(), true);
        for (const [i, [a, b, ta, tb]] of forms.entries()) {
          assertAlmostEquals(await maxAbsDiff(tf.matMul(a, b, ta, tb), plain[i]!), 0, 1e-5);
        }
        const fast = slopes();
        for (const i of [0, 1]) assertAlmostEquals(await maxAbsDiff(fast[i]!, slow[i]!), 0, 1e-3);
        assertEquals(tf.matMul(tf.zeros([0, 4]), tf.zeros([4, 2])).shape, [0, 2]);
      }
      assertEquals(nativeProducts(), false);
      assertAlmostEquals(await maxAbsDiff(tf.matMul(forms[0]![0], forms[0]![1]), plain[0]!), 0, 0);
    }),
});

Deno.test({
  name: `useNativeBlas() multiplies with the widest vectors there are${
    there ? "" : " (skipped: no BLAS library found)"
  }`,
  ignore: !there,
  fn: async () => {
    await useBackend("wasm");
    const before = Deno.env.get("OPENBLAS_CORETYPE");
    using blas = useNativeBlas();
    const wide = /^flags.* avx2 /m.test(await Deno.readTextFile("/proc/cpuinfo").catch(() => ""));
    if (wide && before === undefined) assertEquals(blas!.core === "Prescott", false);
    assertEquals(Deno.env.get("OPENBLAS_CORETYPE"), before);
  },
});

Deno.test("useNativeBlas() says what is wrong", async () => {
  assertThrows(() => useNativeBlas({ library: "/no/such/library.so" }), Error, "cannot open /no/such/library.so");
  assertThrows(() => useNativeBlas({ cores: 2 } as object), TypeError, 'unknown option "cores"');
  await useBackend("cpu");
  assertThrows(() => useNativeBlas(), Error, "only the wasm backend's products can be replaced: this is cpu");
  await useBackend("wasm");
});

Deno.test("times() gives what tf.matMul gives, flags and batches of one included", () =>
  scoped(async () => {
    const a = tf.randomNormal<tf.Rank.R3>([1, 4, 3]), b = tf.randomNormal<tf.Rank.R3>([5, 4, 2]);
    assertAlmostEquals(await maxAbsDiff(times(a, b, true), tf.matMul(a, b, true)), 0, 1e-5);
    const c = tf.randomNormal<tf.Rank.R2>([4, 3]), d = tf.randomNormal<tf.Rank.R2>([2, 3]);
    assertAlmostEquals(await maxAbsDiff(times(c, d, false, true), tf.matMul(c, d, false, true)), 0, 1e-5);
  }));
