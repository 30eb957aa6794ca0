"""Reading the arrays of a TensorFlow.js graph model: a JSON manifest beside one file of raw numbers."""

import json
from pathlib import Path

import numpy as np


def read_arrays(manifest: Path) -> dict[str, np.ndarray]:
    """All constants by node name, in the precision they are stored in."""
    groups = json.loads(manifest.read_text())["weightsManifest"]
    content = b"".join((manifest.parent / path).read_bytes() for group in groups for path in group["paths"])
    arrays, offset = {}, 0
    for spec in (spec for group in groups for spec in group["weights"]):
        stored = spec.get("quantization", {}).get("dtype", spec["dtype"])
        count = int(np.prod(spec["shape"], dtype=np.int64))
        arrays[spec["name"]] = np.frombuffer(content, np.dtype(stored), count, offset).reshape(spec["shape"])
        offset += arrays[spec["name"]].nbytes
    if offset != len(content):
        raise SystemExit(f"{manifest.name}: the manifest names {offset} bytes, the file has {len(content)}")
    return arrays
