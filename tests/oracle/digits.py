#!/usr/bin/env python3
"""digits.py: trains data/digits.csv in PyTorch and in gpufit, and compares the two.

	digits.py [--epochs N] [--seed S] [--threads T] [--device D] [--engine E] [--record]

PyTorch's side is the script that its users write: Adam, CrossEntropyLoss, a shuffled DataLoader.
Compared: the start to the bit, the loss of each epoch, the time, and the predictions of a model
that gpufit saved in PyTorch, and the other way round.  Exit status 0: all of them agree.

--record writes digits.json, which tests/test_records_digits.c reads, and runs no gpufit.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

sys.dont_write_bytecode = True
from record import fnv, numbers, params_of, write  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent.parent
DIGITS = ROOT / "data" / "digits.csv"
HIDDEN, BATCH = 128, 128

# Both add in float32, in another order.  What rounding may do to a training is what it does to
# PyTorch's: its float32 run differs from its float64 run by about 1e-7 of a loss, until a unit
# falls on the other side of relu's kink.
TIMES_OWN_ROUNDING, LEAST_TOLERANCE = 10, 1e-6
# The same parameters give outputs that differ by roundings of 64 and 128 terms alone.
PROBABILITY_TOLERANCE = 1e-5


def read_digits():
    rows = [[float(v) for v in row] for row in list(csv.reader(DIGITS.open()))[1:]]
    table = torch.tensor(rows)
    return table[:, :-1].contiguous(), table[:, -1].long()


def make_model():
    return nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))


# ---- in PyTorch ----


def train_epoch(model, loader, optimizer):
    criterion, total = nn.CrossEntropyLoss(), 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


def in_torch(x, y, epochs, seed):
    torch.manual_seed(seed)
    model = make_model().to(x.dtype)
    start = params_of(model).clone()
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    began = time.perf_counter()
    losses = [train_epoch(model, loader, optimizer) for _ in range(epochs)]
    return {"model": model, "start": start, "losses": losses,
            "seconds": time.perf_counter() - began}


def fast_seconds(x, y, epochs, seed):
    """The same without DataLoader, which collects a batch row by row, and with a fused optimiser."""
    torch.manual_seed(seed)
    model, criterion = make_model(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    began = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for rows in order.split(BATCH):
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return time.perf_counter() - began


# ---- in gpufit ----


def gpufit(*arguments):
    program = os.environ.get("GPUFIT", ROOT / "gpufit")
    run = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"gpufit {' '.join(map(str, arguments))}: {run.stderr.strip()}")
    return run.stdout


def train(folder, name, epochs, seed, device):
    log, model = folder / (name + ".log"), folder / (name + ".safetensors")
    report = json.loads(gpufit(
        "train", DIGITS, "--hidden", HIDDEN, "--loss", "cross_entropy", "--batch-size", BATCH,
        "--shuffle", "--optimizer", "adam", "--epochs", epochs, "--seed", seed, *device,
        "--json", "-q", "--log", log, "-o", model))
    losses = [json.loads(line)["loss"] for line in log.open()]
    return {"losses": losses, "report": report, "path": model}


def probabilities(path):
    """(rows, 10), of a model that says that its outputs are classes."""
    lines = gpufit("predict", "--proba", "-m", path, DIGITS).splitlines()[1:]
    return torch.tensor([[float(v) for v in line.split(",")[1:]] for line in lines])


def outputs(path, features):
    """(rows, 10), of a model without a word about its loss."""
    lines = gpufit("predict", "--activation", "relu", "-m", path, features).splitlines()[1:]
    return torch.tensor([[float(v) for v in line.split(",")] for line in lines])


# ---- side by side ----


class Verdict:
    def __init__(self):
        self.failed = False

    def hold(self, what, found, limit):
        print(f"{what}: {found:.3g}, wanted at most {limit:.3g}")
        self.failed |= not found <= limit


def compare_start(verdict, folder, wanted, seed, device):
    state = load_file(train(folder, "start", 0, seed, device)["path"])
    model = make_model()
    model.load_state_dict(state, strict=True)
    verdict.hold("start: parameters of other bits", (params_of(model) != wanted).sum().item(), 0)


def largest_difference(found, wanted):
    return max(abs(a - b) / b for a, b in zip(found, wanted))


def compare_losses(verdict, wanted, exact, found):
    """exact: PyTorch's in float64."""
    if len(wanted) != len(found):
        sys.exit(f"{len(found)} epochs, wanted {len(wanted)}")
    for epochs in sorted({min(10, len(found)), len(found)}):
        own = largest_difference(wanted[:epochs], exact)
        verdict.hold(f"losses of {epochs} epochs, {found[0]:.6g} to {found[epochs - 1]:.6g}: "
                     "largest relative difference", largest_difference(found[:epochs], wanted),
                     max(LEAST_TOLERANCE, TIMES_OWN_ROUNDING * own))


def compare_predictions(verdict, folder, x, ours, theirs):
    """ours is a file that gpufit saved, theirs a model of PyTorch."""
    model = make_model()
    model.load_state_dict(load_file(ours), strict=True)
    with torch.no_grad():
        wanted = torch.softmax(model(x), 1)
        off = (probabilities(ours) - wanted).abs().max().item()
        verdict.hold("our model in PyTorch: largest difference of a probability", off,
                     PROBABILITY_TOLERANCE)
        save_file(theirs.state_dict(), folder / "torch.safetensors")
        features = folder / "features.csv"
        features.write_text("".join(",".join("%g" % v for v in row) + "\n" for row in x.tolist()))
        wanted = theirs(x)
        off = (outputs(folder / "torch.safetensors", features) - wanted).abs().max().item()
        verdict.hold("PyTorch's model here: largest difference of an output", off,
                     PROBABILITY_TOLERANCE * wanted.abs().max().item())


def compare(args):
    x, y = read_digits()
    device = ["--device", args.device, "--engine", args.engine]
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        theirs = in_torch(x, y, args.epochs, args.seed)
        ours = train(folder, "digits", args.epochs, args.seed, device)
        compare_start(verdict, folder, theirs["start"], args.seed, device)
        exact = in_torch(x.double(), y, args.epochs, args.seed)
        compare_losses(verdict, theirs["losses"], exact["losses"], ours["losses"])
        compare_predictions(verdict, folder, x, ours["path"], theirs["model"])
    seconds = {"torch": theirs["seconds"],
               "without DataLoader": fast_seconds(x, y, args.epochs, args.seed),
               "gpufit": ours["report"]["train_seconds"]}
    print(f"{args.epochs} epochs, {torch.get_num_threads()} threads of torch: "
          + ", ".join(f"{who} {s:.3f} s" for who, s in seconds.items()))
    return verdict.failed


def record(args):
    torch.set_num_threads(1)
    theirs = in_torch(*read_digits(), args.epochs, args.seed)
    start = theirs["start"]
    options = {"seed": args.seed, "batch_size": BATCH, "shuffle": 1, "epochs": args.epochs}
    write("digits.json", cases=[{
        "loss": "cross_entropy", "hidden": [HIDDEN], "activation": "relu", "optimizer": "adam",
        "options": options, "start_bits": fnv(start.numpy().view("<u4")),
        "loss32": theirs["losses"], "biases32": numbers(theirs["model"][2].bias)}])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of torch")
    parser.add_argument("--device", default="0")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    return record(args) if args.record else compare(args)


if __name__ == "__main__":
    sys.exit(main())
