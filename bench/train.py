"""One training step of the localizer in PyTorch, for `deno task bench train`: the same sizes and layers as ours.

Tail (inverted residual blocks, their filters frozen) -> link (projection, SiLU, places, attention blocks, norm) -> W_pose of the points -> heat maps of all pictures -> soft-argmax
2D and 3D, uncertainty -> beta-NLL and cross-entropy -> backward -> AdamW with clipping. float32, `threads` threads; least
time of several steps after two that are not counted.
Settings come as one JSON record in argv[1]; the result is printed as one JSON record.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

settings = json.loads(sys.argv[1])
B, P, side, C, L, heads, blocks, depth, hidden = (
    settings[k] for k in ("batch", "points", "side", "channels", "link", "heads", "blocks", "depth", "hidden")
)
reads, finer, stages = settings["tail"]["reads"], settings["tail"].get("finer", 1), [(s["channels"], s["blocks"], s["stride"]) for s in settings["tail"]["stages"]]
torch.set_num_threads(settings["threads"])
torch.manual_seed(7)
cells, J = side * side, 2 + depth


class Residual(nn.Module):
    def __init__(self, source, target, stride):
        super().__init__()
        wide = 6 * source
        self.expand, self.project = nn.Conv2d(source, wide, 1), nn.Conv2d(wide, target, 1)
        self.filter = nn.Conv2d(wide, wide, 3, stride, groups=wide).requires_grad_(False)
        self.padding, self.adds = (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1), stride == 1 and source == target

    def forward(self, x):
        y = self.project(F.relu6(self.filter(F.pad(F.relu6(self.expand(x)), self.padding))))
        return x + y if self.adds else y


class Tail(nn.Module):
    def __init__(self):
        super().__init__()
        source, self.stages = reads // finer**2, nn.ModuleList()
        for channels, count, stride in stages:
            widths = [source] + [channels] * count
            self.stages.append(nn.Sequential(*(Residual(widths[i], channels, stride if i == 0 else 1) for i in range(count))))
            source = channels

    def forward(self, features):
        maps = features.transpose(1, 2).view(B, C, side, side)
        read = maps[:, :reads].view(B, finer**2, reads // finer**2, side, side)  # n² cells in each; pixel_shuffle has them within a channel
        x, ends = F.pixel_shuffle(read.transpose(1, 2).reshape(B, reads, side, side), finer), []
        for stage in self.stages:
            x = stage(x)
            n = x.shape[2] // side
            ends.append(F.avg_pool2d(x, n) if n > 1 else F.interpolate(x, (side, side), mode="bilinear", align_corners=False))
        return torch.cat([*ends, maps[:, reads:]], 1).flatten(2).transpose(1, 2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(L), nn.LayerNorm(L)
        self.qkv, self.out = nn.Linear(L, 3 * L), nn.Linear(L, L)
        self.mlp = nn.Sequential(nn.Linear(L, 2 * L), nn.SiLU(), nn.Linear(2 * L, L))

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).view(B, cells, 3, heads, L // heads).permute(2, 0, 3, 1, 4)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, cells, L))
        return x + self.mlp(self.norm2(x))


class Localizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.tail, width = Tail(), C - reads + sum(channels for channels, _, _ in stages)
        self.projection, self.norm = nn.Linear(width, L), nn.LayerNorm(L)
        self.place = nn.Parameter(torch.randn(cells, L) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(blocks)])
        self.frequencies = nn.Parameter(torch.randn(3, 64) * 12)
        widths = [128, *hidden]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
        self.readout = nn.Linear(hidden[-1], (L + 1) * J)

    def forward(self, features, points):
        x = F.silu(self.projection(self.tail(features))) + self.place
        for block in self.blocks:
            x = block(x)
        x = torch.cat([self.norm(x), torch.ones(B, cells, 1)], 2)
        phase = points @ self.frequencies
        phi = torch.cat([phase.sin(), phase.cos()], 1) / 128**0.5
        for layer in self.layers:
            phi = F.gelu(layer(phi))
        weights = self.readout(phi).view(P, L + 1, J).transpose(1, 2).reshape(P * J, L + 1)
        logits = (weights @ x.transpose(1, 2)).view(B, P, J, cells)
        plane = logits[:, :, 1].softmax(-1)
        volume = logits[:, :, 2:].flatten(2).softmax(-1).view(B, P, depth, cells)
        u = F.softplus((plane * logits[:, :, 0]).sum(-1) - 2.5) + 0.001
        return logits[:, :, 1], plane @ grid, torch.cat([volume.sum(2) @ grid, (volume.sum(3) @ bins)[..., None]], -1), u


axis = (torch.arange(side) + 0.5) / side * 2.2 - 1.1
grid = torch.stack([axis.repeat(side), axis.repeat_interleave(side)], 1)
bins = torch.linspace(-1.1, 1.1, depth)
features, points = torch.randn(B, cells, C), torch.randn(P, 3) * 0.5
true2d, true3d, share = torch.randn(B, P, 2) * 0.4, torch.randn(B, P, 3) * 0.4, torch.full((B, P, cells), 1 / cells)
net = Localizer()
learned = [parameter for parameter in net.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(learned, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.02)


def nll(error, u):
    return u.detach() * (error / u + u.log())


def step():
    start = time.perf_counter()
    plane, position2d, position3d, u = net(features, points)
    e3 = (position3d - position3d[:, :1] - true3d).norm(dim=-1)
    e2 = (position2d - true2d).norm(dim=-1)
    cross = -(share * plane.log_softmax(-1)).sum(-1)
    loss = nll(e3, u).mean() + 0.7 * nll(e2, u).mean() + 0.1 * cross.mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    return (time.perf_counter() - start) * 1e3


for _ in range(2):
    step()
print(json.dumps({"torch": torch.__version__, "ms": min(step() for _ in range(settings["repeats"]))}))
