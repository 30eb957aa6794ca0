import { assert, assertEquals } from "@std/assert";
import { createPeople, type PersonScene } from "../../../lib/train/people/person.ts";
import {
  isForTraining,
  readEvaluationSets,
  type SetName,
  TRAINING,
  UNUSUAL,
  withheldNames,
} from "../../../lib/train/people/sets.ts";
import { STANCES, WITHHELD_STANCES } from "../../../lib/train/people/stances.ts";

const COUNT = 120, { sets, withheld, version } = await readEvaluationSets();

async function draw(set: SetName): Promise<PersonScene[]> {
  const people = await createPeople({ seed: isForTraining(set) ? 1 : sets[set].seed, set, size: 64 });
  const scenes: PersonScene[] = [];
  for (let i = 0; i < COUNT; i++) scenes.push((await people.person(i)).scene);
  return scenes;
}
const drawn = {
  train: await draw("train"),
  unusual: await draw("unusual"),
  everyday: await draw("everyday"),
  hard: await draw("hard"),
};
const share = (scenes: PersonScene[], has: (scene: PersonScene) => boolean) =>
  scenes.filter(has).length / scenes.length;
const near = (actual: number, wanted: number) =>
  assert(Math.abs(actual - wanted) < 0.13, `${actual}, wanted about ${wanted}`); // 2.9 deviations of 120 draws at one half

Deno.test("evaluation_sets.json names what the code withholds", () => {
  assertEquals(version, 1);
  const { panoramas, ...named } = withheld;
  assertEquals(named, withheldNames());
  assert(panoramas.length >= 5);
});

Deno.test("evaluation sets have 500 people or more, and stances that the code knows", () => {
  for (const set of Object.values(sets)) {
    assert(set.count >= 500 && set.withheld);
    assert(Object.keys(set.stances).every((stance) => stance in WITHHELD_STANCES));
  }
  for (const { stances } of [TRAINING, UNUSUAL]) assert(Object.keys(stances).every((stance) => stance in STANCES));
});

Deno.test("evaluation draws only what is withheld, training nothing of it", () => {
  const families = (list: readonly string[]) => list.filter((name) => name !== "panorama"); // panoramas are told apart by file
  for (const [name, scenes] of Object.entries(drawn)) {
    const expected = !isForTraining(name as SetName);
    for (const { legs, arms, outfit, background } of scenes) {
      assertEquals(withheld.legs.includes(legs), expected);
      assertEquals(withheld.arms.includes(arms), expected);
      assertEquals(withheld.outfits.includes(outfit), expected);
      if (background !== "panorama") assertEquals(families(withheld.backgrounds).includes(background), expected);
    }
  }
});

Deno.test("unusual people are mostly any way up, half behind something", () => {
  near(share(drawn.unusual, ({ stance }) => stance === "tumbling" || stance === "limber"), 0.59);
  near(share(drawn.unusual, ({ occluded }) => occluded), 0.5);
});

Deno.test("the everyday set is as the plan says", () => {
  const scenes = drawn.everyday, degrees = 180 / Math.PI;
  assert(scenes.every(({ stance }) => ["standing", "walking", "sitting", "gesturing"].includes(stance)));
  assert(scenes.every(({ yaw }) => Math.abs(yaw * degrees) <= 90));
  assert(scenes.every(({ fieldOfView }) => fieldOfView * degrees >= 25 && fieldOfView * degrees <= 70));
  near(share(scenes, ({ cut }) => cut === "waist" || cut === "knee"), 0.5);
  near(share(scenes, ({ occluded }) => occluded), 0.2);
});

Deno.test("the hard set is as the plan says", () => {
  const scenes = drawn.hard;
  near(share(scenes, ({ yaw }) => Math.abs(yaw) > Math.PI / 2), 0.5);
  near(share(scenes, ({ cut }) => cut !== "whole"), 0.4);
  near(share(scenes, ({ occluded }) => occluded), 0.5);
  near(share(scenes, ({ stance }) => stance === "acrobatic"), 0.6);
  assert(share(scenes, ({ cut }) => cut === "chest") > 0.04);
});
