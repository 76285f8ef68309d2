"""command_line.py: the program beside the package, for the tests that compare them."""

import os
import subprocess

import numpy as np

DATA = os.path.join(os.path.dirname(__file__), "..", "..", "data")
IRIS = os.path.join(DATA, "iris.csv")


def gpufit(*arguments):
    """Runs the program; returns what it prints."""
    done = subprocess.run([os.environ["GPUFIT"], *arguments], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def iris():
    """Four numbers of each flower, and its species."""
    numbers = np.genfromtxt(IRIS, delimiter=",", skip_header=1, usecols=range(4))
    words = np.genfromtxt(IRIS, delimiter=",", skip_header=1, usecols=4, dtype=str)
    return numbers, words


def write_csv(path, X, y):
    with open(path, "w", encoding="utf-8") as file:
        print(*(f"x{i + 1}" for i in range(X.shape[1])), "y", sep=",", file=file)
        for row, target in zip(X.tolist(), y.tolist()):
            print(*map(repr, row), target, sep=",", file=file)
