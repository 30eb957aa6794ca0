/**
 * # Rotations of one skeleton, in plain numbers
 *
 * ```
 * R(θ·a) = I + sin θ·[a]× + (1 − cos θ)·[a]×²        Rodrigues, a a unit axis
 * R = swing · twist                                   twist about a given axis, swing about one at a right angle to it
 * ```
 *
 * Matrices are row-major arrays of nine numbers, vectors of three. Fitting and drawing people turn some hundred joints a
 * person, one at a time and in an order that depends on the pose: plain numbers suit that better than tensors do.
 *
 * @module
 */

/** A vector or point: x, y, z. */
export type Vector = readonly [x: number, y: number, z: number];
/** A 3×3 matrix, row-major, nine numbers. */
export type Matrix = readonly number[];

/** No rotation. */
export const IDENTITY: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** a + b */
export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
/** a − b */
export const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
/** s·a */
export const scale = (a: Vector, s: number): Vector => [a[0] * s, a[1] * s, a[2] * s];
/** a·b */
export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
/** a × b */
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
/** |a| */
export const length = (a: Vector): number => Math.sqrt(dot(a, a));

/** a / |a|; a vector without length becomes x. */
export function unit(a: Vector): Vector {
  const size = length(a);
  return size > 1e-12 ? scale(a, 1 / size) : [1, 0, 0];
}

/** A·B */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = new Array<number>(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      product[3 * i + j] = a[3 * i]! * b[j]! + a[3 * i + 1]! * b[3 + j]! + a[3 * i + 2]! * b[6 + j]!;
    }
  }
  return product;
}

/** A·B·C… */
export function chain(...matrices: readonly Matrix[]): Matrix {
  return matrices.reduce(multiply);
}

/** Aᵀ, for a rotation its inverse. */
export const transpose = (a: Matrix): Matrix => [a[0]!, a[3]!, a[6]!, a[1]!, a[4]!, a[7]!, a[2]!, a[5]!, a[8]!];

/** A·v */
export const apply = (a: Matrix, v: Vector): Vector => [
  a[0]! * v[0] + a[1]! * v[1] + a[2]! * v[2],
  a[3]! * v[0] + a[4]! * v[1] + a[5]! * v[2],
  a[6]! * v[0] + a[7]! * v[1] + a[8]! * v[2],
];

/** The rotation about a unit axis by an angle in radians. */
export function about(axis: Vector, angle: number): Matrix {
  const [x, y, z] = axis, c = Math.cos(angle), s = Math.sin(angle), k = 1 - c;
  return [
    c + k * x * x,
    k * x * y - s * z,
    k * x * z + s * y,
    k * x * y + s * z,
    c + k * y * y,
    k * y * z - s * x,
    k * x * z - s * y,
    k * y * z + s * x,
    c + k * z * z,
  ];
}

/** A rotation vector (axis · angle) as a matrix. */
export function fromVector(v: Vector): Matrix {
  const angle = length(v);
  return angle < 1e-12 ? IDENTITY : about(scale(v, 1 / angle), angle);
}

/** A rotation as a vector (axis · angle), the angle in 0..π. */
export function toVector(m: Matrix): Vector {
  const [w, x, y, z] = toQuaternion(m);
  const sine = Math.sqrt(x * x + y * y + z * z);
  const angle = 2 * Math.atan2(sine, w);
  return sine < 1e-12 ? [0, 0, 0] : [x * angle / sine, y * angle / sine, z * angle / sine];
}

/** The shortest rotation that takes direction `from` to direction `to`. */
export function between(from: Vector, to: Vector): Matrix {
  const a = unit(from), b = unit(to), axis = cross(a, b), sine = length(axis);
  if (sine > 1e-9) return about(scale(axis, 1 / sine), Math.atan2(sine, dot(a, b)));
  if (dot(a, b) > 0) return IDENTITY;
  const other: Vector = Math.abs(a[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]; // opposite: half a turn about any normal
  return about(unit(cross(a, other)), Math.PI);
}

/** Splits R = swing·twist, the twist being an angle about the unit axis. */
export function splitTwist(m: Matrix, axis: Vector): { readonly swing: Matrix; readonly twist: number } {
  const [w, x, y, z] = toQuaternion(m);
  const along = x * axis[0] + y * axis[1] + z * axis[2];
  let twist = 2 * Math.atan2(along, w);
  if (twist > Math.PI) twist -= 2 * Math.PI;
  if (twist < -Math.PI) twist += 2 * Math.PI;
  return { swing: multiply(m, about(axis, -twist)), twist };
}

/** The axes x, y, z as the columns of a rotation: x exactly along the first vector, y as near the second as can be. */
export function frame(x: Vector, near: Vector): Matrix {
  const u = unit(x), v = unit(subtract(near, scale(u, dot(near, u)))), w = cross(u, v);
  return [u[0], v[0], w[0], u[1], v[1], w[1], u[2], v[2], w[2]];
}

/** Unit quaternion w, x, y, z with w ≥ 0, by the largest diagonal element. */
function toQuaternion(m: Matrix): readonly [w: number, x: number, y: number, z: number] {
  const [a, b, c, d, e, f, g, h, i] = m as [number, number, number, number, number, number, number, number, number];
  const squares = [1 + a + e + i, 1 + a - e - i, 1 - a + e - i, 1 - a - e + i];
  const most = squares.indexOf(Math.max(...squares));
  const twice = 2 * Math.sqrt(squares[most]!); // 4 times the largest component, halved below
  const q = [
    [twice * twice / 4, h - f, c - g, d - b],
    [h - f, twice * twice / 4, b + d, c + g],
    [c - g, b + d, twice * twice / 4, f + h],
    [d - b, c + g, f + h, twice * twice / 4],
  ][most]!;
  const sign = q[0]! < 0 ? -1 : 1;
  return q.map((value) => sign * value / twice) as unknown as readonly [number, number, number, number];
}
