import { assert, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { drive } from "../../lib/body/drive.ts";
import { topWeights } from "../../lib/body/top_weights.ts";
import { readMotion } from "../../lib/body/motion/read_motion.ts";
import { sampleMotion } from "../../lib/body/motion/motion.ts";
import { blendWeights } from "../../lib/format/rig_weights.ts";
import { encodeViewer, type ViewerScene, writeViewer } from "../../lib/format/viewer.ts";
import { SH_0 } from "../../lib/gaussian/spherical_harmonics.ts";
import type { Gaussians } from "../../lib/gaussian/gaussians.ts";
import { type Camera, projectPoints } from "../../lib/image/cameras.ts";
import { renderGaussians } from "../../lib/splat/render.ts";
import { assertParity } from "../harness.ts";
import { inBrowser, open } from "./browser.ts";
import { smallScene } from "./viewer_avatar.ts";

const HOSTILE = `</script><script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 1">{{data}}`;

/** The canvas as RGBA bytes, once pictures stop changing: splats are sorted beside the drawing. */
async function settled(page: Page): Promise<{ rgba: Uint8Array; width: number; height: number }> {
  let before = "";
  for (let tries = 0; tries < 60; tries++) {
    await page.waitForTimeout(120);
    const now = await page.evaluate(() =>
      new Promise<string>((resolve) =>
        requestAnimationFrame(() => resolve((document.querySelector("#canvas") as HTMLCanvasElement).toDataURL()))
      )
    );
    if (now === before) break;
    before = now;
  }
  const png = Uint8Array.fromBase64(before.slice(before.indexOf(",") + 1));
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { rgba: new Uint8Array(data), width: info.width, height: info.height };
}

/** How many of the pixels differ clearly. */
function differing(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 4) if ([0, 1, 2, 3].some((c) => Math.abs(a[i + c]! - b[i + c]!) > 24)) count++;
  return count / (a.length / 4);
}

const fact = (page: Page, term: string) => page.textContent(`#picked dt:text-is("${term}") + dd`) as Promise<string>;
const numbersOf = (text: string) => text.match(/-?\d+\.\d+/g)!.map(Number);

/** Means of driven Gaussians. */
async function drivenMeans(
  avatar: ViewerScene["avatar"],
  parameters: NonNullable<ViewerScene["parameters"]>,
  transl: readonly number[],
): Promise<Float32Array> {
  const driven = drive(avatar, { ...parameters, transl: tf.tensor1d([...transl]) });
  return await driven.means.data() as Float32Array;
}

inBrowser("a viewer page", async (browser, t) => {
  const folder = await Deno.makeTempDir(), path = `${folder}/a page.html`;
  const { scene, dispose } = await smallScene();
  const walk = await readMotion(new URL("../../data/motions/walk.npz", import.meta.url));
  const { avatar } = scene, { template } = avatar, { body } = template;
  const parameters = scene.parameters!, n = template.count;
  await writeViewer(path, { ...scene, motions: [walk], title: HOSTILE, notices: [HOSTILE] });
  const { page, requests, complaints } = await open(browser, path, 1000, 460);
  const size = await page.evaluate(() => {
    const { clientWidth, clientHeight } = document.querySelector("#canvas")!;
    return { width: clientWidth, height: clientHeight };
  });
  /** The photo's camera for a picture of the canvas' size. */
  const photoCamera = () => {
    const [h, w] = scene.photo!.shape, fit = Math.min(size.height / h, size.width / w), K = scene.camera!.K;
    const middle = (at: number, extent: number, whole: number) => whole / 2 + (at - extent / 2) * fit;
    return {
      K: [[60 * fit, 0, middle(K[0]![2]!, w, size.width)], [0, 60 * fit, middle(K[1]![2]!, h, size.height)], [0, 0, 1]],
      worldToCamera: scene.camera!.worldToCamera,
    };
  };

  try {
    await t.step("shows what strangers named as text", async () => {
      assertEquals(await page.textContent("h1"), HOSTILE);
      assertEquals(await page.title(), HOSTILE);
      assertEquals(await page.textContent(".notices li"), HOSTILE);
      assertEquals(await page.evaluate(() => "pwned" in globalThis), false);
      assertEquals(await page.locator("img").count(), 1); // the photo
    });

    await t.step("shows the photo beside the avatar, and hides it", async () => {
      assertEquals(await page.evaluate(() => document.querySelector("img")!.naturalWidth), 32);
      await page.click("#photo-toggle");
      assert(await page.isHidden("#photo"));
      await page.click("#photo-toggle");
      assert(await page.isVisible("#photo"));
    });

    await t.step("draws from the photo's camera what renderGaussians() draws of drive()", async () => {
      await page.uncheck("text=Floor");
      await page.click("#photo-view");
      const { rgba, width, height } = await settled(page);
      assertEquals({ width, height }, size);
      const drawn = tf.tidy(() => {
        const straight = tf.tensor3d(rgba, [height, width, 4]).div(255), alpha = straight.slice([0, 0, 3]);
        return tf.concat([straight.slice([0, 0, 0], [-1, -1, 3]).mul(alpha), alpha], 2);
      });
      const { image } = await renderGaussians(drive(avatar, parameters), photoCamera(), size);
      const covered = (await image.slice([0, 0, 3]).greater(0.5).toFloat().mean().data())[0]!;
      assert(covered > 0.03, `the figure is in the picture: ${covered}`);
      const figure = image.slice([0, 0, 3]).squeeze([2]).greater(0.02).toFloat(); // before black: colours times opacity
      const mean = drawn.sub(image).abs().max(2).mul(figure).sum().div(figure.sum());
      // Where there is something: two rasterisers, 8 bits, half-precision scales, and another order of nearly equal depths
      await assertParity(mean, tf.scalar(0), {
        step: "viewer page: drive and render, mean over the figure",
        reference: "three, Spark",
        version: "0.187.0, 2.2.0",
        command: "deno task test tests/viewer",
        tolerance: 0.03,
      });
      await page.check("text=Floor");
    });

    await t.step("picks in splats what is seen there: the Gaussian's face, joint, uncertainty and depth", async () => {
      await page.click("#photo-view");
      await settled(page);
      const gaussians = drive(avatar, parameters), camera = photoCamera();
      const { depth } = await renderGaussians(gaussians, camera, size);
      const seen = await depth.data(), barycentric = await template.barycentric.data() as Float32Array;
      const means = await gaussians.means.data(), uncertainty = await scene.uncertainty!.data();
      const weights = topWeights(await body.weights.data() as Float32Array, 55, 6);
      const ofGaussians = blendWeights(template, barycentric, weights, 6);
      const box = (await page.locator("#canvas").boundingBox())!;
      const points = await projectPoints(gaussians.means, camera).position.data();
      let tried = 0;
      for (let i = 40; i < n && tried < 6; i += 311) { // aim at Gaussians that face the camera
        const [x, y] = [Math.round(points[2 * i]!), Math.round(points[2 * i + 1]!)];
        if (Math.abs(seen[y * size.width + x]! - means[3 * i + 2]!) > 0.03) continue;
        tried++;
        await page.mouse.click(box.x + x + 0.5, box.y + y + 0.5);
        const picked = Number((await fact(page, "Gaussian")).split(" ")[0]);
        assertEquals(await fact(page, "Face"), `${template.faceOf[picked]}, slot ${template.slotOf[picked]}`);
        const joint = ofGaussians.joints[6 * picked]!;
        assertMatch(await fact(page, "Joint"), new RegExp(`\\(${body.jointNames[joint]}, ${joint}\\)`));
        assertEquals(await fact(page, "Uncertainty"), `${(1000 * uncertainty[picked]!).toFixed(1)} mm`);
        assertEquals(await fact(page, "Joint’s confidence"), (joint / 54).toFixed(2));
        // The renderer says which gives most: with it alone white, the pixel is as bright as its weight
        const far = (i: number) => Math.hypot(points[2 * i]! - x - 0.5, points[2 * i + 1]! - y - 0.5);
        const others = Array.from({ length: n }, (_, i) => i).sort((a, b) => far(a) - far(b)).slice(0, 60);
        const [weight, ...rest] = await weightsAt(gaussians, camera, x, y, [picked, ...others]);
        assert(weight! > 0.9 * Math.max(...rest), `${picked} gives ${weight}, another ${Math.max(...rest)}`);
      }
      assert(tried >= 4, "some Gaussians were aimed at");
      await page.mouse.click(box.x + 3, box.y + box.height - 3);
      assertEquals(await page.locator("#picked dt").count(), 0, "beside the figure there is nothing");
    });

    await t.step("changes the picture with every mode, and keys choose modes", async () => {
      await page.click("#front");
      const pictures: Uint8Array[] = [];
      for (const key of ["1", "2", "3", "4"]) {
        await page.keyboard.press(key);
        assertEquals(await page.locator("#modes input:checked").count(), 1);
        pictures.push((await settled(page)).rgba);
      }
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < a; b++) assert(differing(pictures[a]!, pictures[b]!) > 0.01, `modes ${a + 1}, ${b + 1}`);
      }
    });

    await t.step("picks faces of the mesh", async () => {
      await page.keyboard.press("2");
      await page.focus("#canvas");
      await page.keyboard.press("Enter"); // the middle of the picture is on the trunk
      assertMatch(await fact(page, "Joint"), /pelvis|spine|hip/);
    });

    await t.step("bends an elbow by a slider as drive() does, and sets it back", async () => {
      await page.keyboard.press("1");
      const straight = (await settled(page)).rgba;
      const wrist = Number(await aGaussianOf("left_wrist"));
      await page.fill("#gaussian", String(wrist));
      await page.keyboard.press("Tab");
      const before = numbersOf(await fact(page, "Mean"));
      await page.click('summary:has-text("Joints")');
      await page.selectOption('select[aria-label="Body part"]', "Left arm");
      const slider = page.locator('input[aria-label="Left elbow, y"]');
      await slider.focus();
      for (let i = 0; i < 30; i++) await page.keyboard.press("ArrowRight"); // a degree each
      const degrees = Number(await slider.inputValue());
      const bent = (await settled(page)).rgba, after = numbersOf(await fact(page, "Mean"));
      assert(differing(straight, bent) > 0.002, "the arm moved in the picture");
      const pose = await parameters.pose.array();
      pose[18]![1] = degrees * Math.PI / 180;
      const moved = { ...parameters, pose: tf.tensor2d(pose) }, place = [0, 0, 0];
      const [a, b] = [await drivenMeans(avatar, parameters, place), await drivenMeans(avatar, moved, place)];
      for (let axis = 0; axis < 3; axis++) { // upright: y and z the other way
        const wanted = (axis === 0 ? 1 : -1) * (b[3 * wrist + axis]! - a[3 * wrist + axis]!);
        assert(Math.abs(after[axis]! - before[axis]! - wanted) < 2e-3, `axis ${axis}`); // printed to a millimetre
      }
      await page.click('button[aria-label="Reset Left elbow"]');
      await settled(page);
      assertEquals(numbersOf(await fact(page, "Mean")), before);
    });

    await t.step("changes the shape by a slider and back", async () => {
      await page.click('summary:text-is("Shape")');
      await page.click('summary:text-is("Expression")');
      for (const [name, size] of [["Shape", parameters.betas.size], ["Expression", parameters.expression.size]]) {
        assertEquals(await page.locator(`input[aria-label^="${name}, direction"]`).count(), size);
      }
      const before = numbersOf(await fact(page, "Mean"));
      await page.locator('input[aria-label="Shape, direction 1"]').fill("3");
      await settled(page);
      assert(numbersOf(await fact(page, "Mean")).some((x, axis) => Math.abs(x - before[axis]!) > 0.01));
      await page.click('button[aria-label="Shape as at the start"]');
      await settled(page);
      assertEquals(numbersOf(await fact(page, "Mean")), before);
    });

    await t.step("takes poses and all between them", async () => {
      const wrist = Number(await aGaussianOf("left_wrist"));
      await page.fill("#gaussian", String(wrist));
      await page.keyboard.press("Tab");
      const at = async (wanted: number[][]) => {
        const pose = tf.tensor2d(wanted);
        return Array.from(
          (await drivenMeans(avatar, { ...parameters, pose }, [0, 0, 0])).subarray(3 * wrist, 3 * wrist + 3),
        );
      };
      const near = (a: number[], b: number[]) =>
        a.forEach((x, axis) => assert(Math.abs(x - b[axis]!) < 2e-3, `${a}, ${b}`));
      await page.click('button:text-is("T-pose")');
      await settled(page);
      near(numbersOf(await fact(page, "Mean")), await at(Array.from({ length: 55 }, () => [0, 0, 0])));
      await page.emulateMedia({ reducedMotion: "no-preference" }); // now on the way there for half a second
      await page.click('button:text-is("A-pose")');
      const onTheWay = numbersOf(await fact(page, "Mean"));
      await settled(page);
      const arrived = numbersOf(await fact(page, "Mean"));
      near(
        arrived,
        await at(Array.from({ length: 55 }, (_, j) => j === 16 ? [0, 0, -0.8] : j === 17 ? [0, 0, 0.8] : [0, 0, 0])),
      );
      assert(onTheWay.some((x, axis) => Math.abs(x - arrived[axis]!) > 0.01), "it goes there, it does not jump");
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.selectOption('select[aria-label="Between: from"]', "a");
      await page.locator('input[aria-label="Between the two poses"]').fill("0.5"); // from A to T
      await settled(page);
      const half = Array.from({ length: 55 }, (_, j) => j === 16 ? [0, 0, -0.4] : j === 17 ? [0, 0, 0.4] : [0, 0, 0]);
      near(numbersOf(await fact(page, "Mean")), await at(half));
    });

    await t.step("plays a motion, stops, and shows any moment of it as sampleMotion() does", async () => {
      const clock = () => page.locator('input[aria-label="Time"]').inputValue().then(Number);
      await page.click("#play");
      await page.waitForTimeout(600);
      assertEquals(await page.textContent("#play"), "Pause");
      assert(await clock() > 0.1);
      await page.click("#play");
      const stopped = await clock();
      await page.waitForTimeout(300);
      assertEquals(await clock(), stopped);
      await page.locator('input[aria-label="Time"]').fill("0.4");
      await settled(page);
      const { pose, transl } = sampleMotion(walk, 0.4), wrist = Number(await page.inputValue("#gaussian"));
      const means = await drive(avatar, { ...parameters, pose, transl }).means.data();
      numbersOf(await fact(page, "Mean")).forEach((x, axis) => assert(Math.abs(x - means[3 * wrist + axis]!) < 2e-3));
    });

    await t.step("colours by uncertainty, with a legend", async () => {
      const appearance = (await settled(page)).rgba;
      await page.click('label:has-text("Uncertainty")');
      assert(differing(appearance, (await settled(page)).rgba) > 0.01);
      assertMatch((await page.textContent(".legend"))!, /mm/);
    });

    await t.step("is reached everywhere by Tab, with a visible focus", async () => {
      await page.evaluate(() => {
        for (const part of document.querySelectorAll("details")) part.open = true;
        (document.activeElement as HTMLElement).blur();
      });
      const wanted = await page.evaluate(() => {
        const all = [...document.querySelectorAll<HTMLElement>("a[href], button, select, summary, input, canvas")];
        const shown = all.filter((e) => e.checkVisibility() && !(e as HTMLButtonElement).disabled);
        const groups = new Set<string>(); // of radio buttons Tab reaches the chosen one
        return shown.filter((e) => {
          if (!(e instanceof HTMLInputElement) || e.type !== "radio") return true;
          return e.checked && !groups.has(e.name) && groups.add(e.name);
        }).length;
      });
      const seen = new Set<string>();
      for (let i = 0; i < wanted + 4; i++) {
        await page.keyboard.press("Tab");
        const now = await page.evaluate(() => {
          const e = document.activeElement as HTMLElement;
          if (e === document.body || e.id === "panel") return undefined;
          const shown = e.matches("[type=radio]") ? e.closest("label")! : e;
          const all = [...document.querySelectorAll("*")];
          return {
            id: String(all.indexOf(e)),
            outline: getComputedStyle(shown).outlineStyle,
            what: e.outerHTML.slice(0, 90),
          };
        });
        if (!now) continue;
        seen.add(now.id);
        assert(now.outline !== "none", `focus is visible on ${now.what}`);
      }
      assertEquals(seen.size, wanted);
    });

    await t.step("names everything that can be operated", async () => {
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("button, select, input, canvas, summary")].filter((e) => {
          const labels = (e as HTMLInputElement).labels;
          return !(e.getAttribute("aria-label") || e.textContent?.trim() ||
            [...labels ?? []].some((l) => l.textContent?.trim()));
        }).map((e) => e.outerHTML)
      );
      assertEquals(nameless, []);
    });

    await t.step("turns and zooms by keys, lists them, and lets them be switched off", async () => {
      await page.focus("#canvas");
      const before = (await settled(page)).rgba;
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("+");
      assert(differing(before, (await settled(page)).rgba) > 0.01);
      await page.keyboard.press("?");
      assert(await page.isVisible("#help"));
      await page.uncheck("#keys-on");
      await page.keyboard.press("Escape");
      assert(await page.isHidden("#help"));
      await page.focus("#canvas");
      await page.keyboard.press("2");
      assertEquals(await page.locator('#modes input[value="mesh"]').isChecked(), false);
    });

    await t.step("fits small windows, light and dark", async () => {
      await page.setViewportSize({ width: 360, height: 640 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assertEquals(wide, 0, "nothing lies beside the window");
      assert((await page.locator("#canvas").boundingBox())!.width > 300);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.emulateMedia({ colorScheme: "dark" });
      assert(await background() !== light);
    });

    await t.step("asked for nothing but itself, and had nothing to complain of", () => {
      const outside = requests.filter((url) => !/^(data|blob):/.test(url));
      assertEquals(outside.map((url) => fileURLToPath(url)), [path]);
      assertEquals(complaints, []);
    });
  } finally {
    await page.close();
    dispose();
    await Deno.remove(folder, { recursive: true });
  }

  /** The number of a Gaussian that a joint moves most. */
  async function aGaussianOf(joint: string): Promise<number> {
    const weights = topWeights(await body.weights.data() as Float32Array, 55, 6);
    const of = blendWeights(template, await template.barycentric.data() as Float32Array, weights, 6);
    return Array.from({ length: n }, (_, i) => i).find((i) => body.jointNames[of.joints[6 * i]!] === joint)!;
  }
});

inBrowser("a viewer page without WebGL, or with broken data, says so", async (browser) => {
  const folder = await Deno.makeTempDir(), { scene, dispose } = await smallScene();
  const whole = await encodeViewer({ avatar: scene.avatar });
  dispose();
  const messageOf = async (text: string, withWebGL: boolean) => {
    await Deno.writeTextFile(`${folder}/page.html`, text);
    const page = await browser.newPage();
    if (!withWebGL) await page.addInitScript("HTMLCanvasElement.prototype.getContext = () => null");
    await page.goto(pathToFileURL(`${folder}/page.html`).href);
    await page.waitForSelector("#status.failed");
    const message = await page.textContent("#status");
    await page.close();
    return message!;
  };
  assertMatch(await messageOf(whole, false), /cannot draw with WebGL 2/);
  const short = whole.replace(/(id="data">.{400})[^<]*/, "$1");
  assertMatch(await messageOf(short, true), /^The viewer could not start: /);
  await Deno.remove(folder, { recursive: true });
});

/** How much of a pixel's colour Gaussians give, by rendering it with them in pure red, green or blue and all others black. */
async function weightsAt(
  gaussians: Gaussians,
  { K, worldToCamera }: Camera,
  x: number,
  y: number,
  numbers: readonly number[],
): Promise<number[]> {
  const n = gaussians.means.shape[0], weights: number[] = [];
  const pixel = { K: [[K[0]![0]!, 0, K[0]![2]! - x], [0, K[1]![1]!, K[1]![2]! - y], [0, 0, 1]], worldToCamera };
  for (let first = 0; first < numbers.length; first += 3) {
    const three = numbers.slice(first, first + 3), colors = new Float32Array(3 * n).fill(-0.5 / SH_0); // black
    three.forEach((number, channel) => colors[3 * number + channel] = 0.5 / SH_0);
    const sh = tf.tensor3d(colors, [n, 1, 3]);
    const { image } = await renderGaussians({ ...gaussians, sh }, pixel, { width: 1, height: 1 });
    weights.push(...(await image.data()).slice(0, three.length));
  }
  return weights;
}
