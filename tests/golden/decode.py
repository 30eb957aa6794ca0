"""Fixture for lib/gaussian/{mlp,activations,decode}.ts: two MLPs and their activations, in PyTorch, float64.

Command:  python tests/golden/decode.py            Versions: tests/golden/requirements.txt (torch 2.13.0)
Written:  tests/golden/decode.safetensors
Compared: decoded Gaussians of networks whose output layers are random (ours start at zero), shares 1, 1/2 and 1/4,
degree 1. Not compared: the random initialisation itself, which is ours.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
n, channels, hidden, degree = 24, 12, (16, 8), 1
tensors = {}


def mlp(name, outputs):
    widths = (channels, *hidden, outputs)
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
        layer = "output" if i == len(hidden) else f"hidden{i + 1}"
        torch.nn.init.normal_(layers[-2].weight, std=0.6)
        tensors[f"{name}.{layer}.weight"] = layers[-2].weight.T
        tensors[f"{name}.{layer}.bias"] = layers[-2].bias
    return torch.nn.Sequential(*layers[:-1])


feature = torch.randn(n, channels)
share = torch.tensor([1.0, 0.5, 0.25]).repeat(n // 3)
move, turn, size = mlp("shape", 10)(feature).split([3, 4, 3], 1)
opacity, sh = mlp("appearance", 1 + 3 * (degree + 1) ** 2)(feature).split([1, 3 * (degree + 1) ** 2], 1)
neutral = share[:, None].sqrt() * torch.tensor([0.5, 0.5, 0.05])
tensors |= dict(
    feature=feature,
    share=share,
    translation=0.5 * torch.tanh(move),
    rotation=torch.nn.functional.normalize(turn + torch.tensor([1.0, 0, 0, 0]), dim=1),
    scale=neutral * torch.exp(2 * torch.tanh(size)),
    opacity=torch.sigmoid(opacity[:, 0]),
    sh=sh.reshape(n, (degree + 1) ** 2, 3),
)
path = Path(__file__).with_suffix(".safetensors")
save_file({name: value.detach().float().contiguous() for name, value in tensors.items()}, path)
