"""A symmetric triangle mesh of the skin and the eyeballs, from MakeHuman's quads.

The left half is cut into triangles and the right half is its mirror image, corner by corner: if face i of the left
half is (a, b, c), face i of the right half is (b', a', c'), where ' is the vertex on the other side. That order turns
the winding round and makes the local frame of a face (first edge, normal) the mirror image of its twin's, with the
first axis reversed. Tongue, teeth and lashes are left out; the nipples' ring of quads is replaced by a flat cap.
"""

from dataclasses import dataclass

import numpy as np

GROUPS = ("body", "helper-l-eye", "helper-r-eye")
LEFT_NIPPLE = range(8450, 8466)


@dataclass
class Mesh:
    """Corners as MakeHuman's vertex and texture indices; the second half of the faces mirrors the first."""

    faces: np.ndarray  # [faces, 3]
    uv_faces: np.ndarray  # [faces, 3]

    def keep(self, chosen):
        """The mesh without the faces that are not chosen. The choice must be symmetric."""
        return Mesh(self.faces[chosen], self.uv_faces[chosen])

    def compact(self, vertex_count, uv_count):
        """Numbers without gaps: (mesh, kept vertices, kept texture points)."""
        vertices, uvs = np.unique(self.faces), np.unique(self.uv_faces)
        return Mesh(renumber(self.faces, vertices, vertex_count), renumber(self.uv_faces, uvs, uv_count)), vertices, uvs


def renumber(indices, kept, count):
    """Indices into the kept ones."""
    new = np.full(count, -1)
    new[kept] = np.arange(len(kept))
    return new[indices]


def mirror_order(faces):
    """The corner order of mirrored faces: first and second exchanged."""
    return faces[:, [1, 0, 2]]


def skin_mesh(makehuman, body):
    """The mesh of all skin and eyeball faces; each quad is cut along its shorter diagonal on `body`."""
    quads = [quad for group in GROUPS for quad in makehuman.groups[group]]
    left = [quad for quad in quads if body[quad[0], 0].mean() > 0]
    uv_of_right = {frozenset(corners): dict(zip(corners, uvs)) for corners, uvs in quads}
    if 2 * len(left) != len(quads):
        raise ValueError("the base mesh has faces across the midline")

    faces, uv_faces, mirrored_uvs = [], [], []
    nipple = set(LEFT_NIPPLE)
    removed = []
    for corners, uvs in left:
        if nipple & set(corners):
            removed.append((corners, uvs))
            continue
        on_right = uv_of_right[frozenset(makehuman.mirror[corners].tolist())]
        a, b, c, d = body[corners]
        short_ac = np.sum((a - c) ** 2) <= np.sum((b - d) ** 2)
        for cut in ((0, 1, 2), (0, 2, 3)) if short_ac else ((0, 1, 3), (1, 2, 3)):
            faces.append([corners[i] for i in cut])
            uv_faces.append([uvs[i] for i in cut])
            mirrored_uvs.append([on_right[makehuman.mirror[corners[i]]] for i in cut])
    uv_left = {v: t for corners, uvs in removed for v, t in zip(corners, uvs)}
    uv_right = {
        v: uv_of_right[frozenset(makehuman.mirror[corners].tolist())][makehuman.mirror[v]]
        for corners, _ in removed
        for v in corners
    }
    for face in cap(boundary_loop([corners for corners, _ in removed])):
        faces.append(face)
        uv_faces.append([uv_left[v] for v in face])
        mirrored_uvs.append([uv_right[v] for v in face])
    faces, uv_faces, mirrored_uvs = np.array(faces), np.array(uv_faces), np.array(mirrored_uvs)
    return Mesh(
        np.concatenate([faces, mirror_order(makehuman.mirror[faces])]),
        np.concatenate([uv_faces, mirror_order(mirrored_uvs)]),
    )


def boundary_loop(polygons):
    """The single closed loop around a patch, in the polygons' winding."""
    edges = {(p[i], p[(i + 1) % len(p)]) for p in polygons for i in range(len(p))}
    following = {a: b for a, b in edges if (b, a) not in edges}
    loop = [min(following)]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    return loop


def cap(loop):
    """A zigzag of triangles that closes a loop without new vertices."""
    faces, low, high = [], 0, len(loop) - 1
    while high - low >= 2:
        faces.append([loop[low], loop[low + 1], loop[high]])
        if high - low >= 3:
            faces.append([loop[low + 1], loop[high - 1], loop[high]])
        low, high = low + 1, high - 1
    return faces
