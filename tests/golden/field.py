"""The localizer field and the link in float64 PyTorch.

    python tests/golden/field.py          (torch 2.13.0, safetensors; see requirements.txt)

Written from the equations with torch's own layers: torch.nn.functional.gelu (exact), layer_norm and silu. The gradients are those of
sum(weights * direction) for Fourier waves and the first layer. The GPS encoding has no PyTorch form; its file is checked against the
finite-element equations in the library's own tests.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
n, m, hidden, L, d = 9, 6, (10, 7), 5, 3
J, K = 2 + d, hidden[-1]


def exact(tensor):
    """Rounded to what float32 holds."""
    return tensor.float().double()


points = exact(torch.rand(n, 3) * 2 - 1)
frequencies = exact(12 * torch.randn(3, m)).requires_grad_()
widths = (2 * m, *hidden)
layers = [(exact(torch.randn(a, b) / a**0.5), exact(torch.randn(b) * 0.1)) for a, b in zip(widths, widths[1:])]
layers[0][0].requires_grad_()
readout = exact(torch.randn(K + 1, (L + 1) * J) / K**0.5)

phase = points @ frequencies
encoding = torch.cat([phase.sin(), phase.cos()], 1) / (2 * m) ** 0.5
x = encoding
for weight, bias in layers:
    x = F.gelu(x @ weight + bias)
both = (x @ readout[:-1] + readout[-1]).view(n, L + 1, J)
weights, bias = both[:, :L], both[:, L]
direction = exact(torch.randn(n, L, J))
(weights * direction).sum().backward()

C, h, w = 8, 4, 3
features = exact(3 * torch.randn(h, w, C) + 1)
projection, offset = exact(torch.randn(C, L)), exact(torch.randn(L))
mean, deviation = exact(torch.randn(C)), exact(torch.rand(C) + 0.5)

out = {
    "points": points,
    "frequencies": frequencies,
    "readout": readout,
    "encoding": encoding,
    "hidden": x,
    "weights": weights,
    "bias": bias,
    "direction": direction,
    "gradient.frequencies": frequencies.grad,
    "gradient.weight": layers[0][0].grad,
    "features": features,
    "projection.weight": projection,
    "projection.bias": offset,
    "statistics.mean": mean,
    "statistics.deviation": deviation,
    "linked.layer": F.silu(F.layer_norm(features, (C,), eps=1e-6) @ projection + offset),
    "linked.channel": F.silu((features - mean) / deviation @ projection + offset),
    "linked.none": F.silu(features @ projection + offset),
}
for i, (weight, offset) in enumerate(layers):
    out |= {f"layers.{i}.weight": weight, f"layers.{i}.bias": offset}
tensors = {name: tensor.detach().float().contiguous() for name, tensor in out.items()}
save_file(tensors, Path(__file__).with_suffix(".safetensors"))
