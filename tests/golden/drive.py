"""Fixture for lib/body/drive.ts: Gaussians placed on posed faces, in numpy and scipy, float64.

Command:  python tests/golden/drive.py             Versions: tests/golden/requirements.txt (scipy 1.17.1, numpy 2.4.6)
Written:  tests/golden/drive.safetensors
Compared: means, scales, covariances and frames of two Gaussians on each of six random faces. Rotations are compared as
covariances and matrices, because a quaternion and its negative are the same rotation.
"""
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.spatial.transform import Rotation

rng = np.random.default_rng(23)
vertices = rng.normal(size=(7, 3))
faces = np.array([[0, 1, 2], [2, 1, 3], [3, 4, 5], [5, 6, 0], [1, 6, 4], [0, 3, 6]])
face_of = np.repeat(np.arange(len(faces)), 2)
n = len(face_of)
barycentric = rng.dirichlet([2, 2, 2], n)
translation = rng.uniform(-0.5, 0.5, (n, 3))
rotation = Rotation.random(n, random_state=rng)
scale = np.exp(rng.normal(size=(n, 3)) - 1)

corner = vertices[faces[face_of]]  # [n, 3 corners, 3]
first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
normal = np.cross(first, second)
size = np.sqrt(np.linalg.norm(normal, axis=1))  # sqrt(2 * area), as |normal| = 2 * area
t = first / np.linalg.norm(first, axis=1, keepdims=True)
n_ = normal / np.linalg.norm(normal, axis=1, keepdims=True)
frame = np.stack([t, np.cross(n_, t), n_], 2)  # columns
scales = size[:, None] * scale
turned = frame @ rotation.as_matrix()
tensors = dict(
    vertices=vertices,
    barycentric=barycentric,
    translation=translation,
    rotation=rotation.as_quat(scalar_first=True),
    scale=scale,
    means=np.einsum("nc,ncx->nx", barycentric, corner) + size[:, None] * np.einsum("nij,nj->ni", frame, translation),
    scales=scales,
    frames=frame,
    covariance=np.einsum("nij,nj,nkj->nik", turned, scales**2, turned),
)
tensors = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
tensors |= dict(faces=faces.astype(np.int32), face_of=face_of.astype(np.int32))
save_file(tensors, Path(__file__).with_suffix(".safetensors"))
