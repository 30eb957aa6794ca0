"""Skinning and driving in PyTorch, for `deno task bench drive`: the same sizes and steps as ours.

shape directions -> rest vertices -> 55 transforms along the tree -> blend -> face frames as quaternions -> means, rotations, scales
Settings come as one JSON record in argv[1]; the result is printed as one JSON record: least milliseconds of a frame.
"""
import json
import sys
import time

import torch

settings = json.loads(sys.argv[1])
V, F, S, n = (settings[k] for k in ("vertices", "faces", "coefficients", "gaussians"))
torch.set_num_threads(settings["threads"])
torch.set_grad_enabled(False)
torch.manual_seed(3)
parents, J = settings["parents"], len(settings["parents"])

template, directions = torch.randn(V, 3), torch.randn(V * 3, S) * 0.01
joints, joint_directions = torch.randn(J, 3), torch.randn(J * 3, S) * 0.01
weights = torch.softmax(torch.randn(V, J) * 4, 1)
faces = torch.randint(V, (F, 3))
face_of = torch.arange(n) * F // n
barycentric = torch.full((n, 3), 1 / 3)
translation, scale = torch.randn(n, 3) * 0.1, torch.rand(n, 3)
rotation = torch.nn.functional.normalize(torch.randn(n, 4), dim=1)


def matrices(axis_angle):  # Rodrigues
    angle = axis_angle.norm(dim=1, keepdim=True).clamp_min(1e-8)
    x, y, z = (axis_angle / angle).unbind(1)
    zero = torch.zeros_like(x)
    k = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).view(-1, 3, 3)
    sin, cos = angle.sin()[:, :, None], angle.cos()[:, :, None]
    return torch.eye(3) + sin * k + (1 - cos) * (k @ k)


def quaternions(m):  # wxyz, from rotations; the largest component first
    d = m.diagonal(dim1=1, dim2=2)
    q = torch.stack([d.sum(1), d[:, 0] - d[:, 1] - d[:, 2], d[:, 1] - d[:, 0] - d[:, 2], d[:, 2] - d[:, 0] - d[:, 1]], 1)
    q = (1 + q).clamp_min(0).sqrt() / 2
    sign = torch.stack([m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], 1)
    return torch.cat([q[:, :1], torch.copysign(q[:, 1:], sign)], 1)


def product(a, b):
    aw, ax, ay, az = a.unbind(1)
    bw, bx, by, bz = b.unbind(1)
    return torch.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        1,
    )


def frame(coefficients, pose, transl):
    rest = template + (directions @ coefficients).view(V, 3)
    at = joints + (joint_directions @ coefficients).view(J, 3)
    local, turned, place = matrices(pose), [None] * J, [None] * J
    for j, parent in enumerate(parents):
        if parent < 0:
            turned[j], place[j] = local[j], at[j]
        else:
            turned[j] = turned[parent] @ local[j]
            place[j] = place[parent] + turned[parent] @ (at[j] - at[parent])
    turned, place = torch.stack(turned), torch.stack(place)
    shift = place + transl - (turned @ at[:, :, None])[:, :, 0]
    blended = (weights @ torch.cat([turned, shift[:, :, None]], 2).view(J, 12)).view(V, 3, 4)
    vertices = (blended[:, :, :3] @ rest[:, :, None])[:, :, 0] + blended[:, :, 3]
    corners = vertices[faces]
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = torch.linalg.cross(edge, other)
    size = normal.norm(dim=1)
    t, up = torch.nn.functional.normalize(edge, dim=1), torch.nn.functional.normalize(normal, dim=1)
    frames = torch.stack([t, torch.linalg.cross(up, t), up], 2)
    turn, s = quaternions(frames)[face_of], size.sqrt()[face_of, None]
    origin = (corners[face_of] * barycentric[:, :, None]).sum(1)
    means = origin + s * (frames[face_of] @ translation[:, :, None])[:, :, 0]
    return means, product(turn, rotation), s * scale


least = float("inf")
for run in range(settings["repeats"] + 1):
    coefficients, pose, transl = torch.randn(S), torch.randn(J, 3) * 0.2, torch.zeros(3)
    start = time.perf_counter()
    frame(coefficients, pose, transl)
    if run > 0:
        least = min(least, (time.perf_counter() - start) * 1e3)
print(json.dumps({"torch": torch.__version__, "ms": least}))
