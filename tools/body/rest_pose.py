"""From MakeHuman's A-pose to a T-pose rest like that of SMPL-X.

Every bone gets a constant rotation, the same for all shapes, found on the average adult: upper arm, forearm, hand and
fingers are turned to given directions (arms along ±X, a few degrees down and back), legs to nearly straight down. The
mesh follows by linear blend skinning with MakeHuman's own bones, whose twist bones share the arm's long twist. Left
is computed, right is its mirror image.
"""

import numpy as np
from scipy.spatial.transform import Rotation

MIRROR = np.diag([-1.0, 1.0, 1.0])


def unit(vector):
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def direction(azimuth, elevation):
    """Degrees from +X (the left arm's way) towards +Z, and up."""
    a, e = np.radians([azimuth, elevation])
    return np.array([np.cos(e) * np.cos(a), np.sin(e), np.cos(e) * np.sin(a)])


def downward(outward, forward):
    """Degrees off straight down, outwards and forwards."""
    return unit(np.array([np.tan(np.radians(outward)), -1, np.tan(np.radians(forward))]))


CLAVICLE_LIFT, SHOULDER_LIFT, FOOT_YAW = 10, 8, 8  # degrees
UPPER_ARM, FOREARM, HAND = direction(-7, -10), direction(-2, 2), direction(-2, -2.5)
PALM_SIDE = np.array([0.27, 0.09, 0.95])  # from little finger to index, palm down
FINGER_DIRECTIONS = {  # MakeHuman finger number: first bone, further bones
    1: (direction(55, 2), direction(37, -11)),
    2: (direction(5, 4), direction(0, -5)),
    3: (direction(-7, 1), direction(-10, -5)),
    4: (direction(-11, 2), direction(-17, -4)),
    5: (direction(-38, -3), direction(-36, -5)),
}
THIGH, SHANK = downward(4, -1), downward(-1, -4)


def frame(along, beside):
    """Orthonormal columns: `along`, what of `beside` is orthogonal to it, their cross product."""
    x = unit(along)
    y = unit(beside - x * (x @ beside))
    return np.stack([x, y, np.cross(x, y)], 1)


def swing(source, goal):
    """The smallest rotation that turns one direction into another."""
    source, goal = unit(source), unit(goal)
    axis = np.cross(source, goal)
    sine = np.linalg.norm(axis)
    return Rotation.from_rotvec(axis / max(sine, 1e-12) * np.arctan2(sine, source @ goal)).as_matrix()


def half_twist(rotation, axis):
    """Half of the part of a rotation that turns about `axis`, as a rotation vector."""
    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    along = unit(axis)
    sine = along @ np.array([x, y, z])
    return 0.5 * Rotation.from_quat(np.append(along * sine, w) / np.hypot(sine, w)).as_rotvec()


def bone_rotations(rig, body):
    """Global rotation of every bone from the A-pose of `body` [vertices, 3] to the T-pose. [bones, 3, 3]"""
    heads, tails = rig.heads @ body, rig.tails @ body
    head = lambda bone: heads[rig.names.index(f"{bone}.L")]
    tail = lambda bone: tails[rig.names.index(f"{bone}.L")]
    about_z = lambda degrees: Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    down = np.array([0, -1.0, 0])

    left = {"clavicle": about_z(CLAVICLE_LIFT), "shoulder01": about_z(CLAVICLE_LIFT + SHOULDER_LIFT)}
    upper, fore = head("lowerarm01") - head("upperarm01"), head("wrist") - head("lowerarm01")
    elbow_axis = np.cross(upper, fore)
    arm = frame(UPPER_ARM, down) @ frame(upper, elbow_axis).T
    forearm = frame(FOREARM, down) @ frame(fore, elbow_axis).T
    knuckles = head("finger2-1") - head("finger5-1")
    hand = frame(HAND, PALM_SIDE) @ frame(head("finger3-1") - head("wrist"), knuckles).T
    arm_twist = half_twist(arm @ left["shoulder01"].T, UPPER_ARM)
    hand_twist = half_twist(hand @ forearm.T, FOREARM)
    left |= {
        "upperarm01": Rotation.from_rotvec(-arm_twist).as_matrix() @ arm,
        "upperarm02": arm,
        "lowerarm01": forearm,
        "lowerarm02": Rotation.from_rotvec(hand_twist).as_matrix() @ forearm,
        "wrist": hand,
    }
    left |= {f"metacarpal{k}": hand for k in range(1, 5)}
    for finger, (first, further) in FINGER_DIRECTIONS.items():
        turned = hand
        for i, goal in ((1, first), (2, further), (3, further)):
            end = head(f"finger{finger}-{i + 1}") if i < 3 else tail(f"finger{finger}-3")
            turned = swing(turned @ (end - head(f"finger{finger}-{i}")), goal) @ turned
            left[f"finger{finger}-{i}"] = turned
    thigh = swing(head("lowerleg01") - head("upperleg01"), THIGH)
    shank = swing(head("foot") - head("lowerleg01"), SHANK)
    foot = Rotation.from_euler("y", FOOT_YAW, degrees=True).as_matrix()
    left |= {"upperleg01": thigh, "upperleg02": thigh, "lowerleg01": shank, "lowerleg02": shank, "foot": foot}
    left |= {f"toe{toe}-{i}": foot for toe in range(1, 6) for i in range(1, 4)}

    rotations = np.tile(np.eye(3), (len(rig.names), 1, 1))
    for bone, name in enumerate(rig.names):
        base, _, side = name.rpartition(".")
        if base in left:
            rotations[bone] = left[base] if side == "L" else MIRROR @ left[base] @ MIRROR
    return rotations


def to_rest(bodies, rig, rotations, vertices):
    """A-pose bodies [..., all, 3] → chosen vertices [..., V, 3] and bone heads [..., bones, 3] in T-pose."""
    heads = np.einsum("bn,...ni->...bi", rig.heads, bodies)
    moved = heads.copy()
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            moved[..., bone, :] = (
                moved[..., parent, :] + (heads[..., bone, :] - heads[..., parent, :]) @ rotations[parent].T
            )
    weights = rig.weights[vertices]
    turns = np.einsum("vb,bij->vij", weights, rotations)
    shifts = moved - np.einsum("bij,...bj->...bi", rotations, heads)
    posed = np.einsum("vij,...vj->...vi", turns, bodies[..., vertices, :], optimize=True)
    return posed + np.einsum("vb,...bi->...vi", weights, shifts, optimize=True), moved
