"""Directions of shape and expression: principal components of a population of bodies and of faces.

A unit along a direction is one standard deviation. Signs are fixed (see below), so a rebuild gives the same numbers.
All shape directions are symmetric. Faces are not, but their distribution is: components are therefore sought among
symmetric and antisymmetric displacements apart, and each expression direction is exactly one or the other.

Face units are active independently, a quarter of the time, with a strength uniform in 0..1; then the covariance of
faces is known without sampling: Σ = variance · Σ_units unit·unitᵀ. Zero expression is the neutral face.
"""

import numpy as np

# Jaw opening and gaze belong to joints, the tongue is not in the mesh; mouthClose is jawOpen's counterpart.
NOT_EXPRESSIONS = ("jawOpen", "mouthClose", "tongueOut", "eyeLook")
ACTIVATION_VARIANCE = 0.25 / 3 - 0.125**2


def principal_directions(samples, count):
    """Mean and leading components of samples [n, V, 3]: (mean [V, 3], directions [V, 3, count], variances [n])."""
    n = len(samples)
    mean = samples.mean(0)
    offsets = (samples - mean).reshape(n, -1)
    variances, scores = np.linalg.eigh(offsets @ offsets.T)
    leading = np.argsort(variances)[::-1]
    unit_scores = scores[:, leading[:count]] * np.sqrt(n)
    directions = (offsets.T @ unit_scores / n).reshape(*mean.shape, count)
    return mean, directions, variances[leading] / n


def shape_directions(bodies, count):
    """Bodies [n, V, 3] → mean, directions with + the taller side, variances."""
    mean, directions, variances = principal_directions(bodies, count)
    taller = np.ptp(mean[:, 1, None] + directions[:, 1], axis=0) - np.ptp(mean[:, 1, None] - directions[:, 1], axis=0)
    return mean, directions * np.where(taller < 0, -1, 1), variances


def expression_directions(units, reflect, count):
    """Face units {name: [V, 3]} → (directions [V, 3, count], all variances); `reflect` mirrors moves [.., V, 3].

    + is the side that moves the face up and forwards in sum, or, for a direction that does neither, to the left.
    """
    kept = np.stack([unit for name, unit in units.items() if not name.startswith(NOT_EXPRESSIONS)])
    found = []
    for sign in (1, -1):
        part = ((kept + sign * reflect(kept)) / 2).reshape(len(kept), -1) * np.sqrt(ACTIVATION_VARIANCE)
        variances, mixes = np.linalg.eigh(part @ part.T)
        found += [(variances[k], mixes[:, k] @ part) for k in range(len(kept)) if variances[k] > 1e-12]
    found.sort(key=lambda pair: -pair[0])
    directions = np.stack([direction.reshape(kept.shape[1:]) for _, direction in found[:count]], 2)
    lean = directions[:, 1:].sum((0, 1))
    lean = np.where(np.abs(lean) > 1e-6, lean, directions[:, 0].sum(0))
    return directions * np.where(lean < 0, -1, 1), np.array([variance for variance, _ in found])
