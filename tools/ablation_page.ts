/**
 * # The page that `deno task ablate --markdown` writes
 *
 * @module
 */
import type { Ablation } from "../lib/ablate/table.ts";

/** What the page says beside tables and figures. */
export interface PageOptions {
  /** Each table's figure, as the page links to it. */
  readonly pictures: readonly string[];
  /** How many people of each set a seed measures. */
  readonly people: number;
  /** Whether its variants were trained for it. */
  readonly trained: boolean;
}

/**
 * The page: all variants, then, if there is a second table, the best of them with all seeds.
 *
 * @param tables All variants; the finalists, if any.
 */
export function ablationPage(tables: readonly Ablation[], { pictures, people, trained }: PageOptions): string {
  const what = trained
    ? "What each choice of the localizer is worth in training"
    : "What each part of the localizer is worth";
  const figure = (i: number) => `![MPJPE of each variant](${pictures[i]})`;
  const parts = [
    `# ${what}`,
    `Written by \`deno task ablate\`; the command stands below. Each seed measures ${people} people of each set. Figures are those of
\`lib/train/metrics.ts\`; ms is the median for a person from features to positions, the encoder not counted, on a machine that had
other work to do.`,
    ...(trained
      ? [
        `Each row is a short run of its own that differs from the first in one thing; all learn from the same examples. A seed draws first
parameters, points and order, and chooses the people measured. Short runs rank how fast each begins, not how good it becomes.`,
      ]
      : []),
    figure(0),
    tables[0]!.toMarkdown().trimEnd(),
  ];
  if (tables[1]) parts.push("# The best, with more seeds", figure(1), tables[1].toMarkdown().trimEnd());
  return `${parts.join("\n\n")}\n`;
}
