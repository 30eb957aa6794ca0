import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tailBehind, TAILS_FOLLOW } from "../../lib/encoder/movenet_tail.ts";
import { blocksRead, expectFit, fits } from "../../lib/localize/fit.ts";
import { type LinkConfig } from "../../lib/localize/link.ts";
import { createLocalizer, loadLocalizer, saveLocalizer } from "../../lib/localize/localizer.ts";
import { inFolder, leaves, scoped } from "../harness.ts";

const ENCODER = { name: "movenet-thunder", channels: 212, grid: [16, 16] } as const;
const made = (link: Partial<LinkConfig> = {}, encoder: string = ENCODER.name) =>
  createLocalizer({ encoder, link: { channels: 212, width: 8, ...link }, field: { hidden: [4] } });

Deno.test("expectFit(): a localizer reads the encoder's channels, on its cells, from where its tail goes on", () =>
  scoped(() => {
    const expect = (link: Partial<LinkConfig>, given: object = {}) => {
      const localizer = made(link), encoder = { ...ENCODER, ...given };
      try {
        expectFit("test", localizer, encoder);
        assertEquals(fits(localizer.config, encoder), true);
      } catch (error) {
        assertEquals(fits(localizer.config, encoder), false);
        throw error;
      }
    };
    expect({});
    expect({}, { grid: [8, 8] }); // no cell looks at another
    for (const block of [6, 9]) expect({ tail: tailBehind(block)! }, { blocks: [block] });
    const fine = { channels: 324 };
    for (const block of [3, 5]) expect({ ...fine, tail: tailBehind(block)! }, { ...fine, blocks: [block] });
    expect({ tail: tailBehind(9)! }); // an encoder of your own need not say
    const refused = (link: Partial<LinkConfig>, given: object, message: string) =>
      assertThrows(() => expect(link, given), RangeError, `test: the localizer reads ${message}`);
    refused(
      { tail: tailBehind(9)! },
      { blocks: [6], grid: [8, 8] },
      "16 × 16 cells, what block 9 makes; movenet-thunder gives 8 × 8 cells, that of block 6: load the encoder that it was trained behind, such as with { blocks: [9], grid: 16 }",
    );
    refused(
      { ...fine, tail: tailBehind(3)! },
      { ...fine, blocks: [5] },
      "what block 3 makes; movenet-thunder gives that of block 5: load the encoder that it was trained behind, such as with { blocks: [3], grid: 16 }",
    );
    refused(
      {},
      { channels: 548 },
      "212 channels; movenet-thunder gives 548: load the encoder that it was trained behind, such as with { blocks: [12, 15] }",
    );
    refused({}, { name: "mine" }, "what movenet-thunder makes; mine gives something else");
    refused({ mixing: ["attention"] }, { grid: [8, 8] }, "16 × 16 cells; movenet-thunder gives 8 × 8 cells");
  }));

Deno.test("blocksRead(): the block before the tail, MoveNet's last without one; nothing is known of another encoder", () =>
  scoped(() => {
    const blocks = (...given: Parameters<typeof made>) => blocksRead(made(...given).config);
    const behind = (block: number) => blocks({ tail: tailBehind(block)!, channels: 324 });
    assertEquals(TAILS_FOLLOW.map(behind), TAILS_FOLLOW.map((block) => [block]));
    const { reads, stages } = tailBehind(9)!;
    assertEquals(blocks({ tail: { stages, reads } }), [9]); // in whatever order a header has it
    assertEquals(blocks(), [12, 15]);
    assertEquals(blocks({ tail: { reads: 2, stages: [{ channels: 4, blocks: 1, stride: 1 }] } }), undefined);
    assertEquals(blocks({ tail: tailBehind(6)! }, "dinov2-s"), undefined);
  }));

Deno.test("loadLocalizer() refuses a file whose tail goes on behind another block, and leaves nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/nine.safetensors`, localizer = made({ tail: tailBehind(9)! });
    await saveLocalizer(path, localizer, { half: true });
    localizer.dispose();
    (await loadLocalizer(path, { encoder: { ...ENCODER, blocks: [9] } })).dispose();
    await leaves(
      0,
      {},
      () =>
        assertRejects(
          () => loadLocalizer(path, { encoder: { ...ENCODER, blocks: [6] } }),
          RangeError,
          "what block 9 makes",
        ),
    );
    const fine = made({ channels: 324, tail: tailBehind(3)! }), three = `${folder}/three.safetensors`;
    await saveLocalizer(three, fine, { half: true });
    fine.dispose();
    const behind = (block: number) => loadLocalizer(three, { encoder: { ...ENCODER, channels: 324, blocks: [block] } });
    (await behind(3)).dispose();
    await assertRejects(() => behind(5), RangeError, "what block 3 makes");
  }));
