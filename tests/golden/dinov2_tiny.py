"""Fixture for lib/encoder/dinov2.ts on every backend: a random Dinov2Model with one block of two heads.

Command:  python tests/golden/dinov2_tiny.py   Versions: tests/golden/requirements.txt (torch 2.13.0, transformers 5.23.0,
Written:  tests/golden/dinov2_tiny_weights.safetensors, tests/golden/dinov2_tiny.safetensors             pillow 13.0.0)
Compared: input, embeddings (positions interpolated from 6 x 6 to 4 x 4 cells), block 1, its attention, the last layer norm;
in float32 from half-precision weights. The photo is averaged over 8 x 8 pixels and then reduced by Pillow's antialiased
bilinear filter, as lib/image/resample.ts states for a reduction by 16. Nothing is left out.
"""
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from transformers import Dinov2Config, Dinov2Model

ROOT = Path(__file__).resolve().parents[2]
SIZE = 32

torch.manual_seed(7)
config = Dinov2Config(hidden_size=128, num_hidden_layers=1, num_attention_heads=2, mlp_ratio=1, patch_size=8, image_size=48)
network = Dinov2Model._from_config(config, attn_implementation="eager").eval()
with torch.no_grad():
    for name, parameter in network.named_parameters():  # as trained ones are: none is trivial
        centre = 1.0 if "lambda" in name or ("norm" in name and name.endswith("weight")) else 0.0
        parameter.copy_((centre + 0.1 * torch.randn_like(parameter)).half().float())

published = {  # names in published files ← names in this version of transformers
    ".attention.q_proj": ".attention.attention.query",
    ".attention.k_proj": ".attention.attention.key",
    ".attention.v_proj": ".attention.attention.value",
    ".attention.o_proj": ".attention.output.dense",
}


def published_name(name: str) -> str:
    for ours, theirs in published.items():
        name = name.replace(ours, theirs)
    return name


weights = {published_name(name): value.half().numpy() for name, value in network.state_dict().items()}
assert any("attention.attention.query" in name for name in weights), sorted(weights)
save_file(weights, Path(__file__).with_name("dinov2_tiny_weights.safetensors"))

pixels = np.asarray(Image.open(ROOT / "data" / "astronaut.png").convert("RGB"), np.float32) / 255
bands = [Image.fromarray(pixels[..., c], "F").reduce(8).resize((SIZE, SIZE), Image.Resampling.BILINEAR) for c in range(3)]
pixels = np.stack([np.asarray(band) for band in bands])  # [3, size, size]
mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
pixels = (pixels - mean[:, None, None]) / deviation[:, None, None]
with torch.no_grad():
    output = network(pixel_values=torch.from_numpy(pixels)[None], output_hidden_states=True, output_attentions=True)
fixture = {
    "input": pixels.transpose(1, 2, 0),
    "embeddings": output.hidden_states[0][0].numpy(),
    "block.1": output.hidden_states[1][0].numpy(),
    "block.1.attention.probability": output.attentions[0][0].numpy(),
    "layernorm": output.last_hidden_state[0].numpy(),
}
save_file({name: np.ascontiguousarray(value) for name, value in fixture.items()}, Path(__file__).with_suffix(".safetensors"))
for name, value in fixture.items():
    print(name, value.shape, f"largest {np.abs(value).max():.3f}")
