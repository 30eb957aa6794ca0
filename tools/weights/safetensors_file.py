"""A safetensors file of half-precision arrays with the same bytes on every run.

The format's own library keeps metadata in a hash map, whose order changes from run to run; here it stays as given.
"""

import json
from pathlib import Path

import numpy as np


def write(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Writes the arrays in the order of their names."""
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name, array in sorted(tensors.items()):
        assert array.dtype == np.float16, (name, array.dtype)
        parts.append(np.ascontiguousarray(array).tobytes())
        header[name] = {"dtype": "F16", "shape": list(array.shape), "data_offsets": [offset, offset + len(parts[-1])]}
        offset += len(parts[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))
    print(f"{path.name}: {len(parts)} tensors, {offset // 2} numbers")
