"""Fixture for lib/splat: rendering, written from the equations in PyTorch, float64, every Gaussian at every pixel.

Command:  python tests/golden/splat.py             Versions: tests/golden/requirements.txt (torch 2.13.0)
Written:  tests/golden/splat.safetensors
Compared: colour, coverage and depth of a scene with Gaussians in front of and behind each other, behind the camera,
beside the picture, far larger than it, thinner than a pixel, nearly transparent, and a stack that ends pixels early;
harmonics of degree 2 in turned frames; a turned and shifted camera with fx != fy. Gradients of a random linear loss on
colour, coverage and depth, by automatic differentiation, to all inputs. No Gaussian's alpha or light lies within 1e-6 of a threshold (asserted below), where rounding
could decide.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(7)
WIDTH, HEIGHT, N = 56, 40, 90
ALPHA_MIN, ALPHA_MAX, LIGHT_MIN, NEAR, PIXEL_VARIANCE, SIGMAS = 1 / 255, 0.999, 1e-4, 0.01, 0.3, 3


def normal(*shape):
    return torch.randn(*shape, generator=generator)


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def matrix(q):
    """Rotation matrices [n, 3, 3] of unit quaternions wxyz [n, 4]: R v = q v q*, column by column."""
    w, u = q[:, :1, None], q[:, 1:]
    cross = torch.linalg.cross(u[:, None, :].expand(-1, 3, 3), torch.eye(3).expand(len(q), 3, 3)).transpose(1, 2)
    return (w**2 - (u * u).sum(1)[:, None, None]) * torch.eye(3) + 2 * u[:, :, None] * u[:, None, :] + 2 * w * cross


def harmonics(d):
    """Real harmonics up to degree 2, [n, 9]; x, y, z of the unit direction."""
    x, y, z = d.unbind(1)
    pi = torch.pi
    one = (1 / (4 * pi)) ** 0.5 * torch.ones_like(x)
    a, b, c = (3 / (4 * pi)) ** 0.5, 0.5 * (15 / pi) ** 0.5, 0.25 * (5 / pi) ** 0.5
    return torch.stack([one, -a * y, a * z, -a * x, b * x * y, -b * y * z, c * (3 * z * z - 1), -b * x * z, b / 2 * (x * x - y * y)], 1)


means = normal(N, 3) * torch.tensor([0.5, 0.35, 0.6])
rotations, frames = unit(normal(N, 4)), unit(normal(N, 4))
scales = torch.exp(normal(N, 3) * 0.6 - 2.6)
opacity = torch.rand(N, generator=generator) * 0.9 + 0.08
sh = normal(N, 9, 3) * 0.3
means[0] = torch.tensor([0.0, 0.0, -6.0])  # behind the camera
means[1] = torch.tensor([9.0, 0.0, 0.0])  # beside the picture
means[2], scales[2], opacity[2] = torch.tensor([0.0, 0.0, 1.5]), torch.tensor([5.0, 5.0, 0.1]), 0.2  # larger than the picture
scales[3] = torch.tensor([1e-4, 0.3, 1e-4])  # thinner than a pixel
opacity[4] = 0.003  # below 1/255
means[5:13] = torch.tensor([-0.3, 0.1, -0.6]) + torch.arange(8)[:, None] * torch.tensor([0.0, 0.0, 0.01])
scales[5:13], opacity[5:13] = 0.12, 0.93  # a stack behind which nothing shines through
rotations = rotations * 1.7  # of any length

camera = torch.eye(4)
camera[:3, :3] = matrix(unit(torch.tensor([[1.0, 0.15, -0.2, 0.05]])))[0]
camera[:3, 3] = torch.tensor([0.1, -0.05, 2.5])
K = torch.tensor([[52.0, 0, 29.0], [0, 47.0, 18.5], [0, 0, 1]])
background = torch.tensor([0.2, 0.5, 0.9])
inputs = dict(means=means, rotations=rotations, scales=scales, opacity=opacity, sh=sh, frames=frames)
inputs |= dict(worldToCamera=camera, K=K, background=background)
inputs = {name: value.float() for name, value in inputs.items()}  # what the other side reads
globals().update({name: value.double() for name, value in inputs.items()})
learned = [means, rotations, scales, opacity, sh, frames]
for tensor in learned:
    tensor.requires_grad_()

W, t = camera[:3, :3], camera[:3, 3]
c = means @ W.T + t
seen = (c[:, 2] >= NEAR) & (opacity >= ALPHA_MIN)
slope = c[:, :2] / c[:, 2:]
focal, middle, size = K.diagonal()[:2], K[:2, 2], torch.tensor([WIDTH, HEIGHT])
margin = 0.15 * size / focal
bent = torch.minimum(torch.maximum(slope, -middle / focal - margin), (size - middle) / focal + margin)
J = torch.zeros(N, 2, 3)
J[:, 0, 0], J[:, 1, 1] = focal[0] / c[:, 2], focal[1] / c[:, 2]
J[:, :, 2] = -focal * bent / c[:, 2:]
R = matrix(unit(rotations))
sigma = R @ torch.diag_embed(scales**2) @ R.transpose(1, 2)
flat = J @ W @ sigma @ W.T @ J.transpose(1, 2) + PIXEL_VARIANCE * torch.eye(2)
center = slope * focal + middle
eye = -W.T @ t
direction = unit(means - eye)
inner = (matrix(unit(frames)).transpose(1, 2) @ direction[:, :, None])[:, :, 0]
color = (0.5 + (sh * harmonics(inner)[:, :, None]).sum(1)).clamp(min=0)

ys, xs = torch.meshgrid(torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5, indexing="ij")
pixels = torch.stack([xs, ys], -1)
light = torch.ones(HEIGHT, WIDTH)
open_ = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
image, depth = torch.zeros(HEIGHT, WIDTH, 3), torch.zeros(HEIGHT, WIDTH)
closest = 1.0
for i in torch.argsort(c[:, 2]).tolist():
    if not seen[i]:
        continue
    d = pixels - center[i]
    exponent = (d @ torch.linalg.inv(flat[i]) * d).sum(-1)
    raw = opacity[i] * torch.exp(-0.5 * exponent)
    alpha = torch.where((exponent <= SIGMAS**2) & (raw >= ALPHA_MIN), raw.clamp(max=ALPHA_MAX), 0)
    rest = light * (1 - alpha)
    hit = open_ & (alpha > 0)
    closest = min(closest, (raw - ALPHA_MIN).abs().min().item(), (exponent / 9 - 1).abs().min().item())
    closest = min(closest, (rest / LIGHT_MIN - 1).abs()[hit].min().item() if hit.any() else 1)
    open_ &= ~(hit & (rest < LIGHT_MIN))
    weight = torch.where(hit & open_, light * alpha, 0)
    image = image + weight[..., None] * color[i]
    depth = depth + weight * c[i, 2]
    light = torch.where(hit & open_, rest, light)
assert closest > 1e-6, closest
coverage = 1 - light
outputs = dict(
    color=color,
    image=torch.cat([image + light[..., None] * background, coverage[..., None]], -1),
    depth=torch.where(coverage > 0, depth / torch.where(coverage > 0, coverage, 1), 0),
)
by = dict(image=normal(HEIGHT, WIDTH, 4), depth=normal(HEIGHT, WIDTH))
by = {name: value.float().double() for name, value in by.items()}
loss = sum((value * outputs[name]).sum() for name, value in by.items())
names = ["means", "rotations", "scales", "opacity", "sh", "frames"]
gradients = torch.autograd.grad(loss, learned, retain_graph=True)
(by_color,) = torch.autograd.grad(loss, [color], retain_graph=True)
(turned,) = torch.autograd.grad((color * by_color).sum(), [means])  # what moving a Gaussian does through its colour
outputs |= {f"by.{name}": value for name, value in by.items()}
outputs |= {f"gradient.{name}": value for name, value in zip(names, gradients)}
outputs |= {"gradient.color": by_color, "gradient.means.color": turned}
print(f"{(~open_).sum()} pixels ended early; nearest to a threshold: {closest:.1e}")
path = Path(__file__).with_suffix(".safetensors")
save_file({name: value.detach() for name, value in inputs.items()} | {name: value.detach().float().contiguous() for name, value in outputs.items()}, path)
