import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../property.ts";
import { TetrahedralMesh } from "../../lib/field/tetrahedra.ts";

/** The unit cube, scaled by `side`, as six tetrahedra along its diagonal. */
function cube(side: number): { nodes: number[]; mesh: TetrahedralMesh } {
  const nodes = [...Array(8).keys()].flatMap((i) => [side * (i & 1), side * (i >> 1 & 1), side * (i >> 2)]);
  const paths = [[1, 3], [1, 5], [2, 3], [2, 6], [4, 5], [4, 6]].flatMap(([a, b]) => [0, a!, b!, 7]);
  return { nodes, mesh: new TetrahedralMesh(nodes, paths) };
}

const place = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -2, max: 3, noNaN: true }))) as fc.Arbitrary<number[]>;

for (const side of [0.01, 0.1, 1]) {
  Deno.test(`TetrahedralMesh.locate() finds the point itself inside, the nearest one outside a cube of ${side} m`, () => {
    const { nodes, mesh } = cube(side);
    fc.assert(fc.property(place, (unit) => {
      const point = unit.map((value) => value * side);
      const { corners, weights } = mesh.locate(point);
      for (let k = 0; k < 3; k++) {
        const found = weights.reduce((sum, weight, i) => sum + weight * nodes[3 * corners[i]! + k]!, 0);
        assertAlmostEquals(found, Math.min(Math.max(point[k]!, 0), side), 1e-5 * side);
      }
    }));
  });
}

Deno.test("TetrahedralMesh.locate() gives weights that are shares, however far the point", () => {
  const { mesh } = cube(0.2);
  fc.assert(fc.property(place, fc.constantFrom(0.1, 1, 1e6), (unit, scale) => {
    const { weights } = mesh.locate(unit.map((value) => value * scale));
    assertAlmostEquals(weights.reduce((sum, weight) => sum + weight, 0), 1, 1e-5);
    assert(weights.every((weight) => weight >= -1e-5 && weight <= 1 + 1e-5), `${weights}`);
  }));
});

Deno.test("TetrahedralMesh.locate() takes no points and many", () => {
  const { mesh } = cube(1);
  assertEquals(mesh.locate([]).corners.length, 0);
  const { corners, weights } = mesh.locate([0, 0, 0, 1, 1, 1]);
  const main = [0, 1].map((i) => [0, 1, 2, 3].map((c) => 4 * i + c).find((c) => weights[c]! > 0.99)!);
  assertEquals(main.map((c) => corners[c]), [0, 7]);
});
