/**
 * # When a face counts as flat
 *
 * Below these a face's edge or normal is rounding, and its frame is built on whatever direction is left.
 *
 * @module
 */

/** Of twice a face's area, square metres. */
export const LEAST_AREA = 1e-12;
/** Of a face's first edge, metres. */
export const LEAST_EDGE = 1e-9;
/** Of the sine of the angle at v0. */
export const LEAST_SINE = 1e-5;
