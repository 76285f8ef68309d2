"""differ.py: runs random trainings in torch and in gpufit, and lists where the two differ.

	differ.py [--count N] [--seed S] [--float32] [--one K]

Each training draws a loss, hidden layers with their activation (or none), an optimiser with its
parameters, a schedule, batches, a validation share, patience, clipping, penalties and a start, and
small data.  torch trains live.

By default gpufit's engine is `reference` and torch computes in float64 from the same float32 start:
both follow the formulas in double, so that they differ by the rounding of gpufit's results to float
(2^-24 relative, 6e-8) and by roundings of double that a training enlarges.  TOLERANCE leaves a
factor of 16 for the latter.  With --float32 both compute in float32, and add in another order: a step
errs by about 2^-24, which a converging training does not enlarge; 2^-11 leaves room for adaptive
optimisers, which divide by small roots.

A training that both call diverged is skipped and counted.  A decision (patience, min-delta,
plateau) between two losses that differ by less than the tolerance is a tie: counted, not judged.
Where the two differ, torch trains once more from a start that is a rounding larger: if this run, too,
differs from torch's first, the training enlarges roundings beyond the tolerance, as networks at large
rates do.  It is unstable: counted, not judged.
Exit status 0: no difference.
"""
import argparse
import collections
import json
import math
import os
import random
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

sys.dont_write_bytecode = True
from words import ACTIVATIONS, make_module  # noqa: E402

TOLERANCE = {torch.float64: 2.0**-20, torch.float32: 2.0**-11}
GROWN = 1e6  # gpufit's: times the first loss is a divergence


class Diverged(Exception):
    pass


class Tie(Exception):
    pass


# ---- a random training ----


def draw_data(r, c):
    n, d = r.randint(8, 60), r.randint(1, 6)
    g = torch.Generator().manual_seed(r.getrandbits(30))
    x = torch.randn(n, d, generator=g)
    z = x @ torch.randn(d, 1, generator=g) + torch.randn(n, 1, generator=g) / 4
    loss = c["loss"]
    if loss == "bce":
        y = (z > 0).float()
        y[0], y[1] = 0, 1
    elif loss == "cross_entropy":
        c["classes"] = r.randint(2, 4)
        y = torch.randint(c["classes"], (n, 1), generator=g).float()
        y[: c["classes"], 0] = torch.arange(c["classes"]).float()
    elif loss == "poisson":
        y = torch.poisson(torch.exp(z.clamp(max=2)), generator=g)
    else:
        y = z
    return x, y


def draw_optimizer(r):
    word = r.choice(["sgd", "sgd", "adam", "adamw", "rmsprop", "adagrad"])
    o = {"optimizer": word, "lr": 10 ** r.uniform(-3, -1)}
    if r.random() < 0.3:
        o["weight_decay"] = 10 ** r.uniform(-3, -1)
    elif word != "adamw":
        o["weight_decay"] = 0.0
    if word == "sgd" and r.random() < 0.5:
        o["momentum"] = r.choice([0.5, 0.9])
        kind = r.randrange(3)
        if kind == 1:
            o["nesterov"] = True
        elif kind == 2:
            o["dampening"] = 0.3
    if word in ("adam", "adamw"):
        o["amsgrad"] = r.random() < 0.3
        if r.random() < 0.4:
            o["betas"] = (r.choice([0.0, 0.7, 0.9]), r.choice([0.9, 0.99]))
    if word == "rmsprop":
        o["alpha"] = r.choice([0.9, 0.99])
        o["centered"] = r.random() < 0.3
        if r.random() < 0.4:
            o["momentum"] = 0.5
    if word == "adagrad" and r.random() < 0.5:
        o["lr_decay"] = 0.05
    if word != "sgd" and r.random() < 0.3:
        o["eps"] = 1e-4
    return o


SCHEDULES = {
    "step": {"step_size": (2, 5), "gamma": (0.3, 0.9)},
    "multistep": {"milestones": None, "gamma": (0.3, 0.9)},
    "exponential": {"gamma": (0.8, 0.99)},
    "cosine": {"t_max": (3, 12), "eta_min": (0.0, 0.001)},
    "cosine_restarts": {"t_0": (2, 6), "t_mult": (1, 2)},
    "linear": {"start_factor": (0.2, 0.9), "total_iters": (2, 8)},
    "constant": {"factor": (0.2, 0.9), "total_iters": (2, 8)},
    "polynomial": {"total_iters": (4, 12), "power": (0.5, 2.0)},
    "one_cycle": {"max_lr": (0.01, 0.1)},
    "plateau": {"factor": (0.3, 0.7), "patience": (0, 2), "threshold": (0.0, 0.1)},
}


def draw_schedule(r):
    if r.random() < 0.5:
        return None
    word = r.choice(list(SCHEDULES))
    values = {}
    for key, span in SCHEDULES[word].items():
        if span is None:
            values[key] = sorted(r.sample(range(1, 15), 2))
        elif isinstance(span[0], int):
            values[key] = r.randint(*span)
        else:
            values[key] = float("%.4g" % r.uniform(*span))
    return word, values


def draw_hidden(r, c):
    """Half of the trainings are of linear models."""
    c["hidden"], c["activation"], c["slope"] = [], None, None
    if r.random() < 0.5:
        return
    c["hidden"] = [r.randint(1, 12) for _ in range(r.choice([1, 1, 1, 2, 2, 3]))]
    c["activation"] = r.choice(list(ACTIVATIONS))
    if c["activation"] == "leaky_relu" and r.random() < 0.6:
        c["slope"] = r.choice([-0.5, 0.0, 0.1, 0.25, 1.0])
    c["zeros"] = False  # gpufit refuses it


def draw(r):
    c = {"loss": r.choice(["mse", "mse", "l1", "smooth_l1", "huber", "bce", "cross_entropy", "poisson"])}
    c["delta"] = r.choice([0.5, 1.0, 2.0])
    c["optimizer"] = draw_optimizer(r)
    c["schedule"] = draw_schedule(r)
    if c["optimizer"]["optimizer"] == "adagrad" and c["schedule"] and c["schedule"][0] == "one_cycle":
        c["schedule"] = None
    c["epochs"] = r.randint(1, 25)
    c["batch"] = r.choice([0, 0, 1, 4, 7, 16, 64])
    c["shuffle"] = r.random() < 0.5
    c["drop"] = bool(c["batch"]) and c["batch"] <= 4 and r.random() < 0.4
    c["validation"] = r.choice([0, 0, 0.2, 0.35])
    c["patience"] = r.choice([0, 0, 1, 2, 4])
    c["min_delta"] = r.choice([0.0, 0.0, 0.01]) if c["patience"] else 0.0
    c["clip"] = r.choice([None, None, ("norm", 0.5), ("value", 0.1)])
    c["l1"] = r.choice([0.0, 0.0, 0.0, 0.05])
    c["l2"] = r.choice([0.0, 0.0, 0.0, 0.1])
    c["maximize"] = r.random() < 0.12
    c["zeros"] = r.random() < 0.3
    c["bias"] = r.random() < 0.85
    c["warmup"] = r.choice([0, 0, 0, 3])
    c["seed"] = r.getrandbits(31)
    draw_hidden(r, c)
    return c


# ---- in torch ----


def loss_of(c, z, y):
    loss = c["loss"]
    if loss == "cross_entropy":
        return F.cross_entropy(z, y[:, 0].long())
    return {
        "mse": F.mse_loss,
        "l1": F.l1_loss,
        "smooth_l1": lambda a, b: F.smooth_l1_loss(a, b, beta=c["delta"]),
        "huber": lambda a, b: F.huber_loss(a, b, delta=c["delta"]),
        "bce": F.binary_cross_entropy_with_logits,
        "poisson": F.poisson_nll_loss,
    }[loss](z, y)


def optimizer_of(c, model):
    o = dict(c["optimizer"])
    word = o.pop("optimizer")
    names = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
    return getattr(torch.optim, names[word])(model.parameters(), maximize=c["maximize"], **o)


def schedule_of(c, optimizer, batches):
    if not c["schedule"]:
        return None
    s = torch.optim.lr_scheduler
    word, v = c["schedule"]
    if word == "one_cycle":
        return s.OneCycleLR(optimizer, total_steps=max(1, batches * c["epochs"]), **v)
    if word == "plateau":
        return s.ReduceLROnPlateau(optimizer, mode="max" if c["maximize"] else "min", **v)
    names = {
        "step": "StepLR", "multistep": "MultiStepLR", "exponential": "ExponentialLR",
        "cosine": "CosineAnnealingLR", "cosine_restarts": "CosineAnnealingWarmRestarts",
        "linear": "LinearLR", "constant": "ConstantLR", "polynomial": "PolynomialLR",
    }
    spelt = {"t_max": "T_max", "t_0": "T_0", "t_mult": "T_mult"}
    return getattr(s, names[word])(optimizer, **{spelt.get(k, k): a for k, a in v.items()})


class Best:
    """Early stopping as gpufit defines it; losses are floats there."""

    def __init__(self, c, tolerance):
        self.c, self.tolerance = c, tolerance
        self.least, self.epoch, self.since, self.params = math.inf, 0, 0, None

    def is_better(self, loss):
        loss = -loss if self.c["maximize"] else loss
        limit = self.least - self.c["min_delta"]
        if math.isfinite(limit) and abs(loss - limit) <= self.tolerance * max(abs(loss), abs(limit)):
            raise Tie
        return loss < limit

    def look(self, epoch, loss, params):
        self.since += 1
        if self.is_better(loss):
            self.least = -loss if self.c["maximize"] else loss
            self.epoch, self.since, self.params = epoch, 0, params
        return bool(self.c["patience"]) and self.since >= self.c["patience"]


def weights_of(model):
    return [p for name, p in model.named_parameters() if name.endswith("weight")]


def copy_of(model):
    return [p.detach().clone() for p in model.parameters()]


def check_plateau(schedule, watched, tolerance):
    best, rel = schedule.best, schedule.threshold
    limit = best * (1 + rel if schedule.mode == "max" else 1 - rel)
    if math.isfinite(limit) and abs(watched - limit) <= tolerance * max(abs(watched), abs(limit)):
        raise Tie


def in_torch(c, x, y, dtype, nudge=0.0):
    """nudge: relative, added to each parameter of the start."""
    torch.manual_seed(c["seed"])
    tolerance = TOLERANCE[dtype]
    train, other = list(range(len(x))), []
    if c["validation"]:
        parts = torch.utils.data.random_split(range(len(x)), [1 - c["validation"], c["validation"]])
        train, other = parts[0].indices, parts[1].indices
    widths = [x.shape[1], *c["hidden"], c.get("classes", 1)]
    model = make_module(widths, c["activation"], c["slope"], c["bias"])
    if c["zeros"]:
        for p in model.parameters():
            nn.init.zeros_(p)
    model = model.to(dtype)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1 + nudge)
    x, y = x.to(dtype), y.to(dtype)
    data = torch.utils.data.TensorDataset(x[train], y[train])
    loader = torch.utils.data.DataLoader(
        data, batch_size=c["batch"] or len(train), shuffle=c["shuffle"], drop_last=c["drop"])
    optimizer, best = optimizer_of(c, model), Best(c, tolerance)
    schedule = schedule_of(c, optimizer, len(loader))
    plateau = bool(c["schedule"]) and c["schedule"][0] == "plateau"
    per_step = bool(c["schedule"]) and c["schedule"][0] == "one_cycle"
    keeps, losses, vals, steps, ended = bool(c["patience"] or c["validation"]), [], [], 0, False
    for epoch in range(c["epochs"]):
        total = rows = 0
        for a, b in loader:
            before = copy_of(model)
            loss = loss_of(c, model(a), b)
            total, rows = total + loss.item() * len(a), rows + len(a)
            if not math.isfinite(loss.item()):
                raise Diverged
            objective = loss
            if c["l2"]:
                penalty = c["l2"] / 2 * sum(w.square().sum() for w in weights_of(model))
                objective = loss - penalty if c["maximize"] else loss + penalty
            optimizer.zero_grad()
            objective.backward()
            if c["clip"]:
                kind, value = c["clip"]
                clip = nn.utils.clip_grad_norm_ if kind == "norm" else nn.utils.clip_grad_value_
                clip(model.parameters(), value)
            group = optimizer.param_groups[0]
            lr = group["lr"]
            group["lr"] = lr * min(1.0, (steps + 1) / c["warmup"]) if c["warmup"] else lr
            optimizer.step()
            if c["l1"]:
                with torch.no_grad():
                    for w in weights_of(model):
                        w.copy_(w.sign() * (w.abs() - group["lr"] * c["l1"]).clamp(min=0))
            group["lr"] = lr
            steps += 1
            if per_step:
                schedule.step()
        losses.append(total / rows)
        if not c["maximize"] and losses[0] > 0 and losses[-1] > GROWN * losses[0]:
            raise Diverged
        watched = losses[-1]
        if other:
            with torch.no_grad():
                vals.append(loss_of(c, model(x[other]), y[other]).item())
            watched = vals[-1]
            if not math.isfinite(watched):
                raise Diverged
        if keeps:
            at_start = len(loader) == 1 and not other
            ended = best.look(epoch, watched, before if at_start else copy_of(model))
        if plateau:
            check_plateau(schedule, watched, tolerance)
            schedule.step(watched)
        elif schedule and not per_step:
            schedule.step()
        if ended:
            break
    params = copy_of(model)
    with torch.no_grad():
        last = loss_of(c, model(x[train]), y[train]).item()
        if not math.isfinite(last):
            raise Diverged
        if keeps:
            whole = len(loader) == 1 and not other and not ended and not c["drop"]
            if whole and best.is_better(last):
                best.epoch, best.params = len(losses) - 1, params
            params = best.params
        for p, v in zip(model.parameters(), params):
            p.copy_(v)
        final = loss_of(c, model(x[train]), y[train]).item()
    return {"losses": losses, "vals": vals, "epochs": len(losses), "params": params,
            "best": best.epoch if keeps else None, "final": final}


# ---- in gpufit ----


def arguments(c):
    o, a = c["optimizer"], []
    for key, value in o.items():
        name = "--" + key.replace("_", "-")
        if value is True:
            a += [name]
        elif isinstance(value, tuple):
            a += [name, "%r,%r" % value]
        elif value is not False:
            a += [name, str(value)]
    a += ["--loss", c["loss"], "--epochs", c["epochs"], "--seed", c["seed"]]
    if c["loss"] in ("smooth_l1", "huber"):
        a += ["--beta" if c["loss"] == "smooth_l1" else "--delta", c["delta"]]
    if c["hidden"]:
        a += ["--hidden", ",".join(map(str, c["hidden"])), "--activation", c["activation"]]
    if c["slope"] is not None:
        a += ["--negative-slope", c["slope"]]
    if c["schedule"]:
        word, v = c["schedule"]
        values = ",".join("%s=%s" % (k, "/".join(map(str, s)) if isinstance(s, list) else s) for k, s in v.items())
        a += ["--schedule", word + ":" + values]
    for key in ("validation", "patience", "min_delta", "l1", "l2", "warmup"):
        if c[key]:
            a += ["--" + key.replace("_", "-"), c[key]]
    if c["batch"]:
        a += ["--batch-size", c["batch"]]
    if c["clip"]:
        a += ["--clip-" + c["clip"][0], c["clip"][1]]
    for key, name in (("shuffle", "--shuffle"), ("drop", "--drop-last"), ("maximize", "--maximize")):
        if c[key]:
            a += [name]
    if c["zeros"]:
        a += ["--init", "zeros"]
    if not c["bias"]:
        a += ["--no-bias"]
    return [str(s) for s in a]


def names_of(c):
    """The names in nn.Linear's or nn.Sequential's state_dict, in its order."""
    layers = ["%d." % (2 * i) for i in range(len(c["hidden"]) + 1)] if c["hidden"] else [""]
    return [layer + name for layer in layers for name in ("weight", "bias")]


def in_gpufit(c, x, y, engine, folder):
    path, log, model = (os.path.join(folder, n) for n in ("d.csv", "log", "m.st"))
    with open(path, "w") as f:
        f.write(",".join("x%d" % j for j in range(x.shape[1])) + ",y\n")
        for row, target in zip(x.tolist(), y.tolist()):
            f.write(",".join("%.9g" % v for v in row + target) + "\n")
    for old in (log, model):
        if os.path.exists(old):
            os.unlink(old)
    program = os.environ.get("GPUFIT", os.path.join(os.path.dirname(__file__), "../../gpufit"))
    run = subprocess.run(
        [program, path, *arguments(c), "--engine", engine, "--check", "off", "--json", "-q", "--log", log, "-o", model],
        capture_output=True, text=True)
    if run.returncode == 1 and "diverged" in run.stderr:
        raise Diverged
    if run.returncode:
        raise RuntimeError(run.stderr.strip())
    report = json.loads(run.stdout)
    lines = [json.loads(line) for line in open(log)]
    saved = load_file(model)
    return {"losses": [line["loss"] for line in lines], "vals": [line.get("val_loss") for line in lines],
            "epochs": report["epochs"], "best": report.get("best_epoch"), "final": report["loss"],
            "params": [saved[k] for k in names_of(c) if k in saved]}


# ---- side by side ----


def far(a, b, tolerance):
    return not abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def differences(c, wanted, found, tolerance):
    for key in ("epochs", "best"):
        if wanted[key] != found[key]:
            yield key, "%s in torch, %s in gpufit" % (wanted[key], found[key])
            return
    for key in ("losses", "vals"):
        for epoch, (a, b) in enumerate(zip(wanted[key], found[key])):
            if b is None or far(a, b, tolerance):
                yield key, "epoch %d: %.9g in torch, %s in gpufit" % (epoch, a, b)
                return
    if far(wanted["final"], found["final"], tolerance):
        yield "final loss", "%.9g in torch, %.9g in gpufit" % (wanted["final"], found["final"])
    for a, b in zip(wanted["params"], found["params"]):
        off = (a.double() - b.double()).abs().max().item()
        if off > tolerance * max(1.0, a.abs().max().item()):
            yield "parameters", "off by %.3g" % off
            return


def judge(c, data, dtype, folder):
    """(kind, text) of each difference; what was skipped, or None"""
    engine = "reference" if dtype == torch.float64 else "auto"
    outcomes = []
    for train in (lambda: in_torch(c, *data, dtype), lambda: in_gpufit(c, *data, engine, folder)):
        try:
            outcomes.append(train())
        except Diverged:
            outcomes.append("diverged")
        except Tie:
            return [], "tie"
        except RuntimeError as error:
            outcomes.append(str(error))
    if outcomes == ["diverged", "diverged"]:
        return [], "diverged"
    for name, outcome in zip(("torch", "gpufit"), outcomes):
        if isinstance(outcome, str):
            return [(name + " alone fails", outcome)], None
    found = list(differences(c, *outcomes, TOLERANCE[dtype]))
    if found and is_unstable(c, data, dtype, outcomes[0]):
        return [], "unstable"
    return found, None


def is_unstable(c, data, dtype, wanted):
    try:
        nudged = in_torch(c, *data, dtype, nudge=torch.finfo(dtype).eps)
    except (Diverged, Tie):
        return True
    return any(differences(c, wanted, nudged, TOLERANCE[dtype]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", type=int, help="that training alone")
    parser.add_argument("--float32", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    dtype = torch.float32 if args.float32 else torch.float64
    kinds, skipped = collections.Counter(), collections.Counter()
    numbers = [args.one] if args.one is not None else range(args.count)
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            r = random.Random("%d/%d" % (args.seed, number))
            c = draw(r)
            found, skip = judge(c, draw_data(r, c), dtype, folder)
            skipped[skip or "compared"] += 1
            for kind, text in found:
                kinds[kind] += 1
                print("%d: %s: %s: %s" % (number, kind, text, " ".join(arguments(c))), flush=True)
    print("trainings: " + ", ".join("%d %s" % (n, k) for k, n in skipped.most_common()))
    print("differences: " + (", ".join("%d %s" % (n, k) for k, n in kinds.most_common()) or "none"))
    return bool(kinds)


if __name__ == "__main__":
    sys.exit(main())
