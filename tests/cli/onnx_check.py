"""Runs exported models in onnxruntime and compares them with gpufit's own predictions.

onnx_check.py DATA.csv NAME...		NAME.onnx, NAME.json (show --json), NAME.csv (predict)

The sums of the two differ in order, so each z lies within gamma sum |w a| of the exact one, gamma = n u / (1 - n u) for
n = inputs + 1 and u = 2^-24.  An error of the inputs goes through |w|, and through an activation whose slope is at most 1.13
(gelu).  onnxruntime's own functions are taken to be within 2^-20, which is what its tanh and exp reach.  Centers and scales
have nine digits in the JSON, which moves a standardized feature by their rounding.
"""
import csv
import json
import math
import sys

import numpy as np
import onnxruntime

try:
    import onnx
except ImportError:  # its checker is left out
    onnx = None

FUNCTION, SLOPE = 2.0**-20, 1.13


def gamma(n):
    return n * 2.0**-24 / (1 - n * 2.0**-24)


def sigmoid(z):
    return np.where(z >= 0, 1.0, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z)))


def activations(shown):
    erf = np.vectorize(math.erf)
    slope = shown.get("negative_slope", 0.01)
    return {
        "relu": lambda z: np.maximum(z, 0),
        "leaky_relu": lambda z: np.where(z > 0, z, slope * z),
        "tanh": np.tanh,
        "sigmoid": sigmoid,
        "silu": lambda z: z * sigmoid(z),
        "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
        "gelu_tanh": lambda z: z * sigmoid(2 * np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)),
    }[shown.get("activation", "relu")]


def layers(shown):
    if "parameters" not in shown:
        return [(np.array(shown["weight"]), np.array(shown["bias"]))]
    found = list(shown["parameters"].values())
    return [(np.array(w), np.array(b)) for w, b in zip(found[::2], found[1::2])]


def bounded(shown, x):
    """The outputs z in double, and how far a sum of floats in any order may be from them."""
    act, all_layers = activations(shown), layers(shown)
    a, error = x.astype(np.float64), np.zeros(x.shape)
    if "center" in shown:
        center, scale = np.array(shown["center"]), np.array(shown["scale"])
        error = 5e-9 * (np.abs(a) + 2 * np.abs(center)) / scale
        a = (a - center) / scale
        error += 2.0**-24 * np.abs(a)
        all_layers[0] = (np.array(shown["standardized_weight"]), np.array(shown["standardized_bias"]))
    for i, (w, b) in enumerate(all_layers):
        size = (np.abs(a) + error) @ np.abs(w).T + np.abs(b)
        z, error = a @ w.T + b, error @ np.abs(w).T + gamma(w.shape[1] + 1) * size
        if i + 1 < len(all_layers):
            a, error = act(z), SLOPE * error + FUNCTION * np.maximum(np.abs(z), 1)
    return z, error


def within(found, wanted, bound):
    off = np.abs(found - wanted) - bound
    assert not np.isnan(off).any() and (off <= 0).all(), f"off by {np.abs(found - wanted).max()}, bound {bound.min()}"


def check_numbers(shown, found, own, z, error):
    if shown["loss"] in ("poisson", "gamma", "tweedie"):
        mean, slope = np.exp(z), np.exp(z + error)
    elif shown["loss"] == "bce":
        mean, slope = sigmoid(z), 0.25
    else:
        mean, slope = z, 1.0
    bound = slope * error + FUNCTION * np.abs(mean)
    within(found, mean, bound)
    within(own, mean, bound)


def check_classes(shown, found, labels, own_labels, z, error):
    """Labels may differ only where the two largest outputs, or z and 0, are nearer than the bound."""
    if z.shape[1] == 1:
        unsure = np.abs(z[:, 0]) <= error[:, 0]
        p = np.concatenate([sigmoid(-z), sigmoid(z)], axis=1)
        bound = 0.25 * error + FUNCTION
    else:
        order = np.sort(z, axis=1)
        unsure = order[:, -1] - order[:, -2] <= 2 * error.max(axis=1)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        bound = 0.5 * error.max(axis=1, keepdims=True) + FUNCTION
    assert ((labels == own_labels) | unsure).all(), "labels differ"
    if "hinge" in shown["loss"]:
        within(found, z, error)
    else:
        within(found, p, bound)


def features(shown, path):
    rows = list(csv.DictReader(open(path)))
    return np.array([[row[name] for name in shown["feature_names"]] for row in rows], dtype=np.float32)


def check(name, data):
    shown = json.load(open(f"{name}.json"))
    if onnx:
        onnx.checker.check_model(onnx.load(f"{name}.onnx"), full_check=True)
    x = features(shown, data)
    results = onnxruntime.InferenceSession(f"{name}.onnx").run(None, {"x": x})
    own = np.array(list(csv.reader(open(f"{name}.csv")))[1:])
    z, error = bounded(shown, x)
    if "classes" in shown:
        check_classes(shown, results[1], results[0], own[:, 0], z, error)
    else:
        check_numbers(shown, results[0], own.astype(np.float64), z, error)


def main():
    for name in sys.argv[2:]:
        check(name, sys.argv[1])
        print(name)


main()
