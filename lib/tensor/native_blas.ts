/**
 * # Matrix products by the machine's own BLAS
 *
 * ```
 * C = op(A)·op(B)       op(X) = X or Xᵀ        cblas_sgemm of a shared library
 * ```
 *
 * WebAssembly multiplies with 128-bit vectors: about 35 GFLOP/s a core. A BLAS library that knows the processor's widest
 * units reaches 165 on the same core (AVX-512), with or without transposing. Training, which is mostly products, is three times
 * faster for it. So where such a library is installed (OpenBLAS, MKL, BLIS; Accelerate on a Mac), the wasm backend's
 * matrix product can be replaced by it. The library reads and writes the tensors where they lie, in wasm's memory;
 * nothing is copied.
 *
 * An OpenBLAS that is older than the processor does not know it and multiplies as on a Prescott of 2004, five times slower. It is
 * then opened again with `OPENBLAS_CORETYPE` naming kernels for the vectors that the processor says it has.
 *
 * It is opt-in: it needs `--allow-ffi` and a library, and sums in another order, so numbers differ in the last digits
 * (relative 1e-6). Everything works without it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { declareTransposedProductsFast } from "./mat_mul.ts";
import { expectInteger, resolveOptions } from "./options.ts";

/** Which library, and how many cores it may use. */
export interface NativeBlasOptions {
  /** The shared library; without it `$NLFGS_BLAS`, then the usual names. */
  readonly library?: string | undefined;
  /** Cores for one product; 1 by default. */
  readonly threads?: number;
}

/** A library in use; disposing of it gives the products back to wasm. */
export interface NativeBlas extends Disposable {
  /** The library's name or path. */
  readonly library: string;
  /** The processor whose kernels it multiplies with, where it says so (OpenBLAS). */
  readonly core?: string | undefined;
}

const USUAL = Deno.build.os === "darwin"
  ? ["/System/Library/Frameworks/Accelerate.framework/Accelerate"]
  : ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2", "libblis.so.4", "libcblas.so.3"];

const SGEMM = {
  parameters: [
    ...["i32", "i32", "i32", "i32", "i32", "i32"] as const, // order, op(A), op(B), m, n, k
    ...["f32", "buffer", "i32", "buffer", "i32", "f32", "buffer", "i32"] as const, // α, A, lda, B, ldb, β, C, ldc
  ],
  result: "void",
  optional: true,
} as const;
const SET_THREADS = { parameters: ["i32"], result: "void", optional: true } as const;
const CORE_NAME = { parameters: [], result: "pointer", optional: true } as const;
const SYMBOLS = {
  cblas_sgemm: SGEMM,
  scipy_cblas_sgemm: SGEMM, // the name in the OpenBLAS that SciPy's wheels carry
  openblas_set_num_threads: SET_THREADS,
  scipy_openblas_set_num_threads: SET_THREADS,
  openblas_get_corename: CORE_NAME,
  scipy_openblas_get_corename: CORE_NAME,
} as const;
const CORE_VARIABLE = "OPENBLAS_CORETYPE", UNKNOWN_CORE = "Prescott"; // what OpenBLAS takes an unknown x86 processor for
const ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112;

/**
 * Replaces the wasm backend's matrix product; call after `useBackend("wasm")`.
 *
 * @returns the library in use, or undefined where none was named and none of the usual ones is installed.
 * @throws {Error} if the named library cannot be opened or has no `cblas_sgemm`, or the backend is not wasm.
 */
export function useNativeBlas(options: NativeBlasOptions = {}): NativeBlas | undefined {
  const { library, threads } = resolveOptions("useNativeBlas", {
    library: Deno.env.get("NLFGS_BLAS") as string | undefined,
    threads: 1,
  }, options);
  expectInteger("useNativeBlas", "threads", threads, 1);
  if (tf.getBackend() !== "wasm") {
    throw new Error(`useNativeBlas: only the wasm backend's products can be replaced: this is ${tf.getBackend()}`);
  }
  const opened = openLibrary(library === undefined ? USUAL : [library], library !== undefined);
  if (!opened) return undefined;
  const { name, symbols, close } = opened;
  (symbols.openblas_set_num_threads ?? symbols.scipy_openblas_set_num_threads)?.(threads);
  const sgemm = (symbols.cblas_sgemm ?? symbols.scipy_cblas_sgemm)!;
  const own = tf.getKernel("BatchMatMul", "wasm");
  const replace = (kernel: tf.KernelConfig) => {
    tf.unregisterKernel("BatchMatMul", "wasm");
    tf.registerKernel(kernel);
  };
  replace({ kernelName: "BatchMatMul", backendName: "wasm", kernelFunc: productKernel(sgemm) });
  declareTransposedProductsFast(true);
  return {
    library: name,
    core: coreOf(symbols),
    [Symbol.dispose]: () => {
      replace(own);
      declareTransposedProductsFast(false);
      close();
    },
  };
}

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;
type Sgemm = NonNullable<Library["symbols"]["cblas_sgemm"]>;

function openLibrary(names: readonly string[], named: boolean) {
  for (const name of names) {
    let opened: Library;
    try {
      opened = Deno.dlopen(name, SYMBOLS);
    } catch (error) {
      if (!named) continue;
      throw new Error(`useNativeBlas: cannot open ${name}: ${(error as Error).message}`);
    }
    const { symbols } = opened;
    if (symbols.cblas_sgemm ?? symbols.scipy_cblas_sgemm) {
      const known = coreOf(symbols) === UNKNOWN_CORE ? reopened(name, opened) : opened;
      return { name, symbols: known.symbols, close: () => known.close() };
    }
    opened.close();
    if (named) throw new Error(`useNativeBlas: ${name} has no cblas_sgemm: name a BLAS library`);
  }
}

/** Opens an OpenBLAS anew that takes the processor for an old one, as one with the vectors it has; the environment stays. */
function reopened(name: string, opened: Library): Library {
  const core = coreByVectors();
  try {
    if (core === undefined || Deno.env.get(CORE_VARIABLE) !== undefined) return opened;
    Deno.env.set(CORE_VARIABLE, core);
  } catch {
    return opened; // not permitted to look or to tell: right, only slow
  }
  try {
    opened.close();
    return Deno.dlopen(name, SYMBOLS);
  } finally {
    Deno.env.delete(CORE_VARIABLE);
  }
}

/** OpenBLAS's name for a processor with this one's vectors; undefined where these are unknown or no wider than Prescott's. */
function coreByVectors(): string | undefined {
  let told: string;
  try {
    told = Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return undefined; // no Linux, or not permitted
  }
  const flags = new Set(/^flags\s*:(.*)$/m.exec(told)?.[1]?.split(" "));
  if (["avx512f", "avx512bw", "avx512dq", "avx512vl"].every((flag) => flags.has(flag))) return "SkylakeX";
  return flags.has("avx2") && flags.has("fma") ? "Haswell" : undefined;
}

function coreOf(symbols: Library["symbols"]): string | undefined {
  const name = (symbols.openblas_get_corename ?? symbols.scipy_openblas_get_corename)?.();
  return name ? Deno.UnsafePointerView.getCString(name) : undefined;
}

/** What of tfjs's wasm backend is used here. */
interface WasmBackend {
  readonly wasm: { readonly HEAPU8: Uint8Array<ArrayBuffer> };
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo;
}

function productKernel(sgemm: Sgemm): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA?: boolean; transposeB?: boolean };
    const wasm = backend as WasmBackend;
    const [aRows, aColumns] = a.shape.slice(-2) as [number, number],
      [bRows, bColumns] = b.shape.slice(-2) as [number, number];
    const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
    const [aBatch, bBatch] = [a, b].map(({ shape }) => shape.slice(0, -2).reduce((count, axis) => count * axis, 1)) as [
      number,
      number,
    ];
    const outer = aBatch >= bBatch ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
    if (k !== inner || (aBatch !== bBatch && aBatch !== 1 && bBatch !== 1)) {
      throw new Error(`matMul: cannot multiply [${a.shape}] by [${b.shape}]`);
    }
    const out = wasm.makeOutput([...outer, m, n], "float32"), batch = Math.max(aBatch, bBatch);
    const memory = wasm.wasm.HEAPU8; // after makeOutput, which may have grown and so moved it
    const [aAt, bAt, outAt] = [a, b, out].map(({ dataId }) => wasm.getMemoryOffset(dataId)) as [number, number, number];
    if (m === 0 || n === 0) return out;
    for (let i = 0; i < batch; i++) {
      sgemm(
        ROW_MAJOR,
        transposeA ? TRANSPOSED : PLAIN,
        transposeB ? TRANSPOSED : PLAIN,
        ...[m, n, k, 1] as const,
        memory.subarray(aAt + (aBatch === 1 ? 0 : 4 * m * k * i)),
        aColumns,
        memory.subarray(bAt + (bBatch === 1 ? 0 : 4 * k * n * i)),
        bColumns,
        0,
        memory.subarray(outAt + 4 * m * n * i),
        n,
      );
    }
    return out;
  };
}
