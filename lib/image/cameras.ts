/**
 * # Cameras: from the world to pixels
 *
 * ```
 * c = worldToCamera·(X, 1)        camera axes: x right, y down, z forward (OpenCV)
 * p = K·c / c_z                   K = [fx, 0, cx; 0, fy, cy; 0, 0, 1]        pixel centres at .5
 * ```
 *
 * @module
 */

/** A pinhole camera as two matrices, rows first. */
export interface Camera {
  /** [3, 3]: intrinsics in pixels. */
  readonly K: readonly (readonly number[])[];
  /** [4, 4]: world to camera axes, metres. */
  readonly worldToCamera: readonly (readonly number[])[];
}
