"""Global point signature of the canonical body: Laplacian eigenfunctions on a tetrahedral mesh of its inside.

    python3 -m venv /tmp/gps && /tmp/gps/bin/pip install numpy==2.4.6 scipy==1.17.1 safetensors==0.8.0 \
        manifold3d==3.5.4 pymeshfix==0.18.1 tetgen==0.8.4
    OMP_NUM_THREADS=1 /tmp/gps/bin/python tools/field/gps.py data/body.npz data/gps.safetensors

1. The body's outer surface: the largest connected part of the mesh (eyeballs are parts of their own and are left out), its holes
   (mouth, eye sockets) closed by fans, simplified within 2 mm (manifold3d), freed of intersections with itself (MeshFix).
2. Its left half, x >= 0, capped at x = 0, filled with tetrahedra that keep the surface as it is (TetGen).
3. Linear finite elements: stiffness S and consistent mass M of the half. Eigenfunctions of the whole body are even or odd in x:
   even ones solve S p = l M p freely, odd ones with p = 0 on the cap. Half a mesh thus gives exactly symmetric functions.
4. The lowest --count of both kinds together, the constant left out, each with mean square 1 over the body and its entry of
   greatest magnitude positive.

The file: nodes [N,3] metres, tetrahedra [T,4], eigenfunctions [N,count] (half precision), eigenvalues [count] 1/m^2, parity [count]
(+1 even, -1 odd). Two runs on one machine give identical bytes. MeshFix is GPL, TetGen AGPL: they make the data, and are not part
of the library or of the data.
"""

import argparse

import manifold3d
import numpy as np
import pymeshfix
import tetgen
from safetensors.numpy import save_file
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh


def outer_surface(vertices, faces):
    """The largest connected part, renumbered."""
    ends = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    links = coo_matrix((np.ones(faces.size), ends), shape=(len(vertices),) * 2)
    _, part = connected_components(links, directed=False)
    kept = part == np.bincount(part).argmax()
    number = np.cumsum(kept) - 1
    return vertices[kept], number[faces[kept[faces[:, 0]]]]


def close_holes(vertices, faces):
    """One new vertex in the middle of each boundary loop, joined to it by a fan."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).tolist()
    directed = set(map(tuple, edges))
    following = {b: a for a, b in edges if (b, a) not in directed}  # boundary edges, reversed
    centres, fans = [], []
    while following:
        start, vertex = next(iter(following.items()))
        loop = [start]
        del following[start]
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        centre = len(vertices) + len(centres)
        centres.append(vertices[loop].mean(0))
        fans += [(loop[i], loop[(i + 1) % len(loop)], centre) for i in range(len(loop))]
    if not fans:
        return vertices, faces
    return np.vstack([vertices, centres]), np.vstack([faces, fans])


def left_half(vertices, faces, tolerance):
    """The part of the surface with x >= 0, closed by a cap, without intersections."""
    fixed = pymeshfix.MeshFix(*arrays_of(manifold(vertices, faces).simplify(tolerance)))
    fixed.repair()
    return arrays_of(manifold(fixed.points, fixed.faces).trim_by_plane((1.0, 0.0, 0.0), 0.0))


def manifold(vertices, faces):
    mesh = manifold3d.Mesh(vert_properties=vertices.astype(np.float32), tri_verts=faces.astype(np.uint32))
    solid = manifold3d.Manifold(mesh)
    if solid.status() != manifold3d.Error.NoError:
        raise SystemExit(f"the surface does not close: {solid.status()}")
    return solid


def arrays_of(solid):
    mesh = solid.to_mesh()
    return np.array(mesh.vert_properties, float, order="C"), np.array(mesh.tri_verts, np.int32, order="C")


def fill(vertices, faces, volume):
    """Tetrahedra of at most this volume and moderate shape, no new nodes on the surface."""
    nodes, tetrahedra = tetgen.TetGen(vertices, faces).tetrahedralize(switches=f"pYq1.4a{volume}Q")[:2]
    return nodes + 0.0, tetrahedra  # -0 becomes 0


def volumes(nodes, tetrahedra):
    a, b, c, d = (nodes[tetrahedra[:, i]] for i in range(4))
    return np.einsum("ti,ti->t", np.cross(b - a, c - a), d - a) / 6


def finite_elements(nodes, tetrahedra):
    """Stiffness and mass matrices of piecewise linear functions."""
    volume = volumes(nodes, tetrahedra)
    corners = np.concatenate([nodes[tetrahedra], np.ones((len(tetrahedra), 4, 1))], 2)
    gradients = np.linalg.inv(corners)[:, :3, :]  # column i: gradient of the function that is 1 at corner i
    stiffness = np.einsum("tki,tkj,t->tij", gradients, gradients, volume)
    mass = (np.ones((4, 4)) + np.eye(4)) / 20 * volume[:, None, None]
    rows, columns = np.repeat(tetrahedra, 4, 1).ravel(), np.tile(tetrahedra, 4).ravel()
    shape = (len(nodes),) * 2
    return (coo_matrix((block.ravel(), (rows, columns)), shape=shape).tocsc() for block in (stiffness, mass))


def lowest(stiffness, mass, free, count):
    """Eigenpairs of the free nodes, functions padded with zeros elsewhere."""
    start = np.sin(np.arange(1, free.sum() + 1))  # a fixed start makes the iteration repeatable
    values, functions = eigsh(
        stiffness[free][:, free], count, mass[free][:, free], sigma=-1.0, v0=start, which="LM", tol=1e-10
    )
    padded = np.zeros((len(free), count))
    padded[free] = functions
    return values, padded


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("body", help="npz with v_template and f")
    parser.add_argument("out", help="safetensors file to write")
    parser.add_argument("--count", type=int, default=128, help="eigenfunctions to store")
    parser.add_argument("--tolerance", type=float, default=0.002, help="metres by which the surface may be simplified")
    parser.add_argument("--volume", type=float, default=2e-5, help="largest tetrahedron, cubic metres")
    arguments = parser.parse_args()

    body = np.load(arguments.body)
    vertices, faces = body["v_template"].astype(float), body["f"].astype(int)
    surface = left_half(*close_holes(*outer_surface(vertices, faces)), arguments.tolerance)
    nodes, tetrahedra = fill(*surface, arguments.volume)
    stiffness, mass = finite_elements(nodes, tetrahedra)

    everywhere, off_cap = np.ones(len(nodes), bool), nodes[:, 0] > 0
    even, odd = lowest(stiffness, mass, everywhere, arguments.count), lowest(stiffness, mass, off_cap, arguments.count)
    values = np.concatenate([even[0], odd[0]])
    functions = np.concatenate([even[1], odd[1]], 1)
    parity = np.repeat([1, -1], arguments.count)
    order = np.argsort(values)[1 : arguments.count + 1]  # without the constant function
    values, functions, parity = values[order], functions[:, order], parity[order]
    functions *= np.sqrt(volumes(nodes, tetrahedra).sum())  # mean square 1 instead of integral 1
    peaks = functions[np.abs(functions).argmax(0), np.arange(arguments.count)]
    functions *= np.sign(peaks)

    arrays = {
        "nodes": nodes.astype(np.float32),
        "tetrahedra": tetrahedra.astype(np.uint16),
        "eigenfunctions": functions.astype(np.float16),
        "eigenvalues": values.astype(np.float32),
        "parity": parity.astype(np.int8),
    }
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}  # save_file writes memory as it lies
    save_file(arrays, arguments.out, {"kind": "gps"})
    print(f"{len(nodes)} nodes, {len(tetrahedra)} tetrahedra, volume {2 * volumes(nodes, tetrahedra).sum():.5f} m^3")
    print(f"{(parity > 0).sum()} even and {(parity < 0).sum()} odd functions, eigenvalues {values[0]:.2f} to {values[-1]:.1f} /m^2")


if __name__ == "__main__":
    main()
