"""A link's tail, two stages of inverted residual blocks, forwards and its gradients, in float64.

    python tests/golden/tail.py

Independent of the library: written from the equations of MobileNetV2 with torch 2.13.0 operations (conv2d, grouped conv2d, relu6,
interpolate, autograd). Padding is TensorFlow's `same`. Not compared: which parameters are learned.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
B, H, W, C, READS = 2, 4, 6, 5, 3
STAGES = [(4, 2, 1), (5, 2, 2)]  # channels, blocks, stride
store = {}


def parameter(name, *shape, scale=1.0):
    value = (torch.randn(*shape) * scale).requires_grad_(True)
    store[f"theta.{name}"] = value
    return value


cells = torch.randn(B, H, W, C) * 2
x, number, ends, width = cells[..., :READS].permute(0, 3, 1, 2), 0, [], READS
for channels, blocks, first_stride in STAGES:
    for i in range(blocks):
        stride, wide = first_stride if i == 0 else 1, 6 * width
        p = {
            "expandWeight": parameter(f"{number}.expandWeight", width, wide),
            "expandBias": parameter(f"{number}.expandBias", wide, scale=2),
            "filterWeight": parameter(f"{number}.filterWeight", 3, 3, wide, 1, scale=0.6),
            "filterBias": parameter(f"{number}.filterBias", wide),
            "projectWeight": parameter(f"{number}.projectWeight", wide, channels, scale=0.3),
            "projectBias": parameter(f"{number}.projectBias", channels),
        }
        y = F.relu6(F.conv2d(x, p["expandWeight"].T[:, :, None, None], p["expandBias"]))
        y = F.pad(y, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
        y = F.relu6(F.conv2d(y, p["filterWeight"].permute(2, 3, 0, 1), p["filterBias"], stride, groups=wide))
        y = F.conv2d(y, p["projectWeight"].T[:, :, None, None], p["projectBias"])
        x = x + y if stride == 1 and width == channels else y
        width, number = channels, number + 1
    ends.append(F.interpolate(x, (H, W), mode="bilinear", align_corners=False))
tailed = torch.cat([*ends, cells[..., READS:].permute(0, 3, 1, 2)], 1).permute(0, 2, 3, 1).reshape(B * H * W, -1)
weights = torch.randn_like(tailed)
(tailed * weights).sum().backward()

arrays = {"cells": cells.reshape(B * H * W, C), "tailed": tailed, "weights": weights, **store}
arrays |= {name.replace("theta.", "gradient."): value.grad for name, value in store.items()}
save_file({name: value.detach().numpy().astype("float32") for name, value in arrays.items()}, Path(__file__).with_suffix(".safetensors"))
