"""A coarse twin of the body for tests: edges are collapsed where that moves the surface least, left and right alike.

Vertex u is merged into its neighbour v, which stays where it is, so every attribute of the coarse body is a row of
the fine one. The cost is the quadric error (Garland & Heckbert, *Surface Simplification Using Quadric Error
Metrics*, 1997): the summed squared distance, weighted by area, of v to the planes of all faces merged so far. Only
the left half is simplified; its mirror image is the right half. Vertices on the midline or on the rim of a hole
collapse along that line only.
"""

import heapq

import numpy as np
from mesh import mirror_order

RIM_WEIGHT = 10.0  # how much more than the surface a border resists
MOST_TURN = 0.3  # the least cosine between a face's normals before and after a collapse


def decimate(vertices, faces, uv_faces, uvs, mirror, target):
    """Faces and texture corners over at most `target` of the vertices; the second half mirrors the first."""
    count = len(faces) // 2
    half = HalfMesh(vertices, faces[:count], mirror)
    half.simplify(target)
    chosen = np.array(sorted(half.corners))
    left = np.array([half.corners[face] for face in chosen])
    coarse = np.concatenate([left, mirror_order(mirror[left])])
    origin = np.concatenate([chosen, chosen + count])
    return coarse, nearest_texture(coarse, uvs[uv_faces[origin]].mean(1), faces, uv_faces, uvs)


def nearest_texture(coarse, centres, faces, uv_faces, uvs):
    """For each corner, that of its vertex's texture points which lies nearest to where its face was."""
    points_of = {}
    for vertex, point in np.unique(np.stack([faces.ravel(), uv_faces.ravel()], 1), axis=0):
        points_of.setdefault(vertex, []).append(point)
    choose = lambda vertex, centre: min(points_of[vertex], key=lambda point: np.sum((uvs[point] - centre) ** 2))
    return np.array([[choose(vertex, centre) for vertex in face] for face, centre in zip(coarse, centres)])


class HalfMesh:
    """The left half and its collapses."""

    def __init__(self, vertices, faces, mirror):
        self.vertices = vertices
        self.corners = {i: list(face) for i, face in enumerate(faces.tolist())}
        self.faces_of = {}
        for i, face in self.corners.items():
            for vertex in face:
                self.faces_of.setdefault(vertex, set()).add(i)
        self.middle = {vertex for vertex in self.faces_of if mirror[vertex] == vertex}
        self.rim = set()  # on the border of a hole; the midline is no hole
        self.quadrics = {vertex: np.zeros((4, 4)) for vertex in self.faces_of}
        self.version = dict.fromkeys(self.faces_of, 0)
        for a, b, c in self.corners.values():
            for vertex in (a, b, c):
                self.quadrics[vertex] += plane_quadric(vertices[a], normal(vertices[[a, b, c]]))
            for u, v in ((a, b), (b, c), (c, a)):
                if len(self.faces_of[u] & self.faces_of[v]) == 1:
                    self._add_border(u, v, normal(vertices[[a, b, c]]))

    def _add_border(self, u, v, face_normal):
        if not {u, v} <= self.middle:
            self.rim |= {u, v}
        edge = self.vertices[v] - self.vertices[u]
        upright = np.cross(edge, face_normal)
        upright *= RIM_WEIGHT * (edge @ edge) / max(np.linalg.norm(upright), 1e-30)
        for vertex in (u, v):
            self.quadrics[vertex] += plane_quadric(self.vertices[u], upright)

    def simplify(self, target):
        heap = []

        def push(u, v):
            place = np.append(self.vertices[v], 1)
            cost = place @ (self.quadrics[u] + self.quadrics[v]) @ place
            heapq.heappush(heap, (float(cost), u, v, self.version[u], self.version[v]))

        for u in sorted(self.faces_of):
            for v in sorted(self.neighbours(u)):
                push(u, v)
        while 2 * len(self.faces_of) - len(self.middle & self.faces_of.keys()) > target and heap:
            _, u, v, *seen = heapq.heappop(heap)
            fresh = u in self.faces_of and v in self.faces_of and seen == [self.version[u], self.version[v]]
            if fresh and self.may_collapse(u, v):
                self.collapse(u, v)
                for w in sorted(self.neighbours(v)):
                    push(v, w)
                    push(w, v)

    def neighbours(self, vertex):
        return {w for face in self.faces_of[vertex] for w in self.corners[face]} - {vertex}

    def may_collapse(self, u, v):
        """Whether merging u into v keeps borders in place, the surface a surface, and every face's side up."""
        shared = self.faces_of[u] & self.faces_of[v]
        if u in self.middle and (u in self.rim or v not in self.middle):
            return False
        if u in self.rim and v not in self.rim:
            return False
        if u in self.middle | self.rim and len(shared) != 1:
            return False
        if len(self.neighbours(u) & self.neighbours(v)) != len(shared):
            return False
        for face in self.faces_of[u] - shared:
            before = normal(self.vertices[self.corners[face]])
            after = normal(self.vertices[[v if w == u else w for w in self.corners[face]]])
            if after @ before <= MOST_TURN * np.linalg.norm(after) * np.linalg.norm(before):
                return False
        return len(self.faces_of[u]) > len(shared)

    def collapse(self, u, v):
        for face in self.faces_of.pop(u):
            if v in self.corners[face]:
                for w in set(self.corners.pop(face)) - {u}:
                    self.faces_of[w].discard(face)
            else:
                self.corners[face] = [v if w == u else w for w in self.corners[face]]
                self.faces_of[v].add(face)
        self.quadrics[v] = self.quadrics[v] + self.quadrics[u]
        self.version[v] += 1


def normal(triangle):
    """Twice the area, along the face's normal."""
    return np.cross(triangle[1] - triangle[0], triangle[2] - triangle[0])


def plane_quadric(point, scaled_normal):
    """Squared distance to the plane through `point`, weighted by the length of its normal, as a 4 × 4 form."""
    size = np.linalg.norm(scaled_normal)
    plane = np.append(scaled_normal, -scaled_normal @ point) / max(size, 1e-30)
    return size * np.outer(plane, plane)
