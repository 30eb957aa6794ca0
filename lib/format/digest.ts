/**
 * # What content is called: its SHA-256
 *
 * Weights, caches and measurements are named by what they were made from, so that nothing is mistaken for something else.
 *
 * @module
 */

/** SHA-256 of bytes or text, in hexadecimal digits. */
export async function digest(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
