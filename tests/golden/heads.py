"""The localizer's heads, soft-argmax and expected uncertainty in float64 PyTorch.

    python tests/golden/heads.py          (torch 2.13.0, safetensors; see requirements.txt)

Written from the equations: the head "nlf-gs" as the method states it, the head "nlf" as the published localizer evaluates it, by
marginals of its two heatmaps (not by the product distribution that the library uses). Positions are on the unit grid, whose first
and last cells are 0 and 1; pixels and metres are not compared here. The gradient is that of sum(position * direction).
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
n, h, w, d, L = 5, 6, 7, 8, 12
J = 2 + d
OFFSET = -2.5


def normal(*shape):
    """Numbers that float32 holds exactly."""
    return torch.randn(shape).float().double()


features = normal(h, w, L)
weights = normal(n, L, J)
bias = normal(n, J)
x, y, z = torch.linspace(0, 1, w), torch.linspace(0, 1, h), torch.linspace(0, 1, d)


def softmax(logits, axes):
    shape = logits.shape
    return torch.softmax(logits.flatten(axes), axes).reshape(shape)


def mean2d(p):  # [n, h, w]
    return torch.stack([torch.einsum("nhw,w->n", p, x), torch.einsum("nhw,h->n", p, y)], 1)


def mean3d(p):  # [n, h, w, d]
    return torch.cat([mean2d(p.sum(3)), torch.einsum("nhwd,d->n", p, z)[:, None]], 1)


def length(raw):
    return torch.nn.functional.softplus(raw + OFFSET) + 0.001


maps = torch.einsum("hwl,nlj->nhwj", features, weights) + bias[:, None, None]
U, plane, volume = maps[..., 0], maps[..., 1], maps[..., 2:]
out = {"features": features, "weights": weights, "bias": bias, "uncertaintyMap": U, "channel1": plane, "channels2up": volume}

p2d = softmax(plane, 1)
raw = (U * p2d).sum((1, 2))
out |= {
    "nlf-gs.position2d": mean2d(p2d),
    "nlf-gs.position3d": mean3d(softmax(volume, 1)),
    "nlf-gs.raw": raw,
    "nlf-gs.uncertainty": length(raw),
}

p25d = softmax(volume, 1)
marginal = p25d.sum(3)
raw = (U * marginal).sum((1, 2))
metric_xy, metric_z = mean2d(softmax(plane, 1)), torch.einsum("nhwd,d->n", p25d, z)
out |= {
    "nlf.position2d": mean2d(marginal),
    "nlf.position3d": torch.cat([metric_xy, metric_z[:, None]], 1),
    "nlf.raw": raw,
    "nlf.uncertainty": length(raw),
}

logits2d = (8 * normal(n, h, w)).requires_grad_()
logits3d = (8 * normal(n, h, w, d)).requires_grad_()
position2d, position3d = mean2d(softmax(logits2d, 1)), mean3d(softmax(logits3d, 1))
direction2d, direction3d = normal(n, 2), normal(n, 3)
((position2d * direction2d).sum() + (position3d * direction3d).sum()).backward()
out |= {
    "logits2d": logits2d,
    "logits3d": logits3d,
    "position2d": position2d,
    "position3d": position3d,
    "probability2d": softmax(logits2d, 1),
    "probability3d": softmax(logits3d, 1),
    "direction2d": direction2d,
    "direction3d": direction3d,
    "gradient2d": logits2d.grad,
    "gradient3d": logits3d.grad,
}

# the mean around the peak, cell by cell
for window in (3, 5):
    local = []
    for p in softmax(logits2d, 1).detach():
        at = int(p.argmax())
        top, left = at // w, at % w
        rows = range(max(0, top - window // 2), min(h, top + window // 2 + 1))
        columns = range(max(0, left - window // 2), min(w, left + window // 2 + 1))
        mass = sum(p[i, j] for i in rows for j in columns)
        local.append([sum(p[i, j] * x[j] for i in rows for j in columns) / mass, sum(p[i, j] * y[i] for i in rows for j in columns) / mass])
    out[f"local{window}"] = torch.tensor(local)

tensors = {name: tensor.detach().float().contiguous() for name, tensor in out.items()}
save_file(tensors, Path(__file__).with_suffix(".safetensors"))
