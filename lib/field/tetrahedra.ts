/**
 * # Finding the tetrahedron that holds a point
 *
 * Inside tetrahedron (v₀, v₁, v₂, v₃) a point has four barycentric coordinates, all of them in [0, 1]:
 *
 * ```
 * x = Σᵢ bᵢ·vᵢ      Σᵢ bᵢ = 1      (b₁, b₂, b₃) = [v₁−v₀, v₂−v₀, v₃−v₀]⁻¹·(x − v₀)
 * ```
 *
 * A point outside the mesh takes the coordinates of the nearest point on the mesh's boundary, so that every point of
 * space has an answer and the answer is continuous wherever the nearest point is. Both searches walk a grid of cubes, each
 * of which lists what overlaps it, shell by shell from the point outwards.
 *
 * Source: barycentric coordinates; nearest point on a triangle after Ericson, *Real-Time Collision Detection*, 5.1.5.
 *
 * @module
 */

/** Where a point lies in a mesh: the corners whose weights are not zero, and the weights. */
export interface Barycentric {
  /** [n, 4]: node numbers. */
  readonly corners: Int32Array;
  /** [n, 4]: weights, summing to 1 for each point. */
  readonly weights: Float32Array;
}

const CELL = 0.03; // metres: a few tetrahedra a cube
const OUTSIDE = -1e-6; // a weight below this means: not inside

/** A mesh of tetrahedra, ready to be searched. */
export class TetrahedralMesh {
  readonly #nodes: Float64Array;
  readonly #tetrahedra: ArrayLike<number>;
  readonly #boundary: Int32Array;
  readonly #inside: CubeGrid;
  readonly #surface: CubeGrid;

  /**
   * Sorts a mesh into cubes of space.
   *
   * @param nodes [N, 3] metres.
   * @param tetrahedra [T, 4] node numbers.
   */
  /** The mesh over these nodes [m, 3] and tetrahedra [t, 4]. */
  constructor(nodes: ArrayLike<number>, tetrahedra: ArrayLike<number>) {
    this.#nodes = Float64Array.from(nodes);
    this.#tetrahedra = tetrahedra;
    this.#boundary = boundaryTriangles(tetrahedra);
    this.#inside = new CubeGrid(this.#nodes, tetrahedra, 4);
    this.#surface = new CubeGrid(this.#nodes, this.#boundary, 3);
  }

  /** Barycentric coordinates of points [n, 3], metres; outside the mesh those of the nearest point on its boundary. */
  locate(points: ArrayLike<number>): Barycentric {
    const n = points.length / 3;
    const corners = new Int32Array(4 * n), weights = new Float32Array(4 * n);
    for (let i = 0; i < n; i++) {
      const point = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!] as const;
      const [nodes, b] = this.#containing(point) ?? this.#nearest(point);
      corners.set(nodes, 4 * i);
      weights.set(b, 4 * i);
    }
    return { corners, weights };
  }

  #containing(point: Point): [nodes: number[], weights: number[]] | undefined {
    for (const t of this.#inside.at(point)) {
      const nodes = [0, 1, 2, 3].map((i) => this.#tetrahedra[4 * t + i]!);
      const [a, b, c, d] = nodes.map((node) => this.#node(node)) as [Point, Point, Point, Point];
      const x = minus(point, a), e1 = minus(b, a), e2 = minus(c, a), e3 = minus(d, a);
      const volume = dot(e1, cross(e2, e3));
      const b1 = dot(x, cross(e2, e3)) / volume;
      const b2 = dot(x, cross(e3, e1)) / volume;
      const b3 = dot(x, cross(e1, e2)) / volume;
      const weights = [1 - b1 - b2 - b3, b1, b2, b3];
      if (Math.min(...weights) >= OUTSIDE) return [nodes, weights];
    }
  }

  #nearest(point: Point): [nodes: number[], weights: number[]] {
    let best: [number[], number[]] = [[], []], least = Infinity;
    for (const { items, nearest } of this.#surface.shells(point)) {
      if (nearest * nearest > least) break; // all further shells are further away than what was found
      for (const t of items) {
        const nodes = [0, 1, 2].map((i) => this.#boundary[3 * t + i]!);
        const [a, b, c] = nodes.map((node) => this.#node(node)) as [Point, Point, Point];
        const weights = nearestOnTriangle(point, a, b, c);
        const gap = minus(point, [0, 1, 2].map((k) => weights[0]! * a[k]! + weights[1]! * b[k]! + weights[2]! * c[k]!));
        const squared = dot(gap, gap);
        if (squared < least) [least, best] = [squared, [nodes, weights]];
      }
    }
    return best;
  }

  #node(i: number): Point {
    return [this.#nodes[3 * i]!, this.#nodes[3 * i + 1]!, this.#nodes[3 * i + 2]!];
  }
}

type Point = readonly [number, number, number] | readonly number[];

const minus = (a: Point, b: Point): Point => [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!];
const dot = (a: Point, b: Point): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
const cross = (a: Point, b: Point): Point => [
  a[1]! * b[2]! - a[2]! * b[1]!,
  a[2]! * b[0]! - a[0]! * b[2]!,
  a[0]! * b[1]! - a[1]! * b[0]!,
];

/** Weights of the point of triangle (a, b, c) that is nearest to p. */
function nearestOnTriangle(p: Point, a: Point, b: Point, c: Point): number[] {
  const ab = minus(b, a), ac = minus(c, a), ap = minus(p, a), bp = minus(p, b), cp = minus(p, c);
  const d1 = dot(ab, ap), d2 = dot(ac, ap), d3 = dot(ab, bp), d4 = dot(ac, bp), d5 = dot(ab, cp), d6 = dot(ac, cp);
  if (d1 <= 0 && d2 <= 0) return [1, 0, 0];
  if (d3 >= 0 && d4 <= d3) return [0, 1, 0];
  if (d6 >= 0 && d5 <= d6) return [0, 0, 1];
  const va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return [d3 / (d3 - d1), d1 / (d1 - d3), 0];
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return [d6 / (d6 - d2), 0, d2 / (d2 - d6)];
  const towards = d4 - d3, away = d5 - d6;
  if (va <= 0 && towards >= 0 && away >= 0) return [0, away / (towards + away), towards / (towards + away)];
  return [va / (va + vb + vc), vb / (va + vb + vc), vc / (va + vb + vc)];
}

/** The faces that belong to one tetrahedron only: [B, 3] node numbers. */
function boundaryTriangles(tetrahedra: ArrayLike<number>): Int32Array {
  const faces = new Map<string, number[] | undefined>();
  for (let t = 0; t < tetrahedra.length; t += 4) {
    for (const corners of [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]) {
      const face = corners.map((i) => tetrahedra[t + i]!);
      const key = face.toSorted((p, q) => p - q).join(" ");
      faces.set(key, faces.has(key) ? undefined : face);
    }
  }
  return Int32Array.from([...faces.values()].filter((face) => face !== undefined).flat());
}

/** Cubes of space, each listing the simplices whose bounding boxes overlap it. */
class CubeGrid {
  readonly #cubes = new Map<string, number[]>();
  readonly #low = [Infinity, Infinity, Infinity];
  readonly #high = [-Infinity, -Infinity, -Infinity];

  constructor(nodes: Float64Array, simplices: ArrayLike<number>, corners: number) {
    for (let s = 0; s < simplices.length / corners; s++) {
      const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
      for (let c = 0; c < corners; c++) {
        for (let k = 0; k < 3; k++) {
          const cube = Math.floor(nodes[3 * simplices[s * corners + c]! + k]! / CELL);
          low[k] = Math.min(low[k]!, cube);
          high[k] = Math.max(high[k]!, cube);
          this.#low[k] = Math.min(this.#low[k]!, cube);
          this.#high[k] = Math.max(this.#high[k]!, cube);
        }
      }
      for (let x = low[0]!; x <= high[0]!; x++) {
        for (let y = low[1]!; y <= high[1]!; y++) {
          for (let z = low[2]!; z <= high[2]!; z++) {
            const key = `${x} ${y} ${z}`, list = this.#cubes.get(key);
            if (list) list.push(s);
            else this.#cubes.set(key, [s]);
          }
        }
      }
    }
  }

  /** The simplices listed in the point's own cube. */
  at(point: Point): readonly number[] {
    return this.#cubes.get(point.map((value) => Math.floor(value / CELL)).join(" ")) ?? [];
  }

  /** The simplices in cubic shells around the point, with the least distance that anything in the shell can have. */
  *shells(point: Point): Generator<{ items: number[]; nearest: number }> {
    // A point far outside starts at the nearest cube that lists anything's bounds, not in the void.
    const home = point.map((value) => Math.floor(value / CELL));
    const start = Math.max(0, ...home.map((cube, k) => Math.max(this.#low[k]! - cube, cube - this.#high[k]!)));
    const last = Math.max(
      ...home.map((cube, k) => Math.max(Math.abs(this.#low[k]! - cube), Math.abs(this.#high[k]! - cube))),
    );
    for (let radius = start; radius <= last; radius++) {
      const items = new Set<number>();
      const [x0, x1] = this.#span(home[0]!, radius, 0), [y0, y1] = this.#span(home[1]!, radius, 1);
      const [z0, z1] = this.#span(home[2]!, radius, 2);
      for (let x = x0; x <= x1; x++) {
        for (let y = y0; y <= y1; y++) {
          const rim = Math.abs(x - home[0]!) === radius || Math.abs(y - home[1]!) === radius;
          for (let z = z0; z <= z1; z++) {
            if (!rim && Math.abs(z - home[2]!) !== radius) continue;
            for (const s of this.#cubes.get(`${x} ${y} ${z}`) ?? []) items.add(s);
          }
        }
      }
      yield { items: [...items], nearest: Math.max(0, radius - 1) * CELL };
    }
  }

  #span(home: number, radius: number, axis: number): [number, number] {
    return [Math.max(home - radius, this.#low[axis]!), Math.min(home + radius, this.#high[axis]!)];
  }
}
