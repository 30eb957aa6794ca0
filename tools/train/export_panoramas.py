"""Builds data/panoramas/*.jpg: all-round pictures of real places, backgrounds of synthetic people.

    npm pack @pmndrs/assets@1.7.0
    python3 -m venv /tmp/panorama-venv && /tmp/panorama-venv/bin/pip install numpy==2.4.6 OpenEXR==3.5.3 pillow==13.0.0
    /tmp/panorama-venv/bin/python tools/train/export_panoramas.py pmndrs-assets-1.7.0.tgz

The package is CC0-1.0 and packs panoramas of Poly Haven (CC0) as OpenEXR, 512 × 256, high dynamic range, base64 in
JavaScript modules. They are only read as data. Exposure sets the median grey to 0.22; the curve x/(1 + x) brings what is
bright into range.
"""

import argparse
import base64
import re
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import OpenEXR
from PIL import Image

OUT = Path(__file__).resolve().parents[2] / "data/panoramas"
MIDDLE, WHITE = 0.22, 1.2


def read_exr(raw):
    """Linear RGB [height, width, 3]."""
    with tempfile.NamedTemporaryFile(suffix=".exr") as file:
        file.write(raw)
        file.flush()
        channels = OpenEXR.File(file.name).channels()
        return channels["RGB" if "RGB" in channels else "RGBA"].pixels[..., :3].astype(np.float32)


def tone_map(linear):
    """sRGB bytes."""
    linear = np.clip(np.nan_to_num(linear, nan=1e4, posinf=1e4), 0, 1e4)
    brightest = linear.max(-1)
    sun = brightest > 1000  # where single channels overflow; the square around it is white
    for axis in (0, 1):
        sun = np.any([np.roll(sun, shift, axis) for shift in range(-4, 5)], axis=0)
    linear = np.where(sun[..., None], np.maximum(brightest[..., None], 100), linear)
    exposed = linear * MIDDLE / np.median(linear.mean(-1))
    mapped = np.clip(exposed / (1 + exposed) * WHITE, 0, 1)
    encoded = np.where(mapped <= 0.0031308, 12.92 * mapped, 1.055 * mapped ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description="Builds data/panoramas/*.jpg")
    parser.add_argument("package", help="pmndrs-assets-1.7.0.tgz")
    options = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    with tarfile.open(options.package) as archive:
        for member in archive.getmembers():
            found = re.fullmatch(r"package/hdri/(\w+)\.exr\.js", member.name)
            if not found:
                continue
            text = archive.extractfile(member).read().decode()
            raw = base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", text).group(1))
            path = OUT / f"{found.group(1)}.jpg"
            Image.fromarray(tone_map(read_exr(raw))).save(path, quality=84)
            print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
