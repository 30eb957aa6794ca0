"""Fixture for lib/splat: gradients of rendering by PyTorch's autograd, float64, every Gaussian at every pixel.

Command:  python tests/golden/splat_backward.py    Versions: tests/golden/requirements.txt (torch 2.13.0)
Written:  tests/golden/splat_backward.safetensors
Compared: colour, coverage and depth of a scene, and the gradients of sum(image*image_gradient + depth*depth_gradient) by
means, rotations, scales, opacity, colours and intrinsics (fx, fy, cx, cy). The scene has Gaussians behind the camera, beside the picture outside the
clamped frame, far larger than the picture, thinner than a pixel, nearly transparent, cut at alpha 0.999, and a stack that
ends pixels early.
Not compared: gradients of the camera's place. Which pixels a Gaussian reaches and where a pixel ends are held fixed, as in every
rasteriser; no alpha, light or slope lies within 1e-5 of a threshold (asserted below), where rounding could decide.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(11)
WIDTH, HEIGHT, N = 50, 40, 120
ALPHA_MIN, ALPHA_MAX, LIGHT_MIN, NEAR, PIXEL_VARIANCE, REACH = 1 / 255, 0.999, 1e-4, 0.01, 0.3, 9


def normal(*shape):
    return torch.randn(*shape, generator=generator)


means = normal(N, 3) * torch.tensor([0.5, 0.35, 0.5])
rotations = normal(N, 4)
scales = torch.exp(normal(N, 3) * 0.6 - 2.6)
opacity = torch.rand(N, generator=generator) * 0.85 + 0.08
colors = torch.rand(N, 3, generator=generator)
means[0] = torch.tensor([0.0, 0.0, -6.0])  # behind the camera
means[1], scales[1] = torch.tensor([2.3, 0.2, 0.0]), 0.6  # its slope outside the clamped frame, its ellipse inside
means[2], scales[2], opacity[2] = torch.tensor([0.0, 0.0, 1.5]), torch.tensor([5.0, 5.0, 0.1]), 0.2  # covers the picture
scales[3] = torch.tensor([1e-4, 0.3, 1e-4])  # thinner than a pixel
opacity[4] = 0.003  # below 1/255
means[5:13] = torch.tensor([-0.3, 0.1, -0.6]) + torch.arange(8)[:, None] * torch.tensor([0.0, 0.0, 0.01])
scales[5:13], opacity[5:13] = 0.12, 0.93  # a stack behind which nothing shines through
means[13], scales[13], opacity[13] = torch.tensor([0.5, -0.3, -0.8]), 0.4, 1.0  # alpha cut at its middle
camera = torch.tensor([[0.98, -0.06, 0.19, 0.1], [0.04, 0.99, 0.11, -0.05], [0.0, 0.0, 0.0, 2.5]])
camera[2, :3] = torch.linalg.cross(camera[0, :3], camera[1, :3])
K = torch.tensor([[52.0, 0, 26.0], [0, 47.0, 18.5], [0, 0, 1]])
background = torch.tensor([0.2, 0.5, 0.9])
image_gradient, depth_gradient = normal(HEIGHT, WIDTH, 4), normal(HEIGHT, WIDTH) * 0.3
fixed = dict(camera=camera, K=K, background=background, image_gradient=image_gradient, depth_gradient=depth_gradient)
leaves = dict(means=means, rotations=rotations, scales=scales, opacity=opacity, colors=colors)
fixed = {name: value.float() for name, value in fixed.items()}  # what the other side reads
leaves = {name: value.float() for name, value in leaves.items()}
globals().update({name: value.double() for name, value in fixed.items()})
variables = {name: value.double().requires_grad_() for name, value in leaves.items()}
globals().update(variables)
K.requires_grad_()

W, t = camera[:, :3], camera[:, 3]
c = means @ W.T + t
q = rotations / rotations.norm(dim=1, keepdim=True)
w, u = q[:, :1, None], q[:, 1:]
cross = torch.linalg.cross(u[:, None, :].expand(-1, 3, 3), torch.eye(3).expand(N, 3, 3)).transpose(1, 2)
R = (w**2 - (u * u).sum(1)[:, None, None]) * torch.eye(3) + 2 * u[:, :, None] * u[:, None, :] + 2 * w * cross
slope = c[:, :2] / c[:, 2:]
focal, middle, size = K.diagonal()[:2], K[:2, 2], torch.tensor([WIDTH, HEIGHT])
low, high = -middle / focal - 0.15 * size / focal, (size - middle) / focal + 0.15 * size / focal
bent = torch.minimum(torch.maximum(slope, low), high)
zero = torch.zeros(N)
J = torch.stack([
    torch.stack([focal[0] / c[:, 2], zero, -focal[0] * bent[:, 0] / c[:, 2]], 1),
    torch.stack([zero, focal[1] / c[:, 2], -focal[1] * bent[:, 1] / c[:, 2]], 1),
], 1)
sigma = R @ torch.diag_embed(scales**2) @ R.transpose(1, 2)
flat = J @ W @ sigma @ W.T @ J.transpose(1, 2) + PIXEL_VARIANCE * torch.eye(2)
center = slope * focal + middle

order = torch.argsort(c[:, 2])
order = order[(c[order, 2] >= NEAR) & (opacity[order] >= ALPHA_MIN)]
ys, xs = torch.meshgrid(torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5, indexing="ij")
d = torch.stack([xs, ys], -1)[None] - center[order, None, None]
exponent = torch.einsum("nhwi,nij,nhwj->nhw", d, torch.linalg.inv(flat[order]), d)
raw = opacity[order, None, None] * torch.exp(-0.5 * exponent)
drawn = (exponent <= REACH) & (raw >= ALPHA_MIN)
alpha = torch.where(drawn, raw.clamp(max=ALPHA_MAX), 0)
with torch.no_grad():  # which Gaussian ends a pixel, and that one and all behind it are not painted
    rest = torch.cumprod(1 - alpha, 0)
    ended = rest < LIGHT_MIN
    first = ended & (ended.cumsum(0) == 1)
    gaps = [(raw / ALPHA_MIN - 1).abs()[exponent <= REACH], (exponent / REACH - 1).abs()[raw >= ALPHA_MIN]]
    gaps += [(raw / ALPHA_MAX - 1).abs(), (rest / LIGHT_MIN - 1).abs()[drawn & ~(ended & ~first)]]
    gaps += [(slope - low).abs()[order], (slope - high).abs()[order]]
    closest = min(gap.min().item() for gap in gaps)
    assert closest > 1e-5, closest
alpha = torch.where(ended, 0, alpha)
after = torch.cumprod(1 - alpha, 0)
light = torch.cat([torch.ones(1, HEIGHT, WIDTH), after[:-1]])
weight = light * alpha
T = after[-1]
coverage = 1 - T
color = torch.einsum("nhw,nc->hwc", weight, colors[order]) + T[..., None] * background
total = torch.einsum("nhw,n->hw", weight, c[order, 2])
depth = torch.where(coverage > 0, total / torch.where(coverage > 0, coverage, 1), 0)
image = torch.cat([color, coverage[..., None]], -1)
((image * image_gradient).sum() + (depth * depth_gradient).sum()).backward()

assert (drawn[order == 1] & ~ended[order == 1]).any() and (slope[1, 0] > high[0])  # beyond the frame and seen
print(f"{ended.any(0).sum()} pixels ended early, {(raw > ALPHA_MAX).sum()} cut; nearest to a threshold: {closest:.1e}")
outputs = dict(image=image.detach(), depth=depth.detach()) | {f"{name}_gradient": x.grad for name, x in variables.items()}
outputs["intrinsics_gradient"] = torch.stack([K.grad[0, 0], K.grad[1, 1], K.grad[0, 2], K.grad[1, 2]])
outputs = {name: value.float().contiguous() for name, value in outputs.items()}
save_file(fixed | leaves | outputs, Path(__file__).with_suffix(".safetensors"))
