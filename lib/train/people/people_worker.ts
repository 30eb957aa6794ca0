/**
 * The other end of {@linkcode PeoplePool}: makes people in a thread of its own.
 *
 * @module
 */
import type { ToPool, ToWorker } from "./pool.ts";
import { createPeople, type People } from "./person.ts";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage: (message: ToPool, transfer?: Transferable[]) => void;
};
let people: Promise<People> | undefined;

scope.onmessage = async ({ data }) => {
  try {
    if (data.kind === "open") {
      people = createPeople(data.options);
      return void await people;
    }
    const person = await (await people!).person(data.index);
    const { vertices, joints, vertices2d, joints2d, image, mask } = person;
    const transfer = [vertices, joints, vertices2d, joints2d, image, mask].map(({ buffer }) => buffer as ArrayBuffer);
    scope.postMessage({ kind: "person", index: data.index, person }, transfer);
  } catch (error) {
    const { name, message } = error as Error;
    scope.postMessage({ kind: "error", name, message });
  }
};
