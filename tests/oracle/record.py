#!/usr/bin/env python3
"""record.py: records what PyTorch computes in the files beside it.  See README.md.

Numbers are written as the shortest text that reads back the same: up to 17 digits of a double, 9 of
a float.  Parameters are weight (K, D) row-major, then bias (K).
"""

import copy
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, TensorDataset, random_split

sys.dont_write_bytecode = True
from words import TORCH_OPTIMIZERS, make_loss, make_module  # noqa: E402
from words import make_optimizer, make_scheduler  # noqa: E402

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
warnings.filterwarnings("ignore", message=".*(lr_scheduler|Length of split).*")


# ---- numbers ----


def numbers(tensor):
    """A tensor as a flat list; a float as the shortest decimal that reads back as the same."""
    flat = tensor.detach().reshape(-1)
    if flat.dtype == torch.float64:
        return flat.tolist()
    found = [float(np.format_float_scientific(v, unique=True)) for v in flat.numpy()]
    assert (np.array(found, np.float32) == flat.numpy()).all()
    return found


def number(tensor):
    return numbers(tensor)[0]


def params_of(model):
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


def write(name, **record):
    """One case a line, so that a diff shows which one changed."""
    def lines(value):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(json.dumps(v, separators=(",", ":")) for v in value) + "\n]"
        return json.dumps(value, separators=(",", ":"))

    record = {"torch": torch.__version__.split("+")[0], **record}
    text = ",\n".join(f"{json.dumps(k)}: {lines(v)}" for k, v in record.items())
    (pathlib.Path(__file__).parent / name).write_text("{\n" + text + "\n}\n")


# ---- data: by formula, each number exact in a float ----


def features(rows, columns):
    return [[((i * 7 + j * 13 + i * i * (j + 2)) % 41 - 20) / 16 for j in range(columns)]
            for i in range(rows)]


def make_data(rows):
    x = features(rows, 3)
    signal = [1.25 * a - 0.75 * b + 0.5 * c + (i * 11 % 17 - 8) / 8
              for i, (a, b, c) in enumerate(x)]
    two = [float(s > 0.3) for s in signal]
    return {
        "regression": {"x": x, "y": [round(s * 64) / 64 for s in signal]},
        "counts": {"x": x, "y": [float(max(0, round(s + 1))) for s in signal]},
        "amounts": {"x": x, "y": [max(16, round((s + 2) * 64)) / 64 for s in signal]},
        "binary": {"x": x, "y": two, "classes": 2},
        "probabilities": {"x": x, "y": [round(8 / (1 + math.exp(-s))) / 8 for s in signal]},
        "classes": {"x": x, "y": [float((s > -1) + (s > 1)) for s in signal], "classes": 3},
        "binary_weighted": {"x": x, "y": two, "classes": 2,
                            "weight": [0.5 + i % 5 / 4 for i in range(rows)]},
        "regression_weighted": {"x": x, "y": [round(s * 64) / 64 for s in signal],
                                "weight": [0.5 + i % 5 / 4 for i in range(rows)]},
    }


class Data:
    def __init__(self, record, dtype):
        self.x = torch.tensor(record["x"], dtype=dtype)
        self.y = torch.tensor(record["y"], dtype=dtype)
        self.weight = torch.tensor(record["weight"], dtype=dtype) if "weight" in record else None
        self.classes = record.get("classes", 0)

    def part(self, rows):
        """The data of these rows, as class weights of a training count them."""
        found = copy.copy(self)
        found.x, found.y = self.x[rows], self.y[rows]
        return found


# ---- losses: (word, options, data) ----

LOSSES = [
    ("mse", {}, "regression"),
    ("l1", {}, "regression"),
    ("smooth_l1", {"beta": 0.75}, "regression"),
    ("huber", {"delta": 1.5}, "regression"),
    ("bce", {}, "binary"),
    ("bce", {}, "probabilities"),
    ("bce", {}, "binary_weighted"),
    ("cross_entropy", {}, "classes"),
    ("cross_entropy", {"class_weight": "balanced"}, "classes"),
    ("cross_entropy", {"label_smoothing": 0.1}, "classes"),
    ("cross_entropy", {"class_weight": "balanced", "label_smoothing": 0.1}, "classes"),
    ("poisson", {}, "counts"),
    ("hinge", {}, "binary"),
    ("squared_hinge", {}, "binary"),
    ("epsilon_insensitive", {"epsilon": 0.25}, "regression"),
    ("quantile", {"quantile": 0.8}, "regression"),
]

# With one set of options of each optimiser: its others meet the losses above.
LOG_LINKS = [
    ("gamma", {}, "amounts"),
    ("tweedie", {"power": 1.25}, "counts"),
]

# PyTorch divides by the sum of the weights here, but by the count of rows in huber and bce.
WEIGHTED = [
    ("mse", {}, "regression_weighted"),
    ("l1", {}, "regression_weighted"),
    ("huber", {"delta": 1.5}, "regression_weighted"),
]


# ---- optimisers ----

OPTIMIZERS = [
    ("sgd", {"lr": 0.05}),
    ("sgd", {"lr": 0.05, "momentum": 0.9}),
    ("sgd", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3}),
    ("sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": 1}),
    ("sgd", {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1}),
    ("sgd", {"lr": 0.01, "weight_decay": 0.1, "maximize": 1}),
    ("adam", {"lr": 0.05}),
    ("adam", {"lr": 0.05, "betas": [0.8, 0.9], "eps": 1e-6, "amsgrad": 1, "weight_decay": 0.1}),
    ("adam", {"lr": 0.01, "maximize": 1}),
    ("adamw", {"lr": 0.05}),
    ("adamw", {"lr": 0.05, "amsgrad": 1, "weight_decay": 0.2}),
    ("rmsprop", {"lr": 0.02}),
    ("rmsprop", {"lr": 0.02, "alpha": 0.9, "centered": 1}),
    ("rmsprop", {"lr": 0.02, "momentum": 0.7}),
    ("rmsprop", {"lr": 0.02, "alpha": 0.9, "centered": 1, "momentum": 0.5, "weight_decay": 0.1}),
    ("adagrad", {"lr": 0.2}),
    ("adagrad", {"lr": 0.2, "lr_decay": 0.1, "weight_decay": 0.1}),
]
FIRST_OPTIMIZERS = [OPTIMIZERS[i] for i in (0, 6, 9, 11, 15)]


# ---- schedules ----

SCHEDULES = [
    "step:step_size=1", "step:step_size=7,gamma=0.5", "step:step_size=20,gamma=1.25",
    "multistep:milestones=30", "multistep:milestones=10/30/45,gamma=0.3",
    "multistep:milestones=40/12/12/5,gamma=0.8", "multistep:milestones=0/1,gamma=0.5",
    "exponential:gamma=0.95", "exponential:gamma=1.02", "exponential:gamma=0.5",
    "cosine:t_max=10", "cosine:t_max=25,eta_min=0.001", "cosine:t_max=60,eta_min=0.2",
    "cosine:t_max=1,eta_min=0.01", "cosine:t_max=59",
    "cosine_restarts:t_0=10", "cosine_restarts:t_0=5,t_mult=2,eta_min=0.003",
    "cosine_restarts:t_0=1,t_mult=3", "cosine_restarts:t_0=100",
    "linear", "linear:start_factor=0.1,total_iters=20",
    "linear:start_factor=1,end_factor=0,total_iters=50", "linear:end_factor=0.25,total_iters=1",
    "constant", "constant:factor=0.2,total_iters=17", "constant:factor=1,total_iters=3",
    "polynomial", "polynomial:total_iters=40,power=2", "polynomial:total_iters=30,power=0.5",
    "polynomial:total_iters=10,power=0",
    "one_cycle:max_lr=0.5", "one_cycle:max_lr=0.5,total_steps=100,pct_start=0.25",
    "one_cycle:max_lr=0.5,anneal=linear,base_momentum=0.5,max_momentum=0.9",
    "one_cycle:max_lr=0.5,three_phase=1",
    "one_cycle:max_lr=0.5,three_phase=1,anneal=linear,pct_start=0.4,div_factor=10",
    "one_cycle:max_lr=0.5,three_phase=1,pct_start=0.7,final_div_factor=100",
    "one_cycle:max_lr=0.5,pct_start=0", "one_cycle:max_lr=0.5,pct_start=1",
    "one_cycle:max_lr=0.5,pct_start=0.01,three_phase=1",
    "one_cycle:max_lr=0.5,cycle_momentum=0",
    "plateau", "plateau:factor=0.5,patience=2", "plateau:factor=0.3,patience=0,cooldown=4",
    "plateau:factor=0.5,patience=1,threshold=0.05,threshold_mode=abs",
    "plateau:factor=0.5,patience=1,min_lr=0.03", "plateau:factor=0.9,patience=0,eps=0.005",
    "plateau:factor=0,patience=5,threshold=0.2",
]

REFUSED = [  # (schedule, optimiser): PyTorch raises, some at once, some at a later step
    ("step:step_size=0", "sgd"), ("cosine:t_max=0", "sgd"), ("step", "sgd"), ("exponential", "sgd"),
    ("multistep", "sgd"), ("cosine", "sgd"), ("cosine_restarts", "sgd"), ("one_cycle", "sgd"),
    ("step:step_size=5,gama=0.1", "sgd"), ("plateau:milestones=5", "sgd"),
    ("cosine_restarts:t_0=0", "sgd"), ("cosine_restarts:t_0=2.5", "sgd"),
    ("cosine_restarts:t_0=5,t_mult=0", "sgd"), ("cosine_restarts:t_0=5,t_mult=1.5", "sgd"),
    ("linear:start_factor=0", "sgd"), ("linear:start_factor=1.5", "sgd"),
    ("linear:end_factor=1.5", "sgd"), ("linear:end_factor=-0.5", "sgd"),
    ("constant:factor=1.5", "sgd"), ("constant:factor=-0.1", "sgd"), ("constant:factor=0", "sgd"),
    ("one_cycle:max_lr=1,total_steps=0", "sgd"), ("one_cycle:max_lr=1,total_steps=5", "sgd"),
    ("one_cycle:max_lr=1,pct_start=1.5", "sgd"), ("one_cycle:max_lr=1,pct_start=-0.5", "sgd"),
    ("one_cycle:max_lr=1,anneal=square", "sgd"), ("one_cycle:max_lr=1", "adagrad"),
    ("one_cycle:max_lr=1,div_factor=0", "sgd"), ("one_cycle:max_lr=1,final_div_factor=0", "sgd"),
    ("one_cycle:max_lr=1,total_steps=64,pct_start=0.015625", "sgd"),
    ("plateau:factor=1", "sgd"), ("plateau:factor=1.5", "sgd"),
    ("plateau:threshold_mode=both", "sgd"),
]

POSITIONS = 60
PLATEAU_LOSSES = [round(v, 6) for v in (
    [1.0, 0.9, 0.9, 0.9, 0.9, 0.8999, 0.85, 0.8, 0.79999, 0.7999]
    + [0.75 + 0.01 * (i % 3) for i in range(14)] + [0.6 - 0.002 * i for i in range(16)]
    + [0.55 + 0.001 * (i * i % 7) for i in range(20)])]


def lone_parameter(word="sgd"):
    parameter = nn.Parameter(torch.ones(1, dtype=torch.float64))
    return TORCH_OPTIMIZERS[word]([parameter], lr=0.1)


def momentum_of(optimizer):
    group = optimizer.param_groups[0]
    return group["betas"][0] if "betas" in group else group.get("momentum")


def follow(scheduler, optimizer, losses):
    rates, momenta = [], []
    for t in range(POSITIONS):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(momentum_of(optimizer))
        optimizer.step()
        if t + 1 < POSITIONS:
            scheduler.step(*([losses[t]] if losses else []))
    return rates, momenta


def record_schedule(text, word):
    optimizer = lone_parameter(word)
    losses = PLATEAU_LOSSES if text.startswith("plateau") else None
    rates, momenta = follow(make_scheduler(text, optimizer, POSITIONS), optimizer, losses)
    case = {"optimizer": word, "options": {"lr": 0.1, "schedule": text}, "rates": rates}
    if text.startswith("one_cycle") and "cycle_momentum=0" not in text:
        case["momenta"] = momenta
    return case | ({"losses": losses} if losses else {})


def record_warmup(warmup):
    optimizer = lone_parameter()
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: min(1.0, (t + 1) / warmup))
    rates, _ = follow(scheduler, optimizer, None)
    return {"optimizer": "sgd", "options": {"lr": 0.1, "warmup": warmup}, "rates": rates}


def message_of_refusal(text, word):
    try:
        optimizer = lone_parameter(word)
        follow(make_scheduler(text, optimizer, POSITIONS), optimizer,
               PLATEAU_LOSSES if text.startswith("plateau") else None)
    except (ValueError, TypeError, ZeroDivisionError) as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    raise AssertionError(f"PyTorch takes {text}")


def record_schedules():
    cases = [record_schedule(text, "sgd") for text in SCHEDULES]
    cases += [record_schedule(SCHEDULES[30], word) for word in ("adam", "adamw", "rmsprop")]
    cases.append(record_schedule("one_cycle:max_lr=0.5,cycle_momentum=0", "adagrad"))
    cases += [record_warmup(n) for n in (1, 7, 100)]
    refused = [{"optimizer": word, "options": {"lr": 0.1, "schedule": text},
                "message": message_of_refusal(text, word)} for text, word in REFUSED]
    write("schedules.json", positions=POSITIONS, cases=cases, refused=refused)


# ---- orders ----

LONG_SEED = (9 << 32) + 12345


def fnv(values):
    """FNV-1a over the values as 32-bit little-endian numbers."""
    found = 0xCBF29CE484222325
    for byte in np.asarray(values, "<u4").tobytes():
        found = (found ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return f"{found:016x}"


def record_permutation(seed, n):
    torch.manual_seed(seed)
    order = torch.randperm(n).tolist()
    return {"seed": seed, "n": n, "first": order[:20], "hash": fnv(order)}


def record_loader(seed, n):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(torch.arange(n)), batch_size=8, shuffle=True)
    return {"seed": seed, "n": n,
            "epochs": [[v for (batch,) in loader for v in batch.tolist()] for _ in range(3)]}


def record_split(seed, rows, validation, width, outputs):
    torch.manual_seed(seed)
    train, others = random_split(TensorDataset(torch.arange(rows)), [1 - validation, validation])
    start = params_of(nn.Linear(width, outputs))
    loader = DataLoader(train, batch_size=8, shuffle=True)
    epochs = [[v for (batch,) in loader for v in batch.tolist()] for _ in range(3)]
    return {"seed": seed, "rows": rows, "validation": validation, "features": width,
            "outputs": outputs, "train": list(train.indices), "others": list(others.indices),
            "start": numbers(start), "epochs": epochs}


def record_orders():
    shapes = [(1, 0), (2, 1), (5, 2), (17, 42), (1000, LONG_SEED), (100000, 7)]
    splits = [(0, 10, 0.2), (1, 7, 0.5), (42, 33, 0.1), (7, 50, 0.35), (LONG_SEED, 29, 1 / 3),
              (3, 3, 0.2), (4, 100, 0.07)]
    write("order.json",
          permutations=[record_permutation(seed, n) for n, seed in shapes],
          loaders=[record_loader(seed, n) for seed, n in ((0, 1), (5, 19), (LONG_SEED, 40))],
          splits=[record_split(*s, 1 + i, 1 + i % 3) for i, s in enumerate(splits)])


# ---- steps ----

SEED = 1
STEPS = 12
MARKS = (1, 2, 3, 6, 12)
STEP_DATA = make_data(24)


def make_model(data, case, dtype):
    """Draws the parameters in float32."""
    outputs = data.classes if data.classes > 2 else 1
    widths = [data.x.shape[1], *case.get("hidden", []), outputs]
    slope = case["options"].get("negative_slope")
    return make_module(widths, case.get("activation"), slope).to(dtype)


def run_steps(model, loss, optimizer, data):
    losses, params = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model(data.x), data.y, data.weight)
        value.backward()
        optimizer.step()
        losses.append(number(value))
        params.append(numbers(params_of(model)))
    assert all(map(math.isfinite, losses + params[-1]))
    return losses, params


def record_steps(loss, loss_options, name, word, options, network=None):
    """network: its hidden widths and its activation; none: the model is linear."""
    options = options | loss_options
    options.setdefault("seed", SEED)
    case = {"loss": loss, "optimizer": word, "options": options, "data": name}
    case |= network or {}
    for dtype, digits in ((torch.float64, "64"), (torch.float32, "32")):
        data = Data(STEP_DATA[name], dtype)
        torch.manual_seed(options["seed"])
        model = make_model(data, case, dtype)
        case.setdefault("start", numbers(params_of(model).float()))
        losses, params = run_steps(model, make_loss(loss, loss_options, data),
                                   make_optimizer(word, options, model.parameters()), data)
        case["loss" + digits], case["final" + digits] = losses, params[-1]
        if digits == "64" and not network:
            case["params64"] = [params[m - 1] for m in MARKS[:-1]]
    return case


def record_all_steps():
    cases = [record_steps(*loss, *optimizer) for loss in LOSSES for optimizer in OPTIMIZERS]
    cases += [record_steps(*loss, *optimizer) for loss in WEIGHTED
              for optimizer in (OPTIMIZERS[0], OPTIMIZERS[6])]
    cases += [record_steps(*loss, *optimizer) for loss in LOG_LINKS
              for optimizer in FIRST_OPTIMIZERS]
    write("steps.json", steps=STEPS, marks=MARKS[:-1], cases=cases, data=STEP_DATA)


# ---- mini-batches ----

EPOCHS = 3
BATCH_DATA = make_data(42)
SGD, ADAM = ("sgd", {"lr": 0.05, "momentum": 0.9}), ("adam", {"lr": 0.02})


class Training:
    """Epochs of mini-batches, as a script for PyTorch is written."""

    def __init__(self, case, record, dtype):
        self.options = case["options"]
        data = Data(record, dtype)
        torch.manual_seed(self.options["seed"])
        whole = TensorDataset(data.x, data.y)
        share = self.options["validation"]
        train, self.others = random_split(whole, [1 - share, share])
        self.model = make_model(data, case, dtype)
        self.start = params_of(self.model).float()
        self.loader = DataLoader(train, batch_size=self.options["batch_size"], shuffle=True,
                                 drop_last=bool(self.options["drop_last"]))
        self.loss = make_loss(case["loss"], self.options, data.part(train.indices))
        self.optimizer = make_optimizer(case["optimizer"], self.options, self.model.parameters())
        self.average = AveragedModel(self.model) if self.options.get("average") else None
        self.make_schedule()

    def make_schedule(self):
        text, self.scheduler = self.options.get("schedule"), None
        if text:
            total = EPOCHS * len(self.loader)
            self.scheduler = make_scheduler(text, self.optimizer, total)
        self.per_step = bool(text) and (text.startswith("one_cycle")
                                        or self.options.get("schedule_per") == "step")

    def step(self, x, y):
        self.optimizer.zero_grad()
        value = self.loss(self.model(x), y, None)
        value.backward()
        if "clip_norm" in self.options:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.options["clip_norm"])
        if "clip_value" in self.options:
            nn.utils.clip_grad_value_(self.model.parameters(), self.options["clip_value"])
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(self.model)
        if self.per_step:
            self.scheduler.step()
        return value.item() * len(y)

    def validate(self, model):
        x, y = self.others[:]
        with torch.no_grad():
            return number(self.loss(model(x), y, None))

    def epoch(self):
        total = rows = 0
        for x, y in self.loader:
            total, rows = total + self.step(x, y), rows + len(y)
        val_loss = self.validate(self.model)
        if self.scheduler and not self.per_step:
            plateau = isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau)
            self.scheduler.step(*([val_loss] if plateau else []))
        return total / rows, val_loss


def record_training(name, loss, data, optimizer, network=None, **options):
    word, given = optimizer
    options = given | {"seed": 7, "batch_size": 8, "shuffle": 1, "drop_last": 0,
                       "validation": 0.2, "epochs": EPOCHS} | options
    case = {"name": name, "loss": loss, "optimizer": word, "options": options, "data": data}
    case |= network or {}
    for dtype, digits in ((torch.float64, "64"), (torch.float32, "32")):
        training = Training(case, BATCH_DATA[data], dtype)
        case.setdefault("start", numbers(training.start))
        epochs = [training.epoch() for _ in range(EPOCHS)]
        case["loss" + digits] = [e[0] for e in epochs]
        case["val_loss" + digits] = [e[1] for e in epochs]
        case["final" + digits] = numbers(params_of(training.model))
        if training.average:
            case["average" + digits] = numbers(params_of(training.average))
            case["average_val_loss" + digits] = training.validate(training.average)
    return case


def record_trainings():
    cases = []
    for loss, data in (("mse", "regression"), ("cross_entropy", "classes")):
        for optimizer in (SGD, ADAM):
            for drop_last in (0, 1):
                for seed in (7, LONG_SEED):
                    name = f"{loss}, {optimizer[0]}, drop_last {drop_last}, seed {seed}"
                    cases.append(record_training(name, loss, data, optimizer,
                                                 drop_last=drop_last, seed=seed))
    mse, bce = ("mse", "regression"), ("bce", "binary")
    cases += [
        record_training("clipped by norm", *mse, SGD, clip_norm=0.5),
        record_training("clipped by norm, rarely", *mse, ADAM, clip_norm=4.0),
        record_training("clipped by value", *bce, SGD, clip_value=0.05),
        record_training("averaged", *mse, SGD, average=1),
        record_training("averaged", "cross_entropy", "classes", ADAM, average=1),
        record_training("a schedule per epoch", *mse, SGD, schedule="step:step_size=1,gamma=0.5"),
        record_training("a schedule per step", *mse, ADAM, schedule="cosine:t_max=12",
                        schedule_per="step"),
        record_training("plateau", *bce, SGD, lr=1.5, schedule="plateau:factor=0.1,patience=0"),
        record_training("one cycle, sgd", *mse, ("sgd", {"lr": 0.05}),
                        schedule="one_cycle:max_lr=0.1"),
        record_training("one cycle, adam", *mse, ADAM, schedule="one_cycle:max_lr=0.1"),
    ]
    write("minibatch.json", cases=cases, data=BATCH_DATA)


if __name__ == "__main__":
    record_schedules()
    record_orders()
    record_all_steps()
    record_trainings()
