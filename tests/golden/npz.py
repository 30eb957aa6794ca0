"""Fixture for lib/format/{npy,npz}.ts: arrays of every kind that numpy writes, among them some that must be passed over.

Command:  python tests/golden/npz.py           Versions: tests/golden/requirements.txt (numpy)
Written:  tests/golden/npz.npz
Compared: every numeric array holds 0, 1, … in its own shape, so the test needs no second copy of the values.
"""
from pathlib import Path

import numpy as np

count = np.arange(24).reshape(2, 3, 4)
np.savez_compressed(
    Path(__file__).parent / "npz.npz",
    **{kind: count.astype(kind) for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")},
    **{f"big_{kind}": count.astype(f">{kind}") for kind in ("f2", "f4", "f8", "i4", "u2")},
    fortran=np.asfortranarray(count.astype("f4")),
    fortran_text=np.asfortranarray(np.array([["a", "bb"], ["ccc", "Ω"]])),
    flags=np.array([True, False]),
    empty=np.zeros((3, 0), "f4"),
    scalar=np.float32(7),
    text=np.array("female"),
    bytes=np.array([b"neutral", b"male"]),
    objects=np.array({"joint": 1}, dtype=object),
    records=np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]),
    complex=np.zeros(2, "c8"),
)
