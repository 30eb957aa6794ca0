"""Fixture for lib/encoder/dinov2.ts: the same weights in Hugging Face's Dinov2Model, on the astronaut's photo.

Command:  python tests/golden/dinov2.py        Versions: tests/golden/requirements.txt (torch 2.13.0, transformers 5.23.0,
Written:  tests/golden/dinov2.safetensors                                              pillow 13.0.0)
Compared: the embeddings (they hold the interpolated positions), blocks 6, 9, 10 and the last layer norm at two input
sizes, each at 16 cells spread over the grid with all channels; computed in float32 from the half-precision weights. The
photo is reduced by Pillow's antialiased bilinear filter, so the resampling is compared as well.
Not compared: the other cells, to keep the file small (a wrong one would change these through attention).
"""
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file
from transformers import Dinov2Config, Dinov2Model

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = (6, 9, 10)
SIZES = {224: slice(1, None, 4), 392: slice(3, None, 7)}  # input size → rows and columns of the grid that are kept


def model() -> Dinov2Model:
    source = ROOT / "weights" / "dinov2_s.safetensors"
    with safe_open(source, "np") as file, tempfile.TemporaryDirectory() as folder:
        tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
        tensors["embeddings.mask_token"] = np.zeros((1, 384), np.float32)  # used in training only
        config = json.loads(file.metadata()["config"])
        config.pop("model_type")
        save_file(tensors, Path(folder) / "model.safetensors", metadata={"format": "pt"})
        Dinov2Config(**config).save_pretrained(folder)
        loaded, report = Dinov2Model.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    return loaded.eval()


def resized(size: int) -> np.ndarray:
    pixels = np.asarray(Image.open(ROOT / "data" / "astronaut.png").convert("RGB"), np.float32) / 255
    bands = [Image.fromarray(pixels[..., c], "F").resize((size, size), Image.Resampling.BILINEAR) for c in range(3)]
    return np.stack([np.asarray(band) for band in bands])  # [3, size, size]


network = model()
mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
fixture = {}
for size, kept in SIZES.items():
    pixels = (resized(size) - mean[:, None, None]) / deviation[:, None, None]
    with torch.no_grad():
        output = network(pixel_values=torch.from_numpy(pixels)[None], output_hidden_states=True)
    cells = size // 14
    names = {0: "embeddings"} | {block: f"block{block}" for block in BLOCKS}
    for index, name in names.items():
        grid = output.hidden_states[index][0, 1:].reshape(cells, cells, -1)
        fixture[f"{name}_{size}"] = grid[kept, kept].contiguous().numpy()
    fixture[f"layernorm_{size}"] = output.last_hidden_state[0, :1].numpy()  # the class token
    assert fixture[f"embeddings_{size}"].shape[:2] == (4, 4)
save_file(fixture, Path(__file__).with_suffix(".safetensors"))
for name, value in fixture.items():
    print(name, value.shape, f"mean |x| {np.abs(value).mean():.3f}, largest {np.abs(value).max():.3f}")
