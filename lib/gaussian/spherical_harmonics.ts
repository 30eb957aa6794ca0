/**
 * # Spherical harmonics: a colour that depends on where one looks from
 *
 * ```
 * colour(d) = max(0, ½ + Σ_l Σ_m sh_lm·Y_lm(d))        d: unit vector from the camera to the Gaussian
 * ```
 *
 * Y_lm are the real spherical harmonics of degree l = 0 … L, (L+1)² in all, in the order l² + l + m. Degree 0 is a
 * constant, Y_00 = 0.28209479, so that sh = 0 is mid grey and a plain colour c is stored as (c − ½)/Y_00; each further
 * degree adds finer dependence on direction, such as a sheen.
 *
 * A Gaussian on the body keeps its harmonics in the frame of its face: turn the direction into that frame first, and the
 * sheen moves with the body instead of staying behind in the world.
 *
 * Signs and order are those of the original 3D Gaussian splatting code and its .ply files: Y_lm is √2 times the real
 * part (m > 0) or imaginary part (m < 0) of the complex harmonic with the Condon–Shortley phase.
 *
 * Source: Kerbl et al., *3D Gaussian Splatting for Real-Time Radiance Field Rendering*, 2023.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { expectInteger } from "../tensor/options.ts";
import { expectShape } from "../tensor/shape.ts";

/** Y_00, the constant harmonic: ½/√π. */
export const SH_0 = 0.28209479177387814;

/** The highest degree that is supported. */
export const MAX_SH_DEGREE = 3;

/**
 * The degree L of (L+1)² harmonics.
 *
 * @throws {RangeError} if the count is not 1, 4, 9 or 16.
 */
export function shDegree(caller: string, count: number): number {
  const degree = Math.sqrt(count) - 1;
  if (!Number.isInteger(degree) || degree < 0 || degree > MAX_SH_DEGREE) {
    throw new RangeError(`${caller}: sh must have 1, 4, 9 or 16 harmonics (degree 0 to 3): got ${count}`);
  }
  return degree;
}

/**
 * The harmonics' values in given directions.
 *
 * @param direction [n, 3], unit vectors.
 * @param degree L, from 0 to 3.
 * @returns [n, (L+1)²]; the caller disposes of it.
 * @throws {TypeError} if the shape is not [n, 3].
 * @throws {RangeError} if the degree is out of range.
 */
export function shBasis(direction: tf.Tensor2D, degree: number): tf.Tensor2D {
  expectShape("shBasis", { direction }, "n 3");
  expectInteger("shBasis", "degree", degree, 0, MAX_SH_DEGREE);
  return tf.tidy(() => {
    const [x, y, z] = tf.unstack(direction, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const bands: tf.Tensor[] = [tf.fill([direction.shape[0]], SH_0)];
    if (degree >= 1) bands.push(y.mul(-0.4886025119029199), z.mul(0.4886025119029199), x.mul(-0.4886025119029199));
    if (degree >= 2) {
      const [xx, yy, zz] = [x.square(), y.square(), z.square()];
      const [xy, yz, xz] = [x.mul(y), y.mul(z), x.mul(z)];
      bands.push(
        xy.mul(1.0925484305920792),
        yz.mul(-1.0925484305920792),
        zz.mul(2).sub(xx).sub(yy).mul(0.31539156525252005),
        xz.mul(-1.0925484305920792),
        xx.sub(yy).mul(0.5462742152960396),
      );
      if (degree === 3) {
        const five = zz.mul(5).sub(1); // x² + y² + z² = 1 is used from here on
        bands.push(
          y.mul(xx.mul(3).sub(yy)).mul(-0.5900435899266435),
          xy.mul(z).mul(2.890611442640554),
          y.mul(five).mul(-0.4570457994644658),
          z.mul(zz.mul(5).sub(3)).mul(0.3731763325901154),
          x.mul(five).mul(-0.4570457994644658),
          z.mul(xx.sub(yy)).mul(1.445305721320277),
          x.mul(xx.sub(yy.mul(3))).mul(-0.5900435899266435),
        );
      }
    }
    return tf.stack(bands, 1) as tf.Tensor2D;
  });
}

/**
 * The colour of each Gaussian in its direction.
 *
 * @param sh [n, (L+1)², 3], red, green, blue last.
 * @param direction [n, 3]: unit vectors from the camera to the Gaussians, in the frame of the harmonics.
 * @returns [n, 3], at least 0 and usually at most 1, sRGB as in the photo; the caller disposes of it.
 * @throws {TypeError} if the shapes do not fit.
 * @throws {RangeError} if there are not (L+1)² harmonics.
 */
export function shColor(sh: tf.Tensor3D, direction: tf.Tensor2D): tf.Tensor2D {
  const { k } = expectShape("shColor", { sh, direction }, { sh: "n k 3", direction: "n 3" });
  const degree = shDegree("shColor", k);
  return tf.tidy(() => {
    if (degree === 0) return tf.relu<tf.Tensor2D>(tf.add(tf.mul(sh.reshape([-1, 3]), SH_0), 0.5)); // from everywhere alike
    const basis = shBasis(direction, degree).expandDims(2); // [n, k, 1]
    return sh.mul(basis).sum(1).add(0.5).relu<tf.Tensor2D>();
  });
}
