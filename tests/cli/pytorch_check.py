"""Runs a script of --emit-pytorch, and compares its start with a model of no epochs and its losses with the log of gpufit.

pytorch_check.py NAME...	NAME.py, NAME.st (--epochs 0), NAME.log

The start must have the same bits.  Losses are sums in another order and precision: a step errs by about 2^-24, which a
converging training does not enlarge; 2^-11 leaves room for adaptive optimisers, which divide by small roots (as
tests/oracle/differ.py has it).  Another order of rows moves the loss of the first epoch by 2^-9.
"""
import contextlib
import io
import json
import struct
import sys

import torch

TOLERANCE = 2.0**-11


def saved(path):
    """The tensors of a safetensors file, as lists of float32, by name."""
    data = open(path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    return {name: torch.frombuffer(bytearray(data[8 + length:][slice(*entry["data_offsets"])]), dtype=torch.float32)
            for name, entry in header.items() if name != "__metadata__"}


def check(name):
    start, _, training = open(name + ".py").read().partition("# ---- training ----")
    space, out = {}, io.StringIO()
    exec(compile(start, name + ".py", "exec"), space)
    parameters, wanted = dict(space["model"].named_parameters()), saved(name + ".st")
    assert sorted(parameters) == sorted(wanted), (sorted(parameters), sorted(wanted))
    for key, values in wanted.items():
        assert torch.equal(parameters[key].detach().flatten(), values), f"{name}: {key} starts otherwise"
    with contextlib.redirect_stdout(out):
        exec(compile(training, name + ".py", "exec"), space)
    lines = [json.loads(line) for line in open(name + ".log")]
    found = [[float(field) for field in line.split()[1:]] for line in out.getvalue().splitlines()]
    assert len(found) == len(lines) > 0, (len(found), len(lines))
    for row, line in zip(found, lines):
        losses = [line["loss"]] + ([line["val_loss"]] if "val_loss" in line else [])
        assert len(row) == len(losses)
        for a, b in zip(row, losses):
            assert abs(a - b) <= TOLERANCE * abs(b), f"{name}: epoch {line['epoch']}: {a} in PyTorch, {b} in gpufit"
    print(name)


for argument in sys.argv[1:]:
    check(argument)
