"""The 55 joints of SMPL-X and what MakeHuman bone each of them pivots on.

Names, order and parents are SMPL-X's. Bones without an entry fall to their nearest ancestor that has one, so merging
163 bones into 55 joints changes the skinning only where two merged bones would have moved apart.
"""

import numpy as np

BODY_JOINTS = """pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot
right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
jaw left_eye_smplhf right_eye_smplhf""".split()
FINGERS = ["index", "middle", "pinky", "ring", "thumb"]
BONE_FINGER = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}
SIDES = [("left", "L"), ("right", "R")]
JOINTS = BODY_JOINTS + [f"{side}_{finger}{i}" for side, _ in SIDES for finger in FINGERS for i in (1, 2, 3)]
PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15]
for _wrist in (20, 21):
    for _ in FINGERS:
        PARENTS += [_wrist, len(PARENTS), len(PARENTS) + 1]


def pivots():
    """Joint → the bones whose heads' mean is its pivot."""
    table = {
        "pelvis": ["spine05", "spine04"],
        "spine1": ["spine03"],
        "spine2": ["spine02"],
        "spine3": ["spine01"],
        "neck": ["neck01"],
        "head": ["head"],
        "jaw": ["jaw"],
    }
    for side, s in SIDES:
        table |= {
            f"{side}_hip": [f"upperleg01.{s}"],
            f"{side}_knee": [f"lowerleg01.{s}"],
            f"{side}_ankle": [f"foot.{s}"],
            f"{side}_foot": [f"toe{i}-1.{s}" for i in range(1, 6)],
            f"{side}_collar": [f"clavicle.{s}"],
            f"{side}_shoulder": [f"upperarm01.{s}"],
            f"{side}_elbow": [f"lowerarm01.{s}"],
            f"{side}_wrist": [f"wrist.{s}"],
            f"{side}_eye_smplhf": [f"eye.{s}"],
        }
        for finger, k in BONE_FINGER.items():
            table |= {f"{side}_{finger}{i}": [f"finger{k}-{i}.{s}"] for i in (1, 2, 3)}
    return table


def joint_of_bone(rig):
    """The joint that moves each bone. [bones]"""
    owner = {"root": "pelvis"}
    for joint, bones in pivots().items():
        if joint != "pelvis":
            owner |= {bone: joint for bone in bones}
    found = []
    for bone in range(len(rig.names)):
        while rig.names[bone] not in owner:
            bone = rig.parents[bone]
        found.append(JOINTS.index(owner[rig.names[bone]]))
    return np.array(found)


def pivot_matrix(rig):
    """Joint pivots from bone heads. [joints, bones], rows sum to 1"""
    matrix = np.zeros((len(JOINTS), len(rig.names)))
    for joint, bones in pivots().items():
        for bone in bones:
            matrix[JOINTS.index(joint), rig.names.index(bone)] = 1 / len(bones)
    return matrix


def merge_weights(rig):
    """Weights of joints from weights of bones. [vertices, joints], rows sum to 1"""
    merged = np.zeros((len(rig.weights), len(JOINTS)))
    for bone, joint in enumerate(joint_of_bone(rig)):
        merged[:, joint] += rig.weights[:, bone]
    return merged


def mirror_joints():
    """The joint on the other side. [joints]"""
    swap = lambda name: name.replace("left_", "@").replace("right_", "left_").replace("@", "right_")
    return np.array([JOINTS.index(swap(name)) for name in JOINTS])
