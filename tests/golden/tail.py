"""A link's tail, stages of inverted residual blocks, forwards and its gradients, in float64; and one that begins with finer cells.

    python tests/golden/tail.py

Independent of the library: written from the equations of MobileNetV2 with torch 2.13.0 operations (conv2d, grouped conv2d, relu6,
interpolate, pixel_shuffle, avg_pool2d, autograd). Padding is TensorFlow's `same`. Not compared: which parameters are learned.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_default_dtype(torch.float64)
B, H, W, PAST = 2, 4, 6, 2


def case(reads, finer, stages):
    """Inputs, parameters, outputs and gradients of a tail; stages are (channels, blocks, stride)."""
    torch.manual_seed(5)
    theta = {}

    def parameter(name, *shape, scale=1.0):
        theta[name] = (torch.randn(*shape) * scale).requires_grad_(True)
        return theta[name]

    cells = torch.randn(B, H, W, reads + PAST) * 2
    # A cell has its finer cells side by side, [finer, finer, width]; pixel_shuffle wants [width, finer, finer].
    width = reads // finer**2
    apart = cells[..., :reads].reshape(B, H, W, finer**2, width).transpose(3, 4).reshape(B, H, W, reads)
    x, number, ends = F.pixel_shuffle(apart.permute(0, 3, 1, 2), finer), 0, []
    for channels, blocks, first_stride in stages:
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
        fine = x.shape[2] // H
        ends.append(F.avg_pool2d(x, fine) if fine > 1 else F.interpolate(x, (H, W), mode="bilinear", align_corners=False))
    tailed = torch.cat([*ends, cells[..., reads:].permute(0, 3, 1, 2)], 1).permute(0, 2, 3, 1).reshape(B * H * W, -1)
    weights = torch.randn_like(tailed)
    (tailed * weights).sum().backward()
    arrays = {"cells": cells.reshape(B * H * W, -1), "tailed": tailed, "weights": weights}
    arrays |= {f"theta.{name}": value for name, value in theta.items()}
    return arrays | {f"gradient.{name}": value.grad for name, value in theta.items()}


CASES = {"same": (3, 1, [(4, 2, 1), (5, 2, 2)]), "finer": (12, 2, [(4, 2, 1), (5, 1, 2), (6, 1, 2)])}
store = {f"{name}.{key}": value for name, told in CASES.items() for key, value in case(*told).items()}
store = {name: value.detach().contiguous().numpy().astype("float32") for name, value in store.items()}
save_file(store, Path(__file__).with_suffix(".safetensors"))
