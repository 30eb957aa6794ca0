/**
 * # Text in HTML
 *
 * @module
 */

/** Text made safe for HTML, inside elements and attributes. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (mark) => names[mark]!);
}
