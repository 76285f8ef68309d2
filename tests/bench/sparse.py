"""Trains logistic regression on sparse rows beside LIBLINEAR and scikit-learn, and prints a table.

    python3 tests/bench/sparse.py [FOLDER [TURNS]]

It makes 200000 rows of 50000 features in FOLDER (default: build), of which 0.15 % are given; how often a feature is
given falls with its number as a power law.  All programs minimise the mean loss plus |w|^2 / (2 N), without bias.
Wanted: numpy, scipy, scikit-learn, and liblinear-train (Debian's liblinear-tools).  Times are those of training alone,
the best of TURNS (default 5), in which the programs take turns; processor seconds are those of all cores, which other
work on the machine hardly changes.
"""
import json
import os
import resource
import struct
import subprocess
import sys
import time
import warnings

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier

ROWS, FEATURES, DRAWS = 200000, 50000, 95
FOLDER = sys.argv[1] if len(sys.argv) > 1 else "build"
TURNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
FILE, MODEL = os.path.join(FOLDER, "sparse.svm"), os.path.join(FOLDER, "sparse.model")
EPOCHS = (10, 60)   # of the two trainings whose difference is the time of 50 epochs
CLOSE = 1.01        # times the least objective

GPUFIT = [os.environ.get("GPUFIT", "./gpufit"), "-q", "--json", "--check", "off", "--sparse", "yes", "--loss", "bce",
          "--no-bias", "--l2", str(1 / ROWS), "--init", "zeros", "-o", MODEL, FILE]
FAST = ["--optimizer", "adagrad", "--lr", "0.5", "--batch-size", "2000"]


def make_rows():
    """Returns the rows and their classes, -1 or 1, and writes them to FILE."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, FEATURES + 1)
    share /= share.sum()
    weights = 3 * rng.normal(size=FEATURES)
    starts, columns, values, classes = [0], [], [], []
    with open(FILE, "w", encoding="ascii") as file:
        for _ in range(ROWS):
            j = np.unique(np.minimum(np.searchsorted(share.cumsum(), rng.random(DRAWS)), FEATURES - 1))
            x = -np.log(share[j]) * (1 + rng.poisson(0.3, size=len(j)))
            x = np.float32(x / np.linalg.norm(x))
            y = 1 if rng.random() < 1 / (1 + np.exp(-x @ weights[j])) else -1
            file.write(f"{y} " + " ".join(f"{a + 1}:{b:.9g}" for a, b in zip(j, x)) + "\n")
            starts.append(starts[-1] + len(j))
            columns.append(j)
            values.append(x)
            classes.append(y)
    rows = scipy.sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), starts), (ROWS, FEATURES))
    return rows.astype(np.float64), np.array(classes)


def objective(rows, classes, weights):
    return np.logaddexp(0, -classes * (rows @ weights)).mean() + weights @ weights / (2 * ROWS)


def processor_seconds():
    """Returns those of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def gpufit(*arguments):
    """Returns the seconds of a training, the processor seconds of the whole process, and the weights."""
    before = processor_seconds()
    run = subprocess.run(GPUFIT + list(arguments), capture_output=True, text=True, check=True)
    with open(MODEL, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        numbers = file.read()
    first, end = next(header[key]["data_offsets"] for key in header if key.endswith("weight"))
    weights = np.frombuffer(numbers[first:end], np.float32).astype(float)
    return json.loads(run.stdout)["train_seconds"], processor_seconds() - before, weights


def gpufit_ceiling():
    """Returns the bytes a second that the device reads."""
    run = subprocess.run([a for a in GPUFIT if a != "--json"] + ["--profile", "--epochs", "1"],
                         capture_output=True, text=True, check=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("read ceiling"))
    return float(line.split()[-2]) * 1e9


def reads(process):
    """Returns whether LIBLINEAR has its file open."""
    folder = f"/proc/{process.pid}/fd"
    try:
        return any(os.path.realpath(os.path.join(folder, fd)) == os.path.realpath(FILE) for fd in os.listdir(folder))
    except OSError:
        return False


def used_by(process):
    """Returns the processor seconds of a running process."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def liblinear(least):
    """Returns the seconds and processor seconds from the end of the file until an iteration begins within 1 % of the
    least objective."""
    process = subprocess.Popen(["stdbuf", "-oL", "liblinear-train", "-s", "0", "-e", "0.0001", FILE, MODEL],
                               stdout=subprocess.PIPE, text=True)
    while not reads(process):
        time.sleep(0.001)
    while reads(process):
        time.sleep(0.001)
    start = before = [time.time(), used_by(process)]
    for line in process.stdout:
        words = line.split()
        if words[0] == "iter" and float(words[words.index("f") + 1]) / ROWS <= CLOSE * least:
            process.kill()
            process.wait()
            return before[0] - start[0], before[1] - start[1]
        before = [time.time(), used_by(process)]
    raise RuntimeError("LIBLINEAR ended before it came within 1 %")


def scikit_sgd(rows, classes, least):
    model = SGDClassifier(loss="log_loss", alpha=1 / ROWS, fit_intercept=False, random_state=0)
    seconds = used = 0
    for epochs in range(1, 101):
        start, busy = time.time(), time.process_time()
        model.partial_fit(rows, classes, classes=[-1, 1])
        seconds += time.time() - start
        used += time.process_time() - busy
        if objective(rows, classes, model.coef_[0]) <= CLOSE * least:
            break
    return seconds, used, epochs


def scikit_saga(rows, classes, least):
    for epochs in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64):
        model = LogisticRegression(solver="saga", fit_intercept=False, max_iter=epochs, tol=0, random_state=0)
        start, busy = time.time(), time.process_time()
        model.fit(rows, classes)
        seconds, used = time.time() - start, time.process_time() - busy
        if objective(rows, classes, model.coef_[0]) <= CLOSE * least:
            break
    return seconds, used, epochs


def epochs_needed(rows, classes, least):
    """Returns how many epochs gpufit takes to within 1 %."""
    for epochs in range(1, 33):
        if objective(rows, classes, gpufit(*FAST, "--epochs", str(epochs))[2]) <= CLOSE * least:
            return epochs
    raise RuntimeError("gpufit did not come within 1 % in 32 epochs")


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows, classes = make_rows()
    exact = LogisticRegression(solver="newton-cg", fit_intercept=False, tol=1e-8, max_iter=100).fit(rows, classes)
    least = objective(rows, classes, exact.coef_[0])
    close = epochs_needed(rows, classes, least)
    measures = {"few": lambda: gpufit("--lr", "auto", "--epochs", str(EPOCHS[0]))[:2],
                "many": lambda: gpufit("--lr", "auto", "--epochs", str(EPOCHS[1]))[:2],
                "idle": lambda: gpufit(*FAST, "--epochs", "0")[:2],     # reads the file, builds the kernels
                "close": lambda: gpufit(*FAST, "--epochs", str(close))[:2],
                "LIBLINEAR, train -s 0": lambda: liblinear(least),
                "scikit-learn, SGDClassifier": lambda: scikit_sgd(rows, classes, least),
                "scikit-learn, saga": lambda: scikit_saga(rows, classes, least)}
    gpufit("--lr", "auto", "--epochs", "1")     # compiles the kernels
    ceilings, turns = [], []
    for _ in range(TURNS):
        ceilings.append(gpufit_ceiling())
        turns.append([measure() for measure in measures.values()])
    best = {name: [min(numbers) for numbers in zip(*found)] for name, found in zip(measures, zip(*turns))}
    epoch = [(many - few) / (EPOCHS[1] - EPOCHS[0]) for few, many in zip(best.pop("few"), best.pop("many"))]
    idle, seconds = best.pop("idle"), best.pop("close")
    print(f"{rows.nnz} numbers, {rows.nnz * 16 / max(ceilings):.3g} s to read 16 bytes of each at "
          f"{max(ceilings) / 1e9:.3g} GB/s; an epoch of all rows: {epoch[0]:.3g} s, {epoch[1]:.3g} processor s; "
          f"{os.cpu_count()} cores\n")
    print("| to within 1 % of the least objective | s | processor s | epochs |\n| --- | --- | --- | --- |")
    print(f"| gpufit {' '.join(FAST)} | {seconds[0]:.3g} | {seconds[1] - idle[1]:.3g} | {close} |")
    for name, numbers in best.items():
        print(f"| {name} | " + " | ".join(f"{number:.3g}" for number in numbers) + " |")


main()
