/**
 * # The viewer page: its parts put together
 *
 * ```
 * data → figure → stage (splats, mesh, wires, ellipsoids)        panel: view, picked point, pose, joints, shape · bar: motion
 * ```
 *
 * Runs in a browser, from a file as well as from a server, and asks for nothing else. The page's data say of themselves what they
 * are (lib/viewer/contents.ts).
 *
 * @module
 */
import type { Photo } from "../lib/viewer/contents.ts";
import { unpackContents } from "../lib/viewer/pack_contents.ts";
import { byId, element, section } from "./dom.ts";
import { Figure } from "./figure.ts";
import { jointsPanel } from "./joints_panel.ts";
import { listenForKeys } from "./keys.ts";
import { motionBar } from "./motion_bar.ts";
import { pickPanel } from "./pick_panel.ts";
import { posePanel } from "./pose_panel.ts";
import { shapePanels } from "./shape_panel.ts";
import { Stage } from "./stage.ts";
import { nextTheme, watchTheme } from "./theme.ts";
import { chooseMode, modeButtons, MODES, viewPanel } from "./view_panel.ts";

/** The bytes in the page's data element: base64 of a gzip stream. */
async function readData(): Promise<Uint8Array> {
  const text = byId("data").textContent!, packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function main(): Promise<void> {
  const contents = unpackContents(await readData()), { avatar, notices, photo } = contents;
  const canvas = byId<HTMLCanvasElement>("canvas");
  const figure = new Figure(contents), stage = new Stage(canvas, figure);
  byId("facts").textContent = `${avatar.count.toLocaleString("en")} Gaussians on ${
    (contents.faces.length / 3).toLocaleString("en")
  } faces`;

  const motion = motionBar(byId("transport"), figure);
  const pose = posePanel(figure, photo ? "Photo’s own" : "As opened", motion.stop);
  const joints = jointsPanel(figure, motion.stop), picking = pickPanel(stage, joints);
  byId("modes").append(modeButtons(stage));
  byId("panel").append(
    ...(notices.length > 0 ? [noticesPart(notices)] : []),
    viewPanel(stage),
    picking.part,
    pose.part,
    joints.part,
    ...shapePanels(figure),
  );
  byId("front").addEventListener("click", () => stage.viewpoint.front());
  if (photo) showPhoto(photo, stage);
  else byId("photo-toggle").hidden = true;
  listenToCanvas(stage, picking.pick);
  watchTheme(byId("theme"), (ink, background) => stage.theme(ink, background));
  listenForKeys([
    ...(Object.keys(MODES) as (keyof typeof MODES)[]).map((mode, i) => ({
      key: String(i + 1),
      does: `draw as ${MODES[mode].toLowerCase()}`,
      run: () => chooseMode(mode),
    })),
    { key: " ", written: "Space", does: "play or pause the motion", run: motion.toggle },
    { key: "p", does: photo ? "the photo’s own pose" : "the pose as opened", run: () => pose.go("photo") },
    { key: "t", does: "T-pose", run: () => pose.go("t") },
    { key: "a", does: "A-pose", run: () => pose.go("a") },
    { key: "f", does: "look from the front", run: () => stage.viewpoint.front() },
    ...(photo?.camera
      ? [{ key: "c", does: "look from the photo’s camera", run: () => stage.viewpoint.atPhoto(photo) }]
      : []),
    { key: "l", does: "light, dark, or as the system has it", run: nextTheme },
    { key: "?", does: "this list", run: () => byId<HTMLDialogElement>("help").showModal() },
  ]);
  showStatus(stage);
}

function noticesPart(notices: readonly string[]): HTMLElement {
  const list = element("ul", {}, ...notices.map((notice) => element("li", {}, notice)));
  const part = section(`Before you believe what you see (${notices.length})`, false, list);
  part.classList.add("notices");
  return part;
}

function showPhoto(photo: Photo, stage: Stage): void {
  const figure = byId("photo"), image = figure.querySelector("img")!, toggle = byId("photo-toggle");
  image.src = URL.createObjectURL(new Blob([photo.bytes as Uint8Array<ArrayBuffer>], { type: photo.type }));
  image.width = photo.width;
  image.height = photo.height;
  figure.hidden = false;
  toggle.addEventListener("click", () => {
    figure.hidden = !figure.hidden;
    toggle.setAttribute("aria-pressed", String(!figure.hidden));
  });
  const look = byId("photo-view");
  look.hidden = photo.camera === undefined;
  look.addEventListener("click", () => stage.viewpoint.atPhoto(photo));
}

/** Clicks that are no drags pick; keys turn, zoom and pick. */
function listenToCanvas(stage: Stage, pick: (gaussian: number) => void): void {
  const { canvas } = stage;
  let down: PointerEvent | undefined;
  canvas.addEventListener("pointerdown", (event) => down = event);
  canvas.addEventListener("pointerup", (event) => {
    if (!down || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4) return;
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    pick(stage.pick(2 * x - 1, 1 - 2 * y));
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") pick(stage.pick(0, 0));
    else if (!stage.viewpoint.step(event.key)) return;
    event.preventDefault();
  });
}

/** How long posing took, and while the figure moves how many pictures there are a second. */
function showStatus(stage: Stage): void {
  const status = byId<HTMLOutputElement>("status");
  let last = 0, first = 0, pictures = 0;
  stage.onDraw((moved) => {
    if (!moved) return; // the camera went elsewhere, or splats came into order
    const now = performance.now();
    if (now - last > 1000) [first, pictures] = [now, 0]; // a new movement
    last = now;
    pictures++;
    if (pictures > 1 && now - first < 500) return;
    const rate = pictures > 1 ? ` · ${((pictures - 1) / (now - first) * 1000).toFixed(0)} pictures/s` : "";
    status.value = `${stage.milliseconds.toFixed(1)} ms to pose${rate}`;
    if (pictures > 1) [first, pictures] = [now, 1];
  });
  document.documentElement.dataset.ready = "true";
}

main().catch((error: unknown) => {
  const status = byId<HTMLOutputElement>("status"), why = error instanceof Error ? error.message : String(error);
  status.value = /WebGL/i.test(why)
    ? `This browser or computer cannot draw with WebGL 2, which the viewer needs: ${why}`
    : `The viewer could not start: ${why}`;
  status.classList.add("failed");
  console.error(error);
});
