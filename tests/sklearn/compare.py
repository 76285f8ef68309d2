#!/usr/bin/env python3
"""compare.py: compares gpufit with scikit-learn's SGD on scikit-learn's data sets, and writes README.md.

    compare.py [PROGRAM]        PROGRAM: gpufit at the root of the tree when not given

Each data set goes through the command line as a user's would: CSV files with words for classes,
`train`, `evaluate --json`, `predict`.  What evaluate says is also computed from what predict
says, by sklearn.metrics; a difference ends the script.
"""

import csv
import json
import pathlib
import platform
import subprocess
import sys
import tempfile

import numpy as np
import sklearn
from sklearn import datasets, metrics
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
SPLITS = range(5)
TEST_SHARE = 0.25

# The last four are scikit-learn's defaults: alpha, max_iter, n_iter_no_change and tol.
SAME = "--standardize --shuffle --l2 1e-4 --epochs 1000 --patience 5 --min-delta 1e-3"

IRIS = "iris", datasets.load_iris()
WINE = "wine", datasets.load_wine()
CANCER = "breast cancer", datasets.load_breast_cancer()
DIABETES = "diabetes", datasets.load_diabetes(scaled=False)
ADAM = "--optimizer adam --lr 0.01"

# Name and data, gpufit's options beside SAME, scikit-learn's estimator and its words.
CASES = [
    (*IRIS, f"--loss cross_entropy {ADAM} --batch-size 16", SGDClassifier, {"loss": "log_loss"}),
    (*WINE, f"--loss cross_entropy {ADAM} --batch-size 16", SGDClassifier, {"loss": "log_loss"}),
    (*CANCER, f"--loss bce {ADAM} --batch-size 32", SGDClassifier, {"loss": "log_loss"}),
    (*CANCER, "--loss hinge --momentum 0.9 --batch-size 32", SGDClassifier, {"loss": "hinge"}),
    (*DIABETES, "--loss mse --batch-size 32", SGDRegressor, {"loss": "squared_error"}),
    (*DIABETES, "--loss huber --delta 50 --batch-size 32", SGDRegressor,
     {"loss": "huber", "epsilon": 50}),
]


# ---- gpufit, by its command line ----


def write_csv(path, names, rows, targets):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*names, "target"])
        out.writerows([*map(float, row), target] for row, target in zip(rows, targets))


def gpufit(program, folder, *arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"gpufit {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def predictions(program, folder):
    lines = gpufit(program, folder, "predict", "-m", "model.safetensors", "test.csv").splitlines()
    assert lines[0] == "prediction", lines[0]
    return lines[1:]


def expect(name, found, wanted):
    """Predictions are floats written in nine digits, so sums over them differ by rounding only."""
    if not abs(found - wanted) <= 1e-6 * max(1, abs(wanted)):
        sys.exit(f"evaluate says {name} {found}, scikit-learn {wanted}")


def check_classes(said, truth, predicted):
    expect("accuracy", said["accuracy"], metrics.accuracy_score(truth, predicted))
    if "f1" in said:
        second = sorted(set(truth))[1]
        for name, metric in (("precision", metrics.precision_score),
                             ("recall", metrics.recall_score), ("f1", metrics.f1_score)):
            expect(name, said[name], metric(truth, predicted, pos_label=second))


def check_numbers(said, truth, predicted):
    for name, metric in (("mse", metrics.mean_squared_error),
                         ("mae", metrics.mean_absolute_error),
                         ("r2", metrics.r2_score)):
        expect(name, said[name], metric(truth, predicted))


def ours(program, options, seed, train, test, names, classes):
    with tempfile.TemporaryDirectory() as folder:
        write_csv(f"{folder}/train.csv", names, *train)
        write_csv(f"{folder}/test.csv", names, *test)
        gpufit(program, folder, "train", *options.split(), "--seed", str(seed), "-q", "-o",
               "model.safetensors", "train.csv")
        said = json.loads(gpufit(program, folder, "evaluate", "--json", "-m", "model.safetensors",
                                 "test.csv"))
        predicted = predictions(program, folder)
    if classes:
        check_classes(said, list(test[1]), predicted)
        return said["accuracy"]
    check_numbers(said, test[1], np.array(predicted, float))
    return said["r2"]


# ---- scikit-learn ----


def theirs(estimator, words, seed, train, test):
    model = make_pipeline(StandardScaler(), estimator(random_state=seed, **words))
    return model.fit(*train).score(*test)


# ---- the table ----


def score(program, seed, data, options, estimator, words):
    """Ours and theirs of one split."""
    classes = estimator is SGDClassifier
    targets = data.target_names[data.target].astype(str) if classes else data.target
    x, x_test, y, y_test = train_test_split(data.data, targets, random_state=seed,
                                            test_size=TEST_SHARE,
                                            stratify=targets if classes else None)
    train, test = (x, y), (x_test, y_test)
    return (ours(program, f"{options} {SAME}", seed, train, test, data.feature_names, classes),
            theirs(estimator, words, seed, train, test))


def compare(program, name, data, options, estimator, words):
    scores = [score(program, seed, data, options, estimator, words) for seed in SPLITS]
    means, spreads = np.mean(scores, 0), np.std(scores, 0)
    call = ", ".join(f"{word}={value!r}" for word, value in words.items())
    metric = "accuracy" if estimator is SGDClassifier else "r2"
    cells = [name, *data.data.shape, f"`{options}`", f"`{estimator.__name__}({call})`", metric,
             *(f"{mean:.3f} ({spread:.3f})" for mean, spread in zip(means, spreads))]
    return table_row(cells)


def table_row(cells):
    return f"| {' | '.join(map(str, cells))} |"


def readme(version, rows):
    table = "\n".join(rows)
    return f"""# Beside scikit-learn

Made by `compare.py`: do not edit. scikit-learn's data sets are only references to compare with.

{table}

Accuracy and r2 are those of the rows that did not train: the mean, and in brackets the standard
deviation, over {len(SPLITS)} splits ({TEST_SHARE:.0%} of the rows to test, classes in equal shares, \
seeds 0 to {SPLITS[-1]}).
Both train and test on the same rows. Each line of gpufit is

    gpufit train OPTIONS SAME --seed S -o model.safetensors train.csv
    gpufit evaluate --json -m model.safetensors test.csv

with the options of the table and, in all lines, SAME:

    {SAME}

of which the last four are scikit-learn's defaults: `alpha`, `max_iter`, `n_iter_no_change` and
`tol`. The estimators stand behind a `StandardScaler`, with `random_state=S` and otherwise their
defaults; of three classes they make three of one against the rest, gpufit one softmax. Nothing
was tuned on the rows to test.

The script also computes accuracy, precision, recall, f1, mse, mae and r2 from the rows of
`gpufit predict` with `sklearn.metrics`, and ends where `gpufit evaluate` says otherwise.

Versions: {version}, scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python \
{platform.python_version()}.

    python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install scikit-learn=={sklearn.__version__}
    /tmp/sklearn/bin/python tests/sklearn/compare.py
"""


def main():
    root = HERE.parents[1]
    program = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "gpufit").resolve())
    rows = [table_row(["data set", "rows", "features", "gpufit", "scikit-learn", "metric",
                       "gpufit's", "scikit-learn's"]), table_row(["---"] * 8)]
    for case in CASES:
        rows.append(compare(program, *case))
        print(rows[-1], file=sys.stderr)
    version = gpufit(program, ".", "--version").strip()
    (HERE / "README.md").write_text(readme(version, rows), encoding="utf-8")


main()
