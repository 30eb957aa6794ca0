"""Fixture for lib/body/{skinning,rotation}.ts: the small body posed by smplfitter, and by the equations in float64.

Command:  python tests/golden/skinning.py      Versions: tests/golden/requirements.txt (smplfitter 0.6.0, numpy, scipy)
Written:  tests/golden/skinning.safetensors
Compared: vertices and joints of three random shapes, expressions, poses and translations, without and with pose
directions. The embedded body has none, so they are made up by a formula that the test repeats:
posedirs.flat[i] = 0.002·sin(i + 1). Rotation matrices are scipy's.
Not compared: hand components and landmarks of SMPL-X files, which this library does not read.
"""
import tempfile
from pathlib import Path

import numpy as np
import smplfitter.np as smplfitter
from safetensors.numpy import save_file
from scipy.spatial.transform import Rotation

HERE = Path(__file__).parent
CASES, FEATURES = 3, 54 * 9
rng = np.random.default_rng(11)
body = dict(np.load(HERE.parents[1] / "data" / "body_small.npz"))
V = len(body["v_template"])
posedirs = (0.002 * np.sin(np.arange(V * 3 * FEATURES) + 1.0)).reshape(V, 3, FEATURES)
betas, expression = rng.normal(0, 1, (CASES, 10)), rng.normal(0, 1, (CASES, 10))
pose, transl = rng.normal(0, 0.4, (CASES, 55, 3)), rng.normal(0, 1, (CASES, 3))


def by_smplfitter(corrections):
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/SMPLX_NEUTRAL.npz", **(body | {"posedirs": corrections}))
        np.save(f"{folder}/kid_template.npy", np.zeros((V, 3)))  # zeros stand for "no child template"
        model = smplfitter.BodyModel("smplx", "neutral", model_root=folder)
    coefficients = np.concatenate([betas, expression], 1).astype(np.float32)
    return model(pose_rotvecs=pose.reshape(CASES, -1), shape_betas=coefficients, trans=transl.astype(np.float32))


def by_equations(corrections, case):
    directions, weights = (body[key].astype(float) for key in ("shapedirs", "weights"))
    parents = body["kintree_table"][0].astype(np.int64)
    rest = body["v_template"] + directions @ np.concatenate([betas[case], expression[case]])
    joints = body["J_regressor"].astype(float) @ rest
    rotations = Rotation.from_rotvec(pose[case]).as_matrix()
    rest = rest + corrections @ (rotations[1:] - np.eye(3)).ravel()
    world = np.zeros((55, 4, 4))
    for joint in range(55):
        local = np.eye(4)
        local[:3, :3] = rotations[joint]
        local[:3, 3] = joints[joint] - (joints[parents[joint]] if joint else 0)
        world[joint] = world[parents[joint]] @ local if joint else local
    posed = world[:, :3, 3] + transl[case]
    world[:, :3, 3] -= np.einsum("jik,jk->ji", world[:, :3, :3], joints)
    blended = np.einsum("vj,jik->vik", weights, world)
    vertices = np.einsum("vik,vk->vi", blended[:, :3, :3], rest) + blended[:, :3, 3] + transl[case]
    return vertices, posed


tensors = {"betas": betas, "expression": expression, "pose": pose, "transl": transl}
for name, corrections in (("plain", np.zeros_like(posedirs)), ("corrected", posedirs)):
    fitted = by_smplfitter(corrections)
    exact = [by_equations(corrections, case) for case in range(CASES)]
    tensors[f"smplfitter.{name}.vertices"] = fitted["vertices"]
    tensors[f"smplfitter.{name}.joints"] = fitted["joints"]
    tensors[f"float64.{name}.vertices"] = np.stack([vertices for vertices, _ in exact])
    tensors[f"float64.{name}.joints"] = np.stack([joints for _, joints in exact])
    gap = np.abs(tensors[f"float64.{name}.vertices"] - fitted["vertices"]).max()
    print(f"{name}: smplfitter and the equations differ by {gap:.1e} m")
angles = np.concatenate([rng.normal(0, 1.2, (20, 3)), np.zeros((1, 3)), rng.normal(0, 1e-4, (3, 3)), [[np.pi, 0, 0]]])
tensors["axisAngle"], tensors["rotation"] = angles, Rotation.from_rotvec(angles).as_matrix()
save_file({key: np.ascontiguousarray(value, dtype=np.float32) for key, value in tensors.items()},
          HERE / "skinning.safetensors")
