#!/usr/bin/env python3
"""iris.py: records PyTorch on data/iris.csv, with early stopping, in iris.json.  See README.md."""

import math
import pathlib

import torch

from record import Training, numbers, params_of, write


def read_iris():
    path = pathlib.Path(__file__).parent.parent.parent / "data" / "iris.csv"
    rows = [line.split(",") for line in path.read_text().split()[1:]]
    species = sorted({row[-1] for row in rows})
    return {"x": [[float(v) for v in row[:-1]] for row in rows],
            "y": [float(species.index(row[-1])) for row in rows], "classes": len(species)}


def train_patiently(training, patience):
    """Trains until val_loss has not improved for that many epochs."""
    epochs, best = [], math.inf
    while len(epochs) == 0 or len(epochs) - 1 - best_epoch < patience:
        epochs.append(training.epoch())
        if epochs[-1][1] < best:
            best, best_epoch = epochs[-1][1], len(epochs) - 1
            params = numbers(params_of(training.model))
    return epochs, best_epoch, params


def record_iris():
    options = {"seed": 7, "batch_size": 16, "shuffle": 1, "drop_last": 0, "validation": 0.2,
               "patience": 10}
    case = {"loss": "cross_entropy", "optimizer": "adam", "options": options}
    training = Training(case, read_iris(), torch.float32)
    case["start"] = numbers(training.start)
    epochs, best_epoch, params = train_patiently(training, options["patience"])
    write("iris.json", cases=[case | {
        "loss32": [e[0] for e in epochs], "val_loss32": [e[1] for e in epochs],
        "best_epoch": best_epoch, "best32": params}])


if __name__ == "__main__":
    record_iris()
