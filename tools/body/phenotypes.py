"""Bodies from phenotypes: MakeHuman's macro targets, their coefficients, and an adult population.

A phenotype is a handful of sliders in 0..1 (gender, age, muscle, …). Each slider spreads its weight over named
anchors (age: baby, child, young, old); a target such as `female-young-maxmuscle-minweight` is added with the product
of the weights of the names in it:

    body(phenotype) = base + Σ_targets (Π_names weight(name)) · target

Measures (arm and leg lengths, girths) come on top, as sliders in −1..1 with one target for each sense.

MakeHuman's height slider reaches from 1.2 m to 2.4 m, so a person's stature is drawn first and the slider is solved
for it (stature is linear in the slider).
"""

import itertools

import numpy as np

ANCHORS = {
    "gender": ["male", "female"],
    "age": [None, "baby", "child", "young", "old"],  # the newborn has no targets of its own
    "muscle": ["minmuscle", "averagemuscle", "maxmuscle"],
    "weight": ["minweight", "averageweight", "maxweight"],
    "height": ["minheight", "maxheight"],
    "proportions": ["idealproportions", "uncommonproportions"],
    "cupsize": ["mincup", "averagecup", "maxcup"],
    "firmness": ["minfirmness", "averagefirmness", "maxfirmness"],
}
ANCHOR_PLACES = {name: np.linspace(-1 / 3 if name == "age" else 0, 1, len(names)) for name, names in ANCHORS.items()}
ANCESTRIES = ["african", "asian", "caucasian"]
ADULT_AGES = ["young", "old"]  # age ≥ 2/3
BODY = slice(0, 13380)  # the skin's vertices
MEASURES = [
    "arms/measure-upperarm-length",
    "arms/measure-lowerarm-length",
    "arms/measure-upperarm-circ",
    "legs/measure-upperleg-height",
    "legs/measure-lowerleg-height",
    "legs/measure-thigh-circ",
    "legs/measure-calf-circ",
    "neck/measure-neck-circ",
    "neck/measure-neck-height",
    "torso/measure-shoulder-dist",
    "torso/measure-bust-circ",
    "torso/measure-waist-circ",
    "torso/measure-hips-circ",
    "torso/measure-napetowaist-dist",
    "torso/measure-waisttohip-dist",
]
STATURE = {"male": (1.75, 0.075), "female": (1.62, 0.07)}  # mean and deviation of adults, metres, rounded
AVERAGE_ADULT = dict(gender=0.5, age=0.8, muscle=0.5, weight=0.5, height=0.5, proportions=0.5)


class Phenotypes:
    """The macro and measure targets of adults."""

    def __init__(self, makehuman):
        self._makehuman = makehuman
        self.labels, targets = [], []
        for names in target_names():
            path = "mpfb2/targets/" + target_file(names)
            if makehuman.has(path):
                self.labels.append(names)
                targets.append(makehuman.symmetrise(makehuman.target(path)).astype(np.float32))
        self.targets = np.stack(targets)  # [targets, vertices, 3]

    def coefficients(self, people):
        """The weight of every target for people given as {slider: [n]}; absent sliders are at one half. [n, targets]"""
        count = len(next(iter(people.values())))
        weights = {}
        for slider, names in ANCHORS.items():
            value = np.asarray(people.get(slider, np.full(count, 0.5)), float)
            spread = hat_weights(value, ANCHOR_PLACES[slider])
            weights.update({name: spread[:, i] for i, name in enumerate(names)})
        shares = np.stack([np.asarray(people.get(name, np.full(count, 0.5)), float) for name in ANCESTRIES], 1)
        for measure in MEASURES:
            value = np.asarray(people.get(measure, np.zeros(count)), float)
            weights |= {f"{measure}-incr": np.clip(value, 0, 1), f"{measure}-decr": np.clip(-value, 0, 1)}
        weights.update({name: (shares / shares.sum(1, keepdims=True))[:, i] for i, name in enumerate(ANCESTRIES)})
        return np.stack([np.prod([weights[name] for name in names], 0) for names in self.labels], 1)

    def bodies(self, people):
        """Vertices of all people, helper geometry included. [n, vertices, 3]"""
        coefficients = self.coefficients(people).astype(np.float32)
        flat = coefficients @ self.targets.reshape(len(self.labels), -1)
        return self._makehuman.vertices + flat.reshape(len(coefficients), -1, 3).astype(np.float64)

    def average_adult(self):
        return self.bodies({slider: np.array([value]) for slider, value in AVERAGE_ADULT.items()})[0]

    def population(self, count, rng):
        """Adults of both sexes, all builds and ancestries, with statures as people have them."""
        clipped = lambda: np.clip(rng.normal(0.5, 0.2, count), 0, 1)
        people = dict(
            gender=rng.beta(0.5, 0.5, count),
            age=rng.uniform(2 / 3, 1, count),
            muscle=clipped(),
            weight=clipped(),
            proportions=rng.uniform(0, 1, count),
            cupsize=clipped(),
            firmness=rng.uniform(0, 1, count),
        )
        people.update(zip(ANCESTRIES, rng.dirichlet([0.5] * len(ANCESTRIES), count).T))
        people |= {measure: np.clip(rng.normal(0, 0.25, count), -1, 1) for measure in MEASURES}
        mean, deviation = (
            (1 - people["gender"]) * male + people["gender"] * female
            for male, female in zip(STATURE["male"], STATURE["female"])
        )
        wanted = mean + deviation * np.clip(rng.normal(0, 1, count), -3, 3)
        low, high = (self._statures({**people, "height": np.full(count, slider)}) for slider in (0.0, 1.0))
        people["height"] = np.clip((wanted - low) / (high - low), 0, 1)
        return people

    def _statures(self, people):
        count = len(people["gender"])
        chunks = [{k: v[i : i + 50] for k, v in people.items()} for i in range(0, count, 50)]
        return np.concatenate([np.ptp(self.bodies(chunk)[:, BODY, 1], axis=1) for chunk in chunks])


def hat_weights(values, places):
    """Linear interpolation weights of values between sorted places. [n, places]"""
    values = np.clip(values, places[0], places[-1])
    below = np.clip(np.searchsorted(places, values, side="right") - 1, 0, len(places) - 2)
    share = (values - places[below]) / (places[below + 1] - places[below])
    weights = np.zeros((len(values), len(places)))
    rows = np.arange(len(values))
    weights[rows, below] = 1 - share
    weights[rows, below + 1] += share
    return weights


def target_names():
    """The names on which each target of adults depends."""
    yield from ((f"{measure}-{sense}",) for measure in MEASURES for sense in ("incr", "decr"))
    for sex, age in itertools.product(ANCHORS["gender"], ADULT_AGES):
        for ancestry in ANCESTRIES:
            yield (ancestry, sex, age)
        for muscle, weight in itertools.product(ANCHORS["muscle"], ANCHORS["weight"]):
            build = (sex, age, muscle, weight)
            yield build
            yield from (build + (height,) for height in ANCHORS["height"])
            yield from (build + (proportions,) for proportions in ANCHORS["proportions"])
            if sex == "female":
                yield from (build + bust for bust in itertools.product(ANCHORS["cupsize"], ANCHORS["firmness"]))


def target_file(names):
    stem = "-".join(names) + ".target.gz"
    if len(names) == 1:
        return stem
    if names[0] in ANCESTRIES:
        return "macrodetails/" + stem
    if len(names) == 4:
        return "macrodetails/universal-" + stem
    if len(names) == 6:
        return "breast/" + stem
    return ("macrodetails/height/" if names[-1] in ANCHORS["height"] else "macrodetails/proportions/") + stem
