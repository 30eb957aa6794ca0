"""Joints from the surface: a sparse, non-negative joint regressor.

MakeHuman places joints at the middle of small helper cubes, which drift away from the limbs at extreme statures and
are not part of the mesh. Each joint is instead written as a weighted mean of skin vertices near it,

    joint = Σ_v w_v·vertex_v      w_v ≥ 0, Σ w_v = 1

with the weights that fit the pivots over the sampled bodies best (non-negative least squares) and that do not move
with the face. Left joints are fitted and mirrored, middle joints use pairs of vertices with equal weights.
"""

import numpy as np
from joints import PARENTS, mirror_joints
from makehuman import FLIP_X
from scipy.optimize import nnls

CANDIDATES = 160  # vertices tried for a joint
NEIGHBOURHOOD = 800  # … spread over this many nearest ones
SUM_PENALTY = 30.0


def joint_regressor(bodies, joints, weights, units, mirror):
    """Bodies [n, V, 3] with pivots [n, J, 3], skinning weights [V, J], face units [u, V, 3] → regressor [J, V]."""
    twin = mirror_joints()
    mean, pivots = bodies.mean(0), joints.mean(0)
    regressor = np.zeros((joints.shape[1], len(mirror)))
    for joint in range(len(regressor)):
        if twin[joint] < joint:
            regressor[joint] = regressor[twin[joint]][mirror]
            continue
        attached = weights[:, [joint, max(PARENTS[joint], 0)]].max(1) > 0.02
        distance = np.linalg.norm(mean - pivots[joint], axis=1)
        middle = twin[joint] == joint
        attached &= (mean[:, 0] >= 0) if middle else True
        near = np.argsort(np.where(attached, distance, np.inf), kind="stable")[: min(NEIGHBOURHOOD, attached.sum())]
        near = near[np.unique(np.linspace(0, len(near) - 1, CANDIDATES).astype(int))]
        places, moves = bodies[:, near], units[:, near]
        if middle:
            places = (places + bodies[:, mirror[near]] * FLIP_X) / 2
            moves = (moves + units[:, mirror[near]] * FLIP_X) / 2
        columns = lambda stack: stack.transpose(0, 2, 1).reshape(-1, len(near))
        system = np.vstack([columns(places), columns(moves), np.full((1, len(near)), SUM_PENALTY)])
        wanted = np.concatenate([joints[:, joint].ravel(), np.zeros(3 * len(units)), [SUM_PENALTY]])
        if middle:  # x is zero by symmetry; leave those rows out of the fit
            rows = np.arange(len(system) - 1).reshape(-1, 3)[:, 1:].ravel()
            system, wanted = system[np.append(rows, -1)], wanted[np.append(rows, -1)]
        share, _ = nnls(system, wanted)
        share /= share.sum()
        if middle:
            np.add.at(regressor[joint], near, share / 2)
            np.add.at(regressor[joint], mirror[near], share / 2)
        else:
            regressor[joint, near] = share
    return regressor
