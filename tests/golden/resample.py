"""Fixture for lib/image/resample.ts: squares of an image by Pillow's antialiased bilinear filter.

Command:  python tests/golden/resample.py      Versions: tests/golden/requirements.txt (pillow 13.0.0, numpy 2.4.6)
Written:  tests/golden/resample.safetensors
Compared: squares inside the image, at fractional places, enlarged, kept, reduced up to fourfold, and reduced ninefold after
an average over 4 x 4 pixels (Pillow's reduce), with what remains. Not compared: squares past the edge, which Pillow has
not; tests/image/resample_test.ts holds them to their definition.
"""
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

rng = np.random.default_rng(7)
image = rng.random((72, 90, 2), dtype=np.float32)
# name: x, y, size of the square, pixels a side of the result, factor of the average before
squares = {
    "enlarged": (10.25, 20.75, 12.5, 40, 1),
    "kept": (3, 5, 32, 32, 1),
    "reduced": (4.5, 1.25, 61.5, 16, 1),
    "corner": (0, 0, 72, 20, 1),
    "pooled": (0, 0, 72, 8, 4),
}
fixture = {"image": image}
for name, (x, y, side, size, factor) in squares.items():
    bands = []
    for channel in range(image.shape[2]):
        band = Image.fromarray(np.ascontiguousarray(image[..., channel]), "F").reduce(factor)
        box = tuple(value / factor for value in (x, y, x + side, y + side))
        bands.append(np.asarray(band.resize((size, size), Image.Resampling.BILINEAR, box=box)))
    fixture[name] = np.stack(bands, -1)
    fixture[f"{name}_square"] = np.float32([x, y, side, size])
save_file(fixture, Path(__file__).with_suffix(".safetensors"))
