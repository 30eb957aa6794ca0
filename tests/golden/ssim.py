"""SSIM of small pictures in float64, by scipy's filters; its gradient by PyTorch's autograd.

    python tests/golden/ssim.py          (numpy, scipy 1.17.1, torch 2.13.0, safetensors; see requirements.txt)

Written from the equations of Wang et al. (2004): Gaussian window of deviation 1.5, 11 pixels a side, population variances, places
where the window fits. The gradient is that of the mean over places and channels with respect to the first picture.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy.ndimage import correlate1d

H, W, C = 19, 23, 3
C1, C2 = 0.01**2, 0.03**2
random = np.random.default_rng(5)
a = random.random((H, W, C)).astype(np.float32).astype(np.float64)
b = np.clip(a * 0.7 + 0.2 * random.random((H, W, C)), 0, 1).astype(np.float32).astype(np.float64)
window = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
window /= window.sum()


def blur(picture):
    return correlate1d(correlate1d(picture, window, axis=0), window, axis=1)[5:-5, 5:-5]


mx, my = blur(a), blur(b)
vx, vy, vxy = blur(a * a) - mx * mx, blur(b * b) - my * my, blur(a * b) - mx * my
ssim = (2 * mx * my + C1) * (2 * vxy + C2) / ((mx**2 + my**2 + C1) * (vx + vy + C2))

kernel = torch.tensor(np.outer(window, window))[None, None]


def blur_torch(picture):
    return torch.nn.functional.conv2d(picture.permute(2, 0, 1)[:, None], kernel)


x, y = torch.tensor(a, requires_grad=True), torch.tensor(b)
tx, ty = blur_torch(x), blur_torch(y)
sx, sy, sxy = blur_torch(x * x) - tx**2, blur_torch(y * y) - ty**2, blur_torch(x * y) - tx * ty
mean = ((2 * tx * ty + C1) * (2 * sxy + C2) / ((tx**2 + ty**2 + C1) * (sx + sy + C2))).mean()
mean.backward()
assert abs(mean.item() - ssim.mean()) < 1e-12

arrays = {"a": a, "b": b, "map": ssim, "mean": np.array([ssim.mean()]), "gradient": x.grad.numpy()}
path = Path(__file__).with_suffix(".safetensors")
save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, path)
