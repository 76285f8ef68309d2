#!/usr/bin/env python3
"""networks.py: records PyTorch's trainings of networks with hidden layers.  See README.md.

Parameters are layer by layer weight (outputs, inputs) row-major, then bias (outputs).
"""

import itertools

from record import ADAM, BATCH_DATA, LONG_SEED, OPTIMIZERS, SGD, STEP_DATA, STEPS
from record import record_steps, record_training, write

ACTIVATIONS = [
    ("relu", {}), ("tanh", {}), ("sigmoid", {}), ("gelu", {}), ("gelu_tanh", {}),
    ("leaky_relu", {}), ("leaky_relu", {"negative_slope": 0.25}), ("silu", {}),
]
DEPTHS = [[5], [4, 3]]

# (word, options, data): these with each activation and depth.
LOSSES = [
    ("mse", {}, "regression"),
    ("bce", {}, "binary"),
    ("cross_entropy", {"class_weight": "balanced"}, "classes"),
    ("huber", {"delta": 1.5}, "regression"),
]

# These with three hidden layers and one activation each.
OTHER_LOSSES = [
    ("l1", {}, "regression"),
    ("smooth_l1", {"beta": 0.75}, "regression"),
    ("bce", {}, "probabilities"),
    ("bce", {}, "binary_weighted"),
    ("cross_entropy", {"label_smoothing": 0.1}, "classes"),
    ("poisson", {}, "counts"),
    ("hinge", {}, "binary"),
    ("squared_hinge", {}, "binary"),
    ("epsilon_insensitive", {"epsilon": 0.25}, "regression"),
    ("quantile", {"quantile": 0.8}, "regression"),
    ("mse", {}, "regression_weighted"),
    ("huber", {"delta": 1.5}, "regression_weighted"),
    ("gamma", {}, "amounts"),
    ("tweedie", {"power": 1.25}, "counts"),
]


def network(hidden, activation):
    return {"hidden": hidden, "activation": activation}


def relative(found, wanted, scale):
    return max(abs(a - b) / scale(b) for a, b in zip(found, wanted))


def is_stable(case):
    """True if rounding to float32 moves the run by less than a tenth of what the tests allow to
    another order of sums.  Small gradients in the denominators of rmsprop, and units that stand
    at the kink of relu, can move it by more."""
    largest = max(map(abs, case["start"] + case["final64"]))
    return (relative(case["loss32"], case["loss64"], abs) < 1e-6
            and relative(case["final32"], case["final64"], lambda _: largest) < 1e-6)


def record_stable_steps(loss, options, data, optimizer, shape):
    """Takes the first seed whose run is stable."""
    for seed in itertools.count(1):
        word, given = optimizer
        case = record_steps(loss, options | {"seed": seed}, data, word, given, shape)
        if is_stable(case):
            return case


def record_network_steps():
    """The optimisers take turns.  As their number is prime and beyond that of the activations, each
    one meets other activations, depths and losses."""
    turns, cases = itertools.cycle(OPTIMIZERS), []
    for (activation, slope), hidden in itertools.product(ACTIVATIONS, DEPTHS):
        for loss, options, data in LOSSES:
            cases.append(record_stable_steps(loss, options | slope, data, next(turns),
                                             network(hidden, activation)))
    for (loss, options, data), (activation, slope) in zip(OTHER_LOSSES,
                                                          itertools.cycle(ACTIVATIONS)):
        cases.append(record_stable_steps(loss, options | slope, data, next(turns),
                                         network([4, 3, 3], activation)))
    write("network.json", steps=STEPS, cases=cases, data=STEP_DATA)


def record_network_trainings():
    mse, bce = ("mse", "regression"), ("bce", "binary")
    classes = ("cross_entropy", "classes")
    shapes = itertools.cycle(network(h, a) for (a, _), h in itertools.product(ACTIVATIONS, DEPTHS))
    cases = []

    def record(name, loss, optimizer, **options):
        cases.append(record_training(name, *loss, optimizer, next(shapes), **options))
        assert is_stable(cases[-1])

    for seed, drop_last in itertools.product((7, LONG_SEED), (0, 1)):
        for loss, optimizer in ((mse, SGD), (classes, ADAM), (bce, ("rmsprop", {"lr": 0.02}))):
            record(f"drop_last {drop_last}, seed {seed}", loss, optimizer,
                   drop_last=drop_last, seed=seed)
    record("clipped by norm", mse, SGD, clip_norm=0.5)
    record("clipped by norm, rarely", classes, ADAM, clip_norm=0.75)
    record("clipped by norm", bce, ("adagrad", {"lr": 0.1}), clip_norm=0.1)
    record("clipped by value", mse, SGD, clip_value=0.05)
    record("weight decay", mse, ("sgd", {"lr": 0.05, "nesterov": 1, "momentum": 0.9}),
           weight_decay=0.1)
    record("weight decay, clipped by norm", classes, ("adamw", {"lr": 0.02, "amsgrad": 1}),
           weight_decay=0.2, clip_norm=0.5)
    record("class weights", classes, ADAM, class_weight="balanced")
    record("class weights, smoothed", classes, SGD, class_weight="balanced", label_smoothing=0.1)
    record("huber", ("huber", "regression"), ADAM, delta=0.75)
    record("averaged", mse, SGD, average=1)
    record("averaged", classes, ADAM, average=1)
    record("a schedule per epoch", mse, SGD, schedule="step:step_size=1,gamma=0.5")
    record("one cycle", bce, ADAM, schedule="one_cycle:max_lr=0.1")
    record("plateau", classes, SGD, lr=1.0, schedule="plateau:factor=0.1,patience=0")
    write("network_minibatch.json", cases=cases, data=BATCH_DATA)


if __name__ == "__main__":
    record_network_steps()
    record_network_trainings()
