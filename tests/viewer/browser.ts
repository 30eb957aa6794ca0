/**
 * Chromium for the tests of pages, and what a page says while it is looked at.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";
import { pathToFileURL } from "node:url";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Where Chromium is: `CHROMIUM` in the environment, or a usual place. */
const program = [Deno.env.get("CHROMIUM") ?? "", ...PLACES].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Software drawing, and nothing that asks the network. */
const FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** An open page, and all that it asked for and complained about. */
export interface Opened {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

/** Opens a file in a window, once it says that it is ready. */
export async function open(browser: Browser, path: string, width: number, height: number): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: "reduce" });
  const requests: string[] = [], complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => /error|warning/.test(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector("html[data-ready]");
  return { page, requests, complaints };
}

/** A test in Chromium, with further flags; it skips with its reason where there is none. */
export function inBrowser(
  name: string,
  fn: (browser: Browser, t: Deno.TestContext) => Promise<void>,
  flags: readonly string[] = [],
): void {
  Deno.test({
    name: `${name}${program ? "" : " (skipped: no Chromium found, set CHROMIUM to its path)"}`,
    ignore: program === undefined,
    sanitizeOps: false, // the driver keeps its pipe until the process ends
    sanitizeResources: false,
    fn: async (t) => {
      const browser = await chromium.launch({ executablePath: program!, args: [...FLAGS, ...flags] });
      try {
        await fn(browser, t);
      } finally {
        await browser.close();
      }
    },
  });
}
