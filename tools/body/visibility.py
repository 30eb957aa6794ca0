"""Which faces can be seen from outside.

Every triangle is covered with sample points closer together than a pixel, the points of all triangles are drawn into
a depth buffer from many directions (orthographic), and a face is visible if one of its points lies at the front in
one of the views.
"""

import numpy as np

PIXEL = 0.003  # metres
BEHIND = 0.004  # a point this close behind the front still counts as seen
ALL_AROUND = [(azimuth, elevation) for elevation in (-75, -45, -15, 0, 15, 45, 75) for azimuth in range(0, 181, 20)]
INTO_THE_MOUTH = [(azimuth, elevation) for elevation in (-30, 0, 30) for azimuth in (0, 20, 40)]


def visible_faces(vertices, faces, views):
    """Whether each face is seen in any view (azimuth, elevation in degrees; 0, 0 looks at the face). [faces]"""
    points, owner = surface_samples(vertices, faces, PIXEL / 1.5)
    seen = np.zeros(len(faces), bool)
    for azimuth, elevation in views:
        x, y, depth = (points @ view_rotation(azimuth, elevation).T).T
        column = ((x - x.min()) / PIXEL).astype(int)
        cell = ((y - y.min()) / PIXEL).astype(int) * (column.max() + 1) + column
        front = np.full(cell.max() + 1, np.inf)
        np.minimum.at(front, cell, -depth)
        seen[owner[-depth <= front[cell] + BEHIND]] = True
    return seen


def surface_samples(vertices, faces, spacing):
    """Points on every face, no further than `spacing` apart, and the face of each."""
    corners = vertices[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
    steps = np.maximum(np.ceil(longest / spacing).astype(int), 1)
    points, owner = [], []
    for n in np.unique(steps):
        which = np.flatnonzero(steps == n)
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        inside = i + j <= n
        share = np.stack([i[inside], j[inside], n - i[inside] - j[inside]], 1) / n
        points.append(np.einsum("pk,fkc->fpc", share, corners[which]).reshape(-1, 3))
        owner.append(np.repeat(which, len(share)))
    return np.concatenate(points), np.concatenate(owner)


def view_rotation(azimuth, elevation):
    """Rows: right, up and towards the viewer of a camera that circles the body."""
    a, e = np.radians([azimuth, elevation])
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    tilt = np.array([[1, 0, 0], [0, np.cos(e), -np.sin(e)], [0, np.sin(e), np.cos(e)]])
    return tilt @ turn
