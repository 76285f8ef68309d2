"""Records paths of penalties by scikit-learn, so that tests/cli/path.bats needs no scikit-learn.

Beside them "left" is the largest slope that scikit-learn left, as --tolerance measures it, and "weight_bound" and "bias_bound"
say how far a model of a slope of 1 can be from the minimum: with the smallest curvature mu of P parameters that are not 0 it is
at most sqrt(P) / mu from it, for standardized features.

    python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install scikit-learn==1.9.1
    /tmp/sklearn/bin/python tests/sklearn/path.py

Writes tests/sklearn/path.json: for each problem on data/iris.csv its penalties, which this script computes by the man page's
words, and at each the weights and biases. They are trained on standardized features, and recorded for the features as they are.
"""
import csv
import json
import pathlib

import numpy
import sklearn
from sklearn.linear_model import Lasso, LogisticRegression, Ridge

ROOT = pathlib.Path(__file__).resolve().parents[2]
POINTS = 6


def iris():
    with open(ROOT / "data/iris.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    numbers = numpy.array([[float(field) for field in row[:4]] for row in rows]).astype(numpy.float32).astype(float)
    names = sorted({row[4] for row in rows})
    return numbers, numpy.array([names.index(row[4]) for row in rows])


def penalties(largest, times=1):
    first, smallest = largest * times * (1 + 1e-5), 1e-4
    return [float("%.5e" % (first * smallest ** (i / (POINTS - 1)))) for i in range(POINTS)]


def softmax(z):
    p = numpy.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


class Problem:
    """Features, standardized, their targets, and how to tell a model of them as one of the features themselves."""

    def __init__(self, x, y, classes=0):
        self.center, self.scale = x.mean(axis=0), x.std(axis=0)
        self.x, self.y, self.classes = (x - self.center) / self.scale, y, classes
        self.ones = numpy.hstack([self.x, numpy.ones((len(x), 1))])

    def slopes_and_curvatures(self, w):
        """Of the mean loss along w (outputs, features + 1): (outputs, features + 1), and the Hessian of all of w."""
        z, n = self.ones @ w.T, len(self.y)
        if not self.classes:
            slopes, second = 2 * (z - self.y[:, None]), numpy.full((n, 1, 1), 2.0)
        elif self.classes == 2:
            p = 1 / (1 + numpy.exp(-z))
            slopes, second = p - self.y[:, None], (p * (1 - p))[:, :, None]
        else:
            p = softmax(z)
            slopes = p - numpy.eye(self.classes)[self.y]
            second = p[:, :, None] * (numpy.eye(self.classes) - p[:, None, :])
        size = w.size
        hessian = numpy.einsum("nkl,ni,nj->kilj", second, self.ones, self.ones).reshape(size, size) / n
        return slopes.T @ self.ones / n, hessian

    def record(self, model, penalty, l1):
        w = numpy.hstack([numpy.atleast_2d(model.coef_), numpy.atleast_1d(model.intercept_)[:, None]])
        slopes, hessian = self.slopes_and_curvatures(w)
        weights, left = w[:, :-1], slopes.copy()
        if l1:
            left[:, :-1] += penalty * numpy.sign(weights)
            zero = weights == 0
            left[:, :-1][zero] = numpy.maximum(numpy.abs(slopes[:, :-1][zero]) - penalty, 0)
            kept = numpy.hstack([weights != 0, numpy.ones((len(w), 1), bool)]).ravel()
        else:
            left[:, :-1] += penalty * weights
            kept = numpy.ones(w.size, bool)
            hessian += penalty * numpy.diag(numpy.hstack([numpy.ones_like(weights), numpy.zeros((len(w), 1))]).ravel())
        eigenvalues = numpy.linalg.eigvalsh(hessian[numpy.ix_(kept, kept)])
        # A softmax stays the same if all biases grow alike.
        bound = numpy.sqrt(kept.sum()) / eigenvalues[eigenvalues > 1e-12].min()
        raw = weights / self.scale
        return {
            "penalty": penalty,
            "weight": raw.tolist(),
            "bias": (w[:, -1] - raw @ self.center).tolist(),
            "left": numpy.abs(left).max(),
            "weight_bound": bound / self.scale.min(),
            "bias_bound": bound * (1 + numpy.abs(self.center / self.scale).sum()),
        }


def slope(x, y):
    return numpy.abs(2 * x.T @ (y - y.mean())).max() / len(y)


def lasso(problem):
    x, y = problem.x, problem.y
    return [
        problem.record(Lasso(alpha=l1 / 2, tol=1e-14, max_iter=10**6).fit(x, y), l1, True)
        for l1 in penalties(slope(x, y))
    ]


def ridge(problem):
    x, y = problem.x, problem.y
    return [
        problem.record(Ridge(alpha=l2 * len(y) / 2, solver="svd").fit(x, y), l2, False)
        for l2 in penalties(slope(x, y), times=100)
    ]


def logistic(problem, points):
    x, y = problem.x, problem.y
    slopes = [x.T @ ((y == c) - (y == c).mean()) / len(y) for c in range(problem.classes)]
    found = []
    for l1 in penalties(numpy.abs(slopes).max())[:points]:
        solver = LogisticRegression(C=1 / (len(y) * l1), l1_ratio=1, solver="saga", tol=1e-12, max_iter=10**6)
        found.append(problem.record(solver.fit(x, y), l1, True))
    return found


def main():
    numbers, species = iris()
    two = species > 0
    records = {
        "scikit-learn": sklearn.__version__,
        "lasso": lasso(Problem(numbers[:, :3], numbers[:, 3])),
        "ridge": ridge(Problem(numbers[:, :3], numbers[:, 3])),
        # The last penalties would take saga minutes, as the classes can almost be separated.
        "logistic": logistic(Problem(numbers[two], (species[two] > 1).astype(int), 2), 4),
        "softmax": logistic(Problem(numbers, species, 3), 3),
    }
    text = json.dumps(records).replace('{"penalty"', '\n{"penalty"') + "\n"
    pathlib.Path(__file__).with_name("path.json").write_text(text, encoding="utf-8")


main()
