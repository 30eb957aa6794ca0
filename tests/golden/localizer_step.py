"""One training step of a tiny localizer in float64: link with both kinds of mixing, field, head, losses, all gradients.

    python tests/golden/localizer_step.py

Independent of the library: written from the equations with torch 2.13.0 operations (autograd, scaled dot product
attention, conv2d). Also losses, Procrustes and Spearman by torch and scipy. Not compared: Adam (see optimizer tests,
which compare with torch.optim.AdamW through the arrays `adam.*`), and the choice of points.
"""

from pathlib import Path

import numpy as np
import scipy.spatial
import scipy.stats
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
B, H, W, C, L, HEADS, M, K, D, P = 2, 3, 4, 6, 8, 2, 3, 5, 3, 4
BOX, OFFSET, SCALE = 2.2, -2.5, 3.0
J = 2 + D
store = {}


def parameter(name, *shape, scale=0.5, shift=0.0):
    value = (torch.randn(*shape) * scale + shift).requires_grad_(True)
    store[f"theta.{name}"] = value
    return value


features = torch.randn(B, H * W, C) * 2 + 1
mean, deviation = torch.randn(C), torch.rand(C) + 0.5
points = torch.randn(P, 3) * 0.5

# link
x = F.silu(((features - mean) / deviation) @ parameter("link.projection.weight", C, L) + parameter("link.projection.bias", L))
x = x + parameter("link.place", H * W, L)


def norm(x, gain, bias):
    return F.layer_norm(x, (L,), gain, bias, eps=1e-6)


name = "link.mixing.0."
z = norm(x, parameter(name + "norm1Gain", L, shift=1), parameter(name + "norm1Bias", L))
q, k, v = (
    (z @ parameter(f"{name}{part}Weight", L, L) + parameter(f"{name}{part}Bias", L)).view(B, H * W, HEADS, -1).transpose(1, 2)
    for part in ("query", "key", "value")
)
seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, H * W, L)
x = x + seen @ parameter(name + "outWeight", L, L) + parameter(name + "outBias", L)
z = norm(x, parameter(name + "norm2Gain", L, shift=1), parameter(name + "norm2Bias", L))
hidden = F.silu(z @ parameter(name + "hiddenWeight", L, 2 * L) + parameter(name + "hiddenBias", 2 * L))
x = x + hidden @ parameter(name + "mlpWeight", 2 * L, L) + parameter(name + "mlpBias", L)

name = "link.mixing.1."
z = norm(x, parameter(name + "normGain", L, shift=1), parameter(name + "normBias", L))
kernel = parameter(name + "weight", 9 * L, L, scale=0.2)
mixed = F.conv2d(z.transpose(1, 2).reshape(B, L, H, W), kernel.view(3, 3, L, L).permute(3, 2, 0, 1), padding=1)
x = x + F.silu(mixed.flatten(2).transpose(1, 2) + parameter(name + "bias", L))
linked = norm(x, parameter("link.norm.gain", L, shift=1), parameter("link.norm.bias", L))

# field
phase = points @ parameter("field.frequencies", 3, M, scale=3)
phi = torch.cat([phase.sin(), phase.cos()], 1) / (2 * M) ** 0.5
phi = F.gelu(phi @ parameter("field.layers.0.weight", 2 * M, K, scale=1) + parameter("field.layers.0.bias", K))
weights = SCALE * torch.cat([phi, torch.ones(P, 1)], 1) @ parameter("field.readout", K + 1, (L + 1) * J, scale=0.15)
weights = weights.view(P, L + 1, J)

# head
logits = torch.einsum("bnl,plj->bpjn", torch.cat([linked, torch.ones(B, H * W, 1)], 2), weights)
gx = ((torch.arange(W) + 0.5) / W - 0.5).repeat(H) * BOX
gy = ((torch.arange(H) + 0.5) / H - 0.5).repeat_interleave(W) * BOX
gz = (torch.arange(D) / (D - 1) - 0.5) * BOX
plane = logits[:, :, 1].softmax(-1)
position2d = torch.stack([plane @ gx, plane @ gy], -1)
volume = logits[:, :, 2:].flatten(2).softmax(-1).view(B, P, D, H * W)
position3d = torch.stack([volume.sum(2) @ gx, volume.sum(2) @ gy, volume.sum(3) @ gz], -1)
u = F.softplus((plane * logits[:, :, 0]).sum(-1) + OFFSET) + 0.001

# losses
true2d, true3d = (torch.rand(B, P, 2) - 0.5) * BOX, torch.randn(B, P, 3) * 0.4
true3d[:, 0] = 0
inside = torch.tensor([[1, 1, 0, 1], [1, 0, 1, 1]], dtype=torch.float64)
cells = torch.rand(B, P, H * W)
cells = cells / cells.sum(-1, keepdim=True) * inside[..., None]
at = ((true3d[..., 2] / BOX + 0.5) * (D - 1)).clamp(0, D - 1)  # the two nearest depth bins share
bins = (1 - (at[..., None] - torch.arange(D)).abs()).clamp(min=0)
BETA, W2D, WCE, WZ = 0.5, 0.7, 0.1, 0.3


def nll(e, u, beta=BETA):
    return u.detach() ** beta * (e / u + u.log())


e3 = ((position3d - position3d[:, :1] - true3d) ** 2).sum(-1).add(1e-8).sqrt()
e2 = ((position2d - true2d) ** 2).sum(-1).add(1e-8).sqrt()
ce = -(cells * logits[:, :, 1].log_softmax(-1)).sum(-1)
cez = -(bins * volume.sum(3).log()).sum(-1)
loss = (nll(e3, u) + WZ * cez)[:, 1:].mean() + ((W2D * nll(e2, u) + WCE * ce) * inside).sum() / inside.sum()
loss.backward()

store |= {f"gradient.{name[6:]}": value.grad for name, value in store.items()}
store |= dict(features=features, mean=mean, deviation=deviation, points=points, linked=linked, position2d=position2d)
store |= dict(position3d=position3d, uncertainty=u, true2d=true2d, true3d=true3d, inside=inside, cells=cells, bins=bins, loss=loss)

# AdamW: three steps on two parameters, with clipping
theta = [torch.randn(3, 2).requires_grad_(True), torch.randn(2).requires_grad_(True)]
store |= {"adam.matrix": theta[0].detach().clone(), "adam.vector": theta[1].detach().clone()}
optimizer = torch.optim.AdamW(
    [dict(params=[theta[0]], weight_decay=0.02), dict(params=[theta[1]], weight_decay=0.0)], lr=0.01, betas=(0.9, 0.98)
)
for step in range(3):
    for name, value in zip(("matrix", "vector"), theta):
        value.grad = torch.randn_like(value) * 2
        store[f"adam.{name}.gradient{step}"] = value.grad.clone()
    torch.nn.utils.clip_grad_norm_(theta, 1.0)
    optimizer.step()
store |= {"adam.matrix.after": theta[0].detach(), "adam.vector.after": theta[1].detach()}

# Procrustes with scale (scipy orthogonal_procrustes, reflections refused) and Spearman
a, b = torch.randn(22, 3), torch.randn(22, 3)
b = a @ torch.linalg.qr(torch.randn(3, 3))[0] * 1.7 + 0.3 * b + torch.randn(3)
a0, b0 = (a - a.mean(0)).numpy(), (b - b.mean(0)).numpy()
rotation, _ = scipy.spatial.transform.Rotation.align_vectors(b0, a0)
turned = rotation.apply(a0)
scale = (turned * b0).sum() / (turned**2).sum()
rank1, rank2 = torch.randint(0, 12, (40,)).double(), torch.randn(40)
store |= {
    "procrustes.points": a,
    "procrustes.targets": b,
    "procrustes.error": torch.tensor(np.linalg.norm(scale * turned - b0, axis=1).mean()),
    "spearman.a": rank1,
    "spearman.b": rank1 * 0.1 + rank2,
}
store["spearman.rho"] = torch.tensor(scipy.stats.spearmanr(store["spearman.a"], store["spearman.b"]).statistic)

path = Path(__file__).with_suffix(".safetensors")
save_file({name: np.ascontiguousarray(value.detach().numpy().astype(np.float32)) for name, value in store.items()}, path)
