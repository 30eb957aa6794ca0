"""Fixture for lib/gaussian/sample.ts: bilinear sampling and its gradients, by torch.nn.functional.grid_sample.

Command:  python tests/golden/sample.py            Versions: tests/golden/requirements.txt (torch 2.13.0)
Written:  tests/golden/sample.safetensors
Compared: values (positions inside, on the border and beyond it) and both gradients, computed in float64, kept as float32.
Not compared: gradients of positions exactly on a cell's centre, where the two sides differ (none is drawn here).
"""
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CROP = 512
torch.manual_seed(7)
coarse = torch.randn(6, 6, 5, dtype=torch.float64, requires_grad=True)  # [h, w, C]; both maps cover the crop
fine = torch.randn(16, 16, 3, dtype=torch.float64, requires_grad=True)
position = (torch.rand(64, 2, dtype=torch.float64) * 1.3 - 0.15) * CROP  # some lie beyond the border
position.requires_grad_(True)


def sample(feature_map):
    grid = (position / CROP * 2 - 1)[None, None]  # [1, 1, n, 2] in -1..1
    maps = feature_map.permute(2, 0, 1)[None]  # [1, C, h, w]
    return F.grid_sample(maps, grid, mode="bilinear", padding_mode="border", align_corners=False)[0, :, 0].T


feature = torch.cat([sample(coarse), sample(fine)], 1)
weight = torch.randn_like(feature)
(feature * weight).sum().backward()
tensors = dict(
    coarse=coarse, fine=fine, position=position, feature=feature, weight=weight,
    d_coarse=coarse.grad, d_fine=fine.grad, d_position=position.grad,
)
path = Path(__file__).with_suffix(".safetensors")
save_file({name: value.detach().float().contiguous() for name, value in tensors.items()}, path)
