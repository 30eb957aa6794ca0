"""Fixture for lib/gaussian/{spherical_harmonics,rotate_harmonics,covariance,quaternion}.ts, from scipy in float64.

Command:  python tests/golden/harmonics.py         Versions: tests/golden/requirements.txt (scipy 1.17.1, numpy 2.4.6)
Written:  tests/golden/harmonics.safetensors
Compared: the real harmonics up to degree 3 (built from scipy's complex ones), colours in rotated frames, rotation
matrices and covariances (scipy's Rotation). Nothing is left out.
"""
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.spatial.transform import Rotation
from scipy.special import sph_harm_y

rng = np.random.default_rng(11)
n = 40


def real_harmonics(direction, degree=3):
    """[n, 3] -> [n, (degree + 1)^2]: sqrt(2) times the real (m > 0) or imaginary (m < 0) part of the complex Y_l|m|."""
    polar, around = np.arccos(np.clip(direction[:, 2], -1, 1)), np.arctan2(direction[:, 1], direction[:, 0])
    columns = []
    for l in range(degree + 1):
        for m in range(-l, l + 1):
            y = sph_harm_y(l, abs(m), polar, around)
            columns.append(y.real if m == 0 else np.sqrt(2) * (y.real if m > 0 else y.imag))
    return np.stack(columns, 1)


direction = rng.normal(size=(n, 3))
direction /= np.linalg.norm(direction, axis=1, keepdims=True)
sh = rng.normal(size=(n, 16, 3)) * 0.3
rotation = Rotation.random(n, random_state=rng)
scale = np.exp(rng.normal(size=(n, 3)))
inner = rotation.inv().apply(direction)  # the same direction, seen from the turned frame
matrix = rotation.as_matrix()
tensors = dict(
    direction=direction,
    basis=real_harmonics(direction),
    sh=sh,
    color=np.maximum(0, 0.5 + np.einsum("nkc,nk->nc", sh, real_harmonics(direction))),
    rotation=rotation.as_quat(scalar_first=True),
    inner_color=0.5 + np.einsum("nkc,nk->nc", sh, real_harmonics(inner)),
    matrix=matrix,
    turned=rotation.apply(direction),
    product=(rotation * rotation[::-1]).as_matrix(),
    scale=scale,
    covariance=np.einsum("nij,nj,nkj->nik", matrix, scale**2, matrix),
)
path = Path(__file__).with_suffix(".safetensors")
save_file({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, path)
