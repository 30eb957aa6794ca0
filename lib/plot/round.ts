/**
 * # Numbers for figures
 *
 * A figure's numbers travel as JSON text inside notebooks. Four significant digits are more than a screen can show, and
 * a third of the bytes.
 *
 * @module
 */

/** The number with four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Rows of numbers with four significant digits; those that are not finite become gaps. */
export function roundedRows(values: ArrayLike<number>, columns: number): (number | null)[][] {
  const rows: (number | null)[][] = [];
  for (let start = 0; start < values.length; start += columns) {
    const row = Array.from(
      { length: columns },
      (_, i) => Number.isFinite(values[start + i]) ? rounded(values[start + i]!) : null,
    );
    rows.push(row);
  }
  return rows;
}

/** A number for people: `0.013`, `1,234`, `−2.5e-7`. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e6)
    ? value.toExponential(1)
    : new Intl.NumberFormat("en", { maximumSignificantDigits: size >= 1000 ? 6 : 3 }).format(value);
  return text.replace("e+", "e").replaceAll("-", "−");
}
