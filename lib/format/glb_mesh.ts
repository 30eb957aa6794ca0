/**
 * # The mesh of a .glb file: colours, weights, targets
 *
 * Colours are linear in a .glb file, c = ((sRGB + 0.055) / 1.055)^2.4. Joints and weights come in sets of four.
 *
 * @module
 */
import type { Document, Mesh } from "@gltf-transform/core";
import { topWeights } from "../body/top_weights.ts";
import type { Avatar } from "../gaussian/assemble.ts";
import { vertexColors } from "../gaussian/vertex_colors.ts";
import { vertexNormals } from "../plot/shade_mesh.ts";
import { accessor, type Floats } from "./glb_accessor.ts";

const INFLUENCES = 6;

/** The shaped mesh with its colours, weights and targets. */
export async function createMesh(document: Document, avatar: Avatar, vertices: Floats): Promise<Mesh> {
  const body = avatar.template.body, V = body.vertexCount;
  const indices = V < 65535 ? Uint16Array.from(body.faces) : Uint32Array.from(body.faces);
  const weights = topWeights(await body.weights.data() as Floats, body.parents.length, INFLUENCES);
  const linear = (await vertexColors(avatar)).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const primitive = document.createPrimitive()
    .setIndices(accessor(document, "SCALAR", indices))
    .setAttribute("POSITION", accessor(document, "VEC3", vertices))
    .setAttribute("NORMAL", accessor(document, "VEC3", unitNormals(vertices, body.faces)))
    .setAttribute("COLOR_0", accessor(document, "VEC3", Float32Array.from(linear)))
    .setMaterial(document.createMaterial("gaussians").setMetallicFactor(0).setRoughnessFactor(1));
  for (const set of [0, 1]) {
    const four = <A extends Uint8Array<ArrayBuffer> | Floats>(from: Uint8Array | Float32Array, to: A): A => {
      for (let i = 0; i < to.length; i++) {
        const k = 4 * set + i % 4;
        to[i] = k < INFLUENCES ? from[INFLUENCES * Math.floor(i / 4) + k]! : 0;
      }
      return to;
    };
    primitive.setAttribute(`JOINTS_${set}`, accessor(document, "VEC4", four(weights.joints, new Uint8Array(4 * V))));
    primitive.setAttribute(
      `WEIGHTS_${set}`,
      accessor(document, "VEC4", four(weights.weights, new Float32Array(4 * V))),
    );
  }
  const names: string[] = [];
  for (
    const [name, directions] of [["shape", body.shapeDirections], ["expression", body.expressionDirections]] as const
  ) {
    const D = directions.shape[2], all = await directions.data() as Floats;
    for (let d = 0; d < D; d++) {
      const target = Float32Array.from({ length: 3 * V }, (_, i) => all[i * D + d]!);
      const moves = target.some((number) => number !== 0);
      const positions = accessor(document, "VEC3", target).setSparse(moves && name === "expression"); // many zeros
      primitive.addTarget(document.createPrimitiveTarget(`${name}_${d}`).setAttribute("POSITION", positions));
      names.push(`${name}_${d}`);
    }
  }
  return document.createMesh("body").addPrimitive(primitive).setWeights(names.map(() => 0)).setExtras({
    targetNames: names,
  });
}

/** Normals of unit length; up where a vertex has no face. */
function unitNormals(vertices: Floats, faces: Int32Array): Floats {
  const normals = Float32Array.from(vertexNormals(vertices, faces));
  for (let i = 0; i < normals.length; i += 3) {
    if (Math.hypot(normals[i]!, normals[i + 1]!, normals[i + 2]!) < 0.5) normals.set([0, 1, 0], i);
  }
  return normals;
}
