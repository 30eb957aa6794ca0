"""The localizer head in PyTorch, for `deno task bench localizer`: the same sizes, chunks and numbers as ours.

naive      W = Phi M per chunk, heat maps = W F
reordered  F' = M F once, heat maps = Phi F' per chunk
Both end in soft-argmax 2D and 3D and the expected uncertainty. Two threads; least time of several runs.
Settings come as one JSON record in argv[1]; the result is printed as one JSON record.
"""
import json
import sys
import time

import torch

settings = json.loads(sys.argv[1])
side, link, hidden, depth, points, chunk = (settings[k] for k in ("side", "link", "hidden", "depth", "points", "chunk"))
torch.set_num_threads(settings["threads"])
torch.set_grad_enabled(False)
torch.manual_seed(7)

cells, channels = side * side, 2 + depth
phi = torch.cat([torch.randn(points, hidden), torch.ones(points, 1)], 1)  # [n, K+1]
readout = torch.randn(hidden + 1, (link + 1) * channels) * 0.03  # M
features = torch.cat([torch.randn(cells, link), torch.ones(cells, 1)], 1)  # [h*w, L+1]
axis = torch.linspace(0, 1, side)
grid = torch.stack([axis.repeat(side), axis.repeat_interleave(side)], 1)  # [h*w, (x, y)]
bins = torch.linspace(0, 1, depth)


def decode(logits):  # [n, J, h*w]
    heat2d = torch.softmax(logits[:, 1], 1)
    heat3d = torch.softmax(logits[:, 2:].flatten(1), 1).view(-1, depth, cells)
    uncertainty = (logits[:, 0] * heat2d).sum(1, keepdim=True)
    return torch.cat([heat2d @ grid, heat3d.sum(1) @ grid, (heat3d.sum(2) @ bins)[:, None], uncertainty], 1)


def naive(rows):
    weights = (rows @ readout).view(-1, link + 1)  # [n*J, L+1], W_pose and b_pose of a chunk
    return decode((weights @ features.T).view(rows.shape[0], channels, cells))


def mixed():  # F' [K+1, J*h*w]
    return (readout.view(-1, link + 1) @ features.T).view(hidden + 1, channels * cells)


def run(method):
    start = time.perf_counter()
    table = mixed() if method == "reordered" else None
    out = torch.empty(points, 6)
    for i in range(0, points, chunk):
        rows = phi[i : i + chunk]
        out[i : i + chunk] = naive(rows) if table is None else decode((rows @ table).view(-1, channels, cells))
    return (time.perf_counter() - start) * 1e3


result = {"torch": torch.__version__}
for method in ("naive", "reordered"):
    first = run(method)
    result[method] = min(run(method) for _ in range(settings["repeats"]))
print(json.dumps(result))
