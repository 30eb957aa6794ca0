"""Fixture for lib/body/fit/: bodies that smplfitter fits to points of the small body, with the same options.

Command:  python tests/golden/fit.py      Versions: tests/golden/requirements.txt (smplfitter 0.6.0, torch 2.13.0)
Written:  tests/golden/fit.safetensors
Compared: three random bodies. `clean`: the points as they are, weights one. `noisy`: 1 cm of noise and random weights with
mean one on points and joints. Both with three alternations, λ = 1 but for the first two shape directions (0) and the
limbs turned once more at the end; `plain.*` is one alternation without that. Vertices are those of the fitted parameters.
Not compared: shared shapes, whose expression smplfitter shares too; scales; the child template.
"""
import tempfile
from pathlib import Path

import numpy as np
import smplfitter.pt as smplfitter
import torch
from safetensors.numpy import save_file

HERE = Path(__file__).parent
CASES = 3
torch.manual_seed(17)
torch.set_grad_enabled(False)
body = dict(np.load(HERE.parents[1] / "data" / "body_small.npz"))
V = len(body["v_template"])
with tempfile.TemporaryDirectory() as folder:
    np.savez(f"{folder}/SMPLX_NEUTRAL.npz", **(body | {"posedirs": np.zeros((V, 3, 54 * 9), np.float32)}))
    np.save(f"{folder}/kid_template.npy", np.zeros((V, 3)))  # zeros stand for "no child template"
    model = smplfitter.BodyModel("smplx", "neutral", model_root=folder)
fitter = smplfitter.BodyFitter(model)

pose = torch.randn(CASES, 55, 3) * 0.25
pose[:, 0] = torch.randn(CASES, 3)
truth = model(pose_rotvecs=pose.flatten(1), shape_betas=torch.randn(CASES, 20), trans=torch.randn(CASES, 3))
out = {}
for kind in ("clean", "noisy"):
    noise = 0.01 if kind == "noisy" else 0
    points = truth["vertices"] + noise * torch.randn(CASES, V, 3)
    joints = truth["joints"] + noise * torch.randn(CASES, 55, 3)
    uncertainty = 0.02 + 0.05 * torch.rand(CASES, V + 55) if kind == "noisy" else torch.ones(CASES, V + 55)
    weights = uncertainty**-1.5 / (uncertainty[:, :V] ** -1.5).mean(1, keepdim=True)
    for prefix, options in {"": dict(num_iter=3), "plain.": dict(num_iter=1, final_adjust_rots=False)}.items():
        fit = fitter.fit(points, joints, weights[:, :V], 25 * weights[:, V:], beta_regularizer=1, **options)
        posed = model(pose_rotvecs=fit["pose_rotvecs"], shape_betas=fit["shape_betas"], trans=fit["trans"])
        out[f"{prefix}{kind}.vertices"] = posed["vertices"]
        out[f"{prefix}{kind}.transl"] = fit["trans"]
    out |= {f"{kind}.points": points, f"{kind}.joints": joints, f"{kind}.uncertainty": uncertainty}
save_file({key: value.numpy().astype(np.float32) for key, value in out.items()}, HERE / "fit.safetensors")
