"""Gaussian splatting in PyTorch's own operations, for `deno task bench splat`: the same scene, in float32.

Projection by elliptical weighted averaging and a list of Gaussians by depth, then the faster of two ways of mixing colours:
- tiles: 16x16 pixels by all Gaussians of the tile, as dense matrices with a running product;
- pairs: one list of (pixel, Gaussian), sorted by pixel and depth, with a running sum of logarithms.
Both leave out what is below 1/255 or beyond three sigma and end a pixel at 1e-4. Settings come as one JSON record in argv[1];
least times in milliseconds and the difference from the other side's result are printed as one JSON record.
"""
import json
import sys
import time

import torch
from safetensors.torch import load_file

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
side, backward = settings["side"], settings["backward"]
torch.set_grad_enabled(backward)
scene = load_file(settings["path"])
names = ["means", "rotations", "scales", "opacity", "sh"]
inputs = [scene[name].requires_grad_(backward) for name in names]
weights = scene["weights"]
NONE = torch.zeros(())


def project():
    means, rotations, scales, opacity, sh = inputs
    x, y, z = means.unbind(1)
    w, i, j, k = torch.nn.functional.normalize(rotations, dim=1).unbind(1)
    R = torch.stack([
        1 - 2 * (j * j + k * k), 2 * (i * j - w * k), 2 * (i * k + w * j),
        2 * (i * j + w * k), 1 - 2 * (i * i + k * k), 2 * (j * k - w * i),
        2 * (i * k - w * j), 2 * (j * k + w * i), 1 - 2 * (i * i + j * j),
    ], 1).view(-1, 3, 3)
    M = R * scales[:, None, :]
    bent = (means[:, :2] / z[:, None]).clamp(-0.65, 0.65)
    u = side / z[:, None] * (M[:, 0] - bent[:, :1] * M[:, 2])  # rows of J·R·S
    v = side / z[:, None] * (M[:, 1] - bent[:, 1:] * M[:, 2])
    xx, xy, yy = (u * u).sum(1) + 0.3, (u * v).sum(1), (v * v).sum(1) + 0.3
    det = xx * yy - xy * xy
    conic = torch.stack([yy, -xy, xx], 1) / det[:, None]
    center = means[:, :2] / z[:, None] * side + side / 2
    color = (0.5 + 0.28209479177387814 * sh[:, 0]).clamp(min=0)
    with torch.no_grad():
        reach = (2 * torch.log(255 * opacity)).clamp(0, 9)
        extent = torch.stack([(reach * xx).sqrt(), (reach * yy).sqrt()], 1)
        seen = ((center + extent > 0) & (center - extent < side)).all(1) & (z > 0.01) & (opacity >= 1 / 255)
        order = torch.argsort(z)
        order = order[seen[order]]
    return center, conic, color, opacity, reach, extent, order


def expand(order, low, high, columns):
    """Every (cell, Gaussian) of the rectangles low..high, sorted by cell, in the order of depth within each."""
    across = (high[:, 0] - low[:, 0] + 1).clamp(0)[order]
    number = across * (high[:, 1] - low[:, 1] + 1).clamp(0)[order]
    who = torch.repeat_interleave(order, number)
    at = torch.arange(len(who)) - torch.repeat_interleave(number.cumsum(0) - number, number)
    across = torch.repeat_interleave(across, number)
    cell, sort = torch.sort((low[who, 1] + at // across) * columns + low[who, 0] + at % across, stable=True)
    return cell, who[sort]


ys, xs = torch.meshgrid(torch.arange(16.0) + 0.5, torch.arange(16.0) + 0.5, indexing="ij")
xs, ys = xs.reshape(-1, 1), ys.reshape(-1, 1)


def alphas(dx, dy, conic, opacity, reach):
    e = conic[:, 0] * dx * dx + 2 * conic[:, 1] * dx * dy + conic[:, 2] * dy * dy
    alpha = opacity * torch.exp(-0.5 * e)
    return torch.where((alpha >= 1 / 255) & (e <= reach), alpha.clamp(max=0.999), NONE)


def tiles():
    center, conic, color, opacity, reach, extent, order = project()
    columns = side // 16
    with torch.no_grad():
        low = ((center - extent) / 16).floor().clamp(0, columns - 1).long()
        high = ((center + extent) / 16).floor().clamp(0, columns - 1).long()
        cell, who = expand(order, low, high, columns)
        start = torch.searchsorted(cell, torch.arange(columns * columns + 1)).tolist()
    rows = []
    for row in range(columns):
        parts = []
        for column in range(columns):
            g = who[start[row * columns + column] : start[row * columns + column + 1]]
            dx, dy = xs + 16 * column - center[g, 0], ys + 16 * row - center[g, 1]
            alpha = alphas(dx, dy, conic[g], opacity[g], reach[g])
            after = torch.cumprod(1 - alpha, 1)
            before = torch.cat([torch.ones(256, 1), after[:, :-1]], 1)
            weight = torch.where(after > 1e-4, alpha * before, NONE)
            parts.append(torch.cat([weight @ color[g], weight.sum(1, True)], 1).view(16, 16, 4))
        rows.append(torch.cat(parts, 1))
    return torch.cat(rows, 0)


def pairs():
    center, conic, color, opacity, reach, extent, order = project()
    with torch.no_grad():
        low = (center - extent - 0.5).ceil().clamp(0).long()
        high = (center + extent - 0.5).floor().clamp(max=side - 1).long()
        pixel, g = expand(order, low, high, side)
        near = center[g]
        inside = alphas(pixel % side + 0.5 - near[:, 0], pixel // side + 0.5 - near[:, 1], conic[g], opacity[g], reach[g]) > 0
        pixel, g = pixel[inside], g[inside]
    dx, dy = pixel % side + 0.5 - center[g, 0], pixel // side + 0.5 - center[g, 1]
    alpha = alphas(dx, dy, conic[g], opacity[g], reach[g])
    fall = torch.log1p(-alpha.double())
    total = torch.cumsum(fall, 0)
    first = torch.searchsorted(pixel, torch.arange(side * side))
    base = torch.cat([torch.zeros(1, dtype=torch.float64), total])[first][pixel]
    before = torch.exp(total - fall - base).float()
    weight = torch.where(before * (1 - alpha) > 1e-4, alpha * before, NONE)
    mixed = torch.cat([weight[:, None] * color[g], weight[:, None]], 1)
    return torch.zeros(side * side, 4).index_add(0, pixel, mixed).view(side, side, 4)


def least(way):
    best = float("inf")
    for _ in range(settings["repeats"] + 1):
        for tensor in inputs:
            tensor.grad = None
        begin = time.perf_counter()
        image = way()
        if backward:
            (image * weights).sum().backward()
        best = min(best, time.perf_counter() - begin)
    return 1000 * best, image.detach()


times, difference = {}, 0
for way in (tiles, pairs):
    times[way.__name__], image = least(way)
    if backward:
        for name, tensor in zip(names, inputs):
            far = (tensor.grad - scene[f"drawn.{name}"]).abs().mean() / tensor.grad.abs().mean()
            difference = max(difference, far.item())
    else:
        difference = max(difference, (image - scene["drawn.image"]).abs().mean().item())
print(json.dumps(dict(torch=torch.__version__, difference=difference, **times)))
