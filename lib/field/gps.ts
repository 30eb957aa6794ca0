/**
 * # Global point signature: where a point is in the body, not in space
 *
 * Two fingers, or two thighs, are neighbours in space and strangers in the body. The Laplacian of the body's inside knows the
 * difference: its eigenfunctions are the standing waves of a body-shaped room,
 *
 * ```
 * −Δφᵢ = λᵢ·φᵢ  inside,   ∂φᵢ/∂n = 0  on the skin,   0 < λ₁ ≤ λ₂ ≤ …
 * GPS(x) = s·(φ₁(x)/√λ₁, …, φ_E(x)/√λ_E)         φ with mean square 1 over the body, s such that |GPS|² has mean 1
 * ```
 *
 * λ in 1/m². The waves are stored at the nodes of a tetrahedral mesh of the canonical body (eyeballs left out) and are linear
 * in between, so that points of the volume and joints have values as well as the skin; a point outside the mesh takes
 * those of the nearest point on it.
 *
 * **Symmetry.** The body is its own mirror image, so each wave is even or odd in x. Only the half x ≥ 0 is stored:
 * φ(x, y, z) = φ(|x|, y, z), times the sign of x for odd waves. Thus GPS of a mirrored point is *exactly* GPS with the odd
 * entries negated.
 *
 * Points are read on the CPU: `await` nothing, but on WebGPU pass points that were made from numbers, not computed there.
 *
 * Source: Rustamov, *Laplace–Beltrami Eigenfunctions for Deformation Invariant Shape Representation*, 2007; NLF, section
 * 3.3 (in the volume). Made by `tools/field/gps.py`.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { readFile } from "../format/file.ts";
import { readSafetensors } from "../format/safetensors.ts";
import { expectInteger } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";
import { TetrahedralMesh } from "./tetrahedra.ts";

const SHIPPED = new URL("../../data/gps.safetensors", import.meta.url);

/** Eigenfunctions of a canonical body, ready to be evaluated; plain numbers, nothing to dispose of. */
export interface Signature {
  /** How many eigenfunctions are stored. */
  readonly count: number;
  /** [count]: λ, 1/m², rising. */
  readonly eigenvalues: Float32Array;
  /** [count]: +1 for functions even in x, −1 for odd ones. */
  readonly parity: Int8Array;
  /** [N, count]: φ at the nodes, row-major. */
  readonly eigenfunctions: Float32Array;
  /** [N, 3] metres, x ≥ 0. */
  readonly nodes: Float32Array;
  /** [T, 4] node numbers. */
  readonly tetrahedra: Uint16Array;
  /** The nodes' mesh, ready to be searched. */
  readonly mesh: TetrahedralMesh;
}

/**
 * Loads eigenfunctions; without a path those of the embedded body.
 *
 * @throws {TypeError} if an array is missing or its shape does not fit the others.
 * @throws {RangeError} if a number is not finite, an eigenvalue is not positive or a node does not exist.
 */
export async function loadSignature(path: string | URL = SHIPPED): Promise<Signature> {
  const { arrays } = readSafetensors(await readFile("loadSignature", path), String(path));
  const take = (name: string) => {
    const array = arrays.get(name);
    if (!array) throw new TypeError(`loadSignature: ${path} lacks "${name}": rebuild it with tools/field/gps.py`);
    return { ...array, shape: [...array.shape] };
  };
  const parts = {
    nodes: take("nodes"),
    tetrahedra: take("tetrahedra"),
    eigenfunctions: take("eigenfunctions"),
    eigenvalues: take("eigenvalues"),
    parity: take("parity"),
  };
  const { N, count } = expectShape("loadSignature", parts, {
    nodes: "N 3",
    tetrahedra: "T 4",
    eigenfunctions: "N count",
    eigenvalues: "count",
    parity: "count",
  });
  const signature = {
    count,
    nodes: Float32Array.from(parts.nodes.data as Float32Array),
    tetrahedra: Uint16Array.from(parts.tetrahedra.data as Uint16Array),
    eigenfunctions: Float32Array.from(parts.eigenfunctions.data as Float32Array),
    eigenvalues: Float32Array.from(parts.eigenvalues.data as Float32Array),
    parity: Int8Array.from(parts.parity.data as Int8Array),
  };
  const finite = [signature.nodes, signature.eigenfunctions].every((numbers) => numbers.every(Number.isFinite));
  if (!finite || !signature.eigenvalues.every((value) => value > 0 && value < Infinity)) {
    throw new RangeError(`loadSignature: ${path} holds NaN, an infinity or an eigenvalue that is not positive`);
  }
  if (!signature.tetrahedra.every((node) => node < N)) {
    throw new RangeError(`loadSignature: ${path} names a node beyond its ${N}`);
  }
  return { ...signature, mesh: new TetrahedralMesh(signature.nodes, signature.tetrahedra) };
}

/**
 * GPS of canonical points.
 *
 * @param points [n, 3] metres.
 * @param signature The eigenfunctions.
 * @param count E, how many of the lowest to use.
 * @returns [n, E]; the caller disposes of it.
 * @throws {RangeError} if the signature holds fewer than `count`.
 */
export function gpsFeatures(points: tf.Tensor2D, signature: Signature, count: number = signature.count): tf.Tensor2D {
  const { n } = expectShape("gpsFeatures", { points }, "n 3");
  expectInteger("gpsFeatures", "count", count, 1, signature.count);
  const positions = readNow(points).slice();
  const left = positions.map((value, i) => i % 3 === 0 ? Math.abs(value) : value);
  const { corners, weights } = signature.mesh.locate(left);
  const scale = signatureScale(signature.eigenvalues.subarray(0, count));
  const features = new Float32Array(n * count);
  for (let i = 0; i < n; i++) {
    const right = positions[3 * i]! < 0;
    for (let e = 0; e < count; e++) {
      let sum = 0;
      for (let c = 4 * i; c < 4 * i + 4; c++) {
        sum += weights[c]! * signature.eigenfunctions[corners[c]! * signature.count + e]!;
      }
      features[i * count + e] = (right ? signature.parity[e]! : 1) * scale[e]! * sum;
    }
  }
  return tf.tensor2d(features, [n, count]);
}

/** s/√λᵢ, with s² = 1/Σ 1/λ: then |GPS|² has mean 1 over the body. */
function signatureScale(eigenvalues: Float32Array): Float32Array {
  const total = eigenvalues.reduce((sum, value) => sum + 1 / value, 0);
  return eigenvalues.map((value) => 1 / Math.sqrt(value * total));
}

function readNow(points: tf.Tensor2D): Float32Array {
  try {
    return points.dataSync<"float32">();
  } catch (error) {
    throw new Error(
      "gpsFeatures: these points exist on the GPU only and cannot be read at once: pass points made from numbers " +
        "(tf.tensor2d(await points.array()))",
      { cause: error },
    );
  }
}
