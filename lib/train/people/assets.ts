/**
 * # What people are made of
 *
 * The body and the helper meshes as {@linkcode RiggedMesh}es, and a few tables that every person shares: the dominant
 * joint and nearest piece of tights for each vertex of the body, the part of it that is scalp.
 *
 * @module
 */
import { JOINT_COUNT, JOINT_PARENTS } from "../../body/joints.ts";
import { readFile } from "../../format/file.ts";
import { floats, type Npz, readNpz } from "../../format/npz.ts";
import type { DominantJoint } from "./measures.ts";
import { INFLUENCES, type RiggedMesh } from "./rigged_mesh.ts";
import type { Vector } from "../../body/turns.ts";
import { JOINT } from "./skeleton.ts";

/** Shared by all people. */
export interface PeopleAssets {
  readonly body: RiggedMesh;
  readonly tights: RiggedMesh;
  readonly skirt: RiggedMesh;
  readonly hair: RiggedMesh;
  /** The head's part of the body, as a mesh of its own, and where its vertices are in the body. */
  readonly scalp: RiggedMesh;
  readonly scalpVertices: Uint32Array;
  readonly parents: Int32Array;
  /** Joints from vertices, row by row: entries start[j]..start[j + 1] of joint j. */
  readonly regressor: { readonly start: Int32Array; readonly vertex: Int32Array; readonly weight: Float32Array };
  /** For each vertex of the body: the joint with the largest weight, and the nearest vertex of the tights. */
  readonly dominant: DominantJoint;
  readonly under: Uint16Array;
}

const DATA = new URL("../../../data/", import.meta.url);

/** Reads the embedded body and clothes. */
export async function loadPeopleAssets(): Promise<PeopleAssets> {
  const caller = "loadPeopleAssets";
  const [bodyFile, clothesFile] = await Promise.all(
    ["body.npz", "clothes.npz"].map(async (name) => readNpz(await readFile(caller, new URL(name, DATA)), { name })),
  );
  const numbers = (file: Npz, key: string): Float32Array => {
    const array = file.arrays.get(key);
    if (!array) {
      throw new SyntaxError(`${caller}: no array "${key}" in the data files: build them anew with tools/body`);
    }
    return floats(array);
  };
  const dense = numbers(bodyFile!, "weights"), template = numbers(bodyFile!, "v_template");
  const directions = numbers(bodyFile!, "shapedirs");
  const body: RiggedMesh = {
    template,
    directions,
    directionCount: directions.length / template.length,
    ...strongestWeights(dense),
    faces: Uint32Array.from(numbers(bodyFile!, "f")),
  };
  const helper = (name: string): RiggedMesh => ({
    template: numbers(clothesFile!, `${name}_template`),
    directions: numbers(clothesFile!, `${name}_shapedirs`),
    directionCount: 10,
    joints: Uint8Array.from(numbers(clothesFile!, `${name}_joints`)),
    weights: numbers(clothesFile!, `${name}_weights`),
    faces: Uint32Array.from(numbers(clothesFile!, `${name}_faces`)),
  });
  const tights = helper("tights");
  const dominant = Uint8Array.from({ length: template.length / 3 }, (_, v) => body.joints[v * INFLUENCES]!);
  const scalpVertices = Uint32Array.from(dominant.keys()).filter((v) =>
    dominant[v] === JOINT.head && template[3 * v + 1]! > 0.19
  );
  const parents = Int32Array.from(JOINT_PARENTS);
  return {
    body,
    tights,
    skirt: helper("skirt"),
    hair: helper("hair"),
    scalp: part(body, scalpVertices),
    scalpVertices,
    parents,
    regressor: sparseRows(numbers(bodyFile!, "J_regressor")),
    dominant,
    under: nearestVertices(template, tights.template),
  };
}

/** Joint positions [55] of shaped vertices. */
export function regressJoints({ regressor }: PeopleAssets, shaped: Float32Array): Vector[] {
  const { start, vertex, weight } = regressor;
  return Array.from({ length: JOINT_COUNT }, (_, joint) => {
    let x = 0, y = 0, z = 0;
    for (let k = start[joint]!; k < start[joint + 1]!; k++) {
      const v = 3 * vertex[k]!, w = weight[k]!;
      x += w * shaped[v]!;
      y += w * shaped[v + 1]!;
      z += w * shaped[v + 2]!;
    }
    return [x, y, z] as const;
  });
}

/** The strongest joints of each row of dense weights [V, 55], strongest first. */
function strongestWeights(dense: Float32Array): Pick<RiggedMesh, "joints" | "weights"> {
  const count = dense.length / JOINT_COUNT;
  const joints = new Uint8Array(count * INFLUENCES), weights = new Float32Array(count * INFLUENCES);
  for (let v = 0; v < count; v++) {
    const row = dense.subarray(v * JOINT_COUNT, (v + 1) * JOINT_COUNT);
    const order = [...row.keys()].filter((j) => row[j]! > 0).sort((a, b) => row[b]! - row[a]!).slice(0, INFLUENCES);
    const sum = order.reduce((total, j) => total + row[j]!, 0);
    order.forEach((j, k) => {
      joints[v * INFLUENCES + k] = j;
      weights[v * INFLUENCES + k] = row[j]! / sum;
    });
  }
  return { joints, weights };
}

function sparseRows(dense: Float32Array): PeopleAssets["regressor"] {
  const columns = dense.length / JOINT_COUNT, start = [0], vertex: number[] = [], weight: number[] = [];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    for (let v = 0; v < columns; v++) {
      const w = dense[joint * columns + v]!;
      if (w !== 0) vertex.push(v), weight.push(w);
    }
    start.push(vertex.length);
  }
  return { start: Int32Array.from(start), vertex: Int32Array.from(vertex), weight: Float32Array.from(weight) };
}

/** The faces of a mesh all of whose vertices are chosen. */
function part(mesh: RiggedMesh, chosen: Uint32Array): RiggedMesh {
  const place = new Int32Array(mesh.template.length / 3).fill(-1);
  chosen.forEach((v, i) => place[v] = i);
  const rows = <T extends Float32Array | Uint8Array>(all: T, width: number): T => {
    const some = all.slice(0, chosen.length * width) as T;
    chosen.forEach((v, i) => some.set(all.subarray(v * width, (v + 1) * width), i * width));
    return some;
  };
  const faces: number[] = [];
  for (let f = 0; f < mesh.faces.length; f += 3) {
    const corners = [0, 1, 2].map((k) => place[mesh.faces[f + k]!]!);
    if (corners.every((corner) => corner >= 0)) faces.push(...corners);
  }
  return {
    template: rows(mesh.template, 3),
    directions: rows(mesh.directions, 3 * mesh.directionCount),
    directionCount: mesh.directionCount,
    joints: rows(mesh.joints, INFLUENCES),
    weights: rows(mesh.weights, INFLUENCES),
    faces: Uint32Array.from(faces),
  };
}

/** For each point of `from` the number of the nearest of `to`, by way of cells of 4 cm. */
function nearestVertices(from: Float32Array, to: Float32Array): Uint16Array {
  const CELL = 0.04, cells = new Map<string, number[]>();
  const cellOf = (p: Float32Array, i: number) => [0, 1, 2].map((c) => Math.floor(p[i + c]! / CELL));
  for (let i = 0; i < to.length; i += 3) {
    const key = cellOf(to, i).join();
    cells.set(key, [...cells.get(key) ?? [], i / 3]);
  }
  const distance = (a: number, b: number) =>
    Math.hypot(from[a]! - to[b]!, from[a + 1]! - to[b + 1]!, from[a + 2]! - to[b + 2]!);
  return Uint16Array.from({ length: from.length / 3 }, (_, v) => {
    let best = 0, least = Infinity;
    for (let ring = 1; least > ring * CELL / 2 && ring <= 8; ring *= 2) {
      const [x, y, z] = cellOf(from, 3 * v) as [number, number, number];
      for (let i = -ring; i <= ring; i++) {
        for (let j = -ring; j <= ring; j++) {
          for (let k = -ring; k <= ring; k++) {
            for (const other of cells.get(`${x + i},${y + j},${z + k}`) ?? []) {
              const d = distance(3 * v, 3 * other);
              if (d < least) [best, least] = [other, d];
            }
          }
        }
      }
    }
    return best;
  });
}
