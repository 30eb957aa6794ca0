"""smplfitter on the CPU, for `deno task bench fit`: the same points, weights and options as ours.

Reads the body and the points that bench/fit.ts wrote. Times three alternations and the limbs' adjustment in batches, and fits
every set of points of the quality table. The body has no pose corrections: smplfitter is spared its product with zeros.
Settings come as one JSON record in argv[1]; fitted vertices are written to `out`, times printed as one JSON record.
"""
import json
import sys
import tempfile
import time

import numpy as np
import smplfitter
import smplfitter.pt
import torch
from safetensors.torch import load_file, save_file

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.set_grad_enabled(False)
body = dict(np.load(settings["body"]))
V = len(body["v_template"])
product = torch.einsum
torch.einsum = lambda rule, *of: (
    of[1].new_zeros(len(of[1]), 1, 1) if of[0].shape == (V, 3, 54 * 9) else product(rule, *of)  # pose corrections
)
with tempfile.TemporaryDirectory() as folder:
    np.savez(f"{folder}/SMPLX_NEUTRAL.npz", **(body | {"posedirs": np.zeros((V, 3, 54 * 9), np.float32)}))
    np.save(f"{folder}/kid_template.npy", np.zeros((V, 3)))
    model = smplfitter.pt.BodyModel("smplx", "neutral", model_root=folder)
fitter = smplfitter.pt.BodyFitter(model)
sets = load_file(settings["points"])


def fit(points, joints, weights, joint_weights):
    return fitter.fit(points, joints, weights, joint_weights, num_iter=3, beta_regularizer=1)


def fit_set(name):
    return fit(*(sets[f"{name}.{key}"] for key in ("points", "joints", "weights", "jointWeights")))


out = {}
for name in settings["sets"]:
    found = fit_set(name)
    posed = model(pose_rotvecs=found["pose_rotvecs"], shape_betas=found["shape_betas"], trans=found["trans"])
    out[name] = posed["vertices"].contiguous()
save_file(out, settings["out"])

times = {}
for batch in settings["batches"]:
    first = [sets[f"{settings['timed']}.{key}"] for key in ("points", "joints", "weights", "jointWeights")]
    many = [torch.cat([value] * (batch // len(value) + 1))[:batch].contiguous() for value in first]
    best = float("inf")
    for i in range(settings["repeats"] + 1):
        start = time.perf_counter()
        fit(*many)
        if i > 0:
            best = min(best, time.perf_counter() - start)
    times[str(batch)] = best * 1e3 / batch
print(json.dumps({"torch": torch.__version__, "smplfitter": smplfitter.__version__, "ms": times}))
