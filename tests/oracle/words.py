"""words.py: translates gpufit's words to PyTorch: models, losses, optimisers, schedules, options."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler


# ---- models ----

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU(approximate="tanh"),
    "leaky_relu": nn.LeakyReLU,
    "silu": nn.SiLU,
}


def make_activation(word, negative_slope):
    return ACTIVATIONS[word]() if negative_slope is None else nn.LeakyReLU(negative_slope)


def make_module(widths, activation=None, negative_slope=None, bias=True):
    """nn.Linear of two widths; of more, nn.Sequential with the activation between the layers."""
    layers = [nn.Linear(*pair, bias=bias) for pair in zip(widths, widths[1:])]
    modules = [layers[0]]
    for layer in layers[1:]:
        modules += [make_activation(activation, negative_slope), layer]
    return nn.Sequential(*modules) if len(layers) > 1 else layers[0]


# ---- losses: functions of outputs (N, K), targets (N) and weights (N) or None ----


def textbook(each):
    return lambda z, y, w: each(z.squeeze(1), y).mean()


def sign(y):
    """The first class is -1, the second is +1."""
    return 2 * y - 1


def pinball(z, y, q):
    return torch.maximum(q * (y - z), (q - 1) * (y - z))


def tweedie(z, y, p):
    return torch.exp((2 - p) * z) / (2 - p) - y * torch.exp((1 - p) * z) / (1 - p)


def cross_entropy(data, options):
    weight = None
    if options.get("class_weight") == "balanced":
        counts = torch.bincount(data.y.long(), minlength=data.classes).tolist()
        weight = torch.tensor([len(data.y) / (data.classes * n) for n in counts])
        weight = weight.to(data.x.dtype)  # numbers of float32, as weights of data are
    smoothing = options.get("label_smoothing", 0.0)
    return lambda z, y, w: F.cross_entropy(z, y.long(), weight=weight, label_smoothing=smoothing)


def make_loss(word, options, data):
    o = options
    losses = {
        "mse": lambda z, y, w: F.mse_loss(z.squeeze(1), y, weight=w),
        "l1": lambda z, y, w: F.l1_loss(z.squeeze(1), y, weight=w),
        "smooth_l1": lambda z, y, w: F.smooth_l1_loss(z.squeeze(1), y, beta=o["beta"]),
        "huber": lambda z, y, w: F.huber_loss(z.squeeze(1), y, delta=o["delta"], weight=w),
        "bce": lambda z, y, w: F.binary_cross_entropy_with_logits(z.squeeze(1), y, weight=w),
        "poisson": lambda z, y, w: F.poisson_nll_loss(z.squeeze(1), y, log_input=True),
        "hinge": textbook(lambda z, y: torch.relu(1 - sign(y) * z)),
        "squared_hinge": textbook(lambda z, y: torch.relu(1 - sign(y) * z) ** 2),
        "epsilon_insensitive": textbook(lambda z, y: torch.relu((z - y).abs() - o["epsilon"])),
        "quantile": textbook(lambda z, y: pinball(z, y, o["quantile"])),
        "gamma": textbook(lambda z, y: y * torch.exp(-z) + z),
        "tweedie": textbook(lambda z, y: tweedie(z, y, o["power"])),
    }
    return cross_entropy(data, options) if word == "cross_entropy" else losses[word]


# ---- optimisers ----

TORCH_OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
           "rmsprop": torch.optim.RMSprop, "adagrad": torch.optim.Adagrad}

OPTIMIZER_OPTIONS = ("lr", "momentum", "dampening", "nesterov", "weight_decay", "maximize", "betas",
                     "eps", "alpha", "centered", "amsgrad", "lr_decay")


def make_optimizer(word, options, params):
    taken = {k: v for k, v in options.items() if k in OPTIMIZER_OPTIONS}
    for flag in ("nesterov", "maximize", "centered", "amsgrad"):
        if flag in taken:
            taken[flag] = bool(taken[flag])
    return TORCH_OPTIMIZERS[word](params, foreach=False, **taken)


# ---- schedules ----

SCHEDULERS = {
    "step": lr_scheduler.StepLR,
    "multistep": lr_scheduler.MultiStepLR,
    "exponential": lr_scheduler.ExponentialLR,
    "cosine": lr_scheduler.CosineAnnealingLR,
    "cosine_restarts": lr_scheduler.CosineAnnealingWarmRestarts,
    "linear": lr_scheduler.LinearLR,
    "constant": lr_scheduler.ConstantLR,
    "polynomial": lr_scheduler.PolynomialLR,
    "one_cycle": lr_scheduler.OneCycleLR,
    "plateau": lr_scheduler.ReduceLROnPlateau,
}
TORCH_NAMES = {"t_max": "T_max", "t_0": "T_0", "t_mult": "T_mult", "anneal": "anneal_strategy"}
FLOATS = ("pct_start",)  # PyTorch refuses 1 where it wants 1.0


def value_of(name, text):
    if name == "milestones":
        return [int(m) for m in text.split("/")]
    if name in ("anneal", "threshold_mode"):
        return text
    if name in ("cycle_momentum", "three_phase"):
        return bool(int(text))
    return int(text) if text.isdigit() and name not in FLOATS else float(text)


def make_scheduler(text, optimizer, total_steps=None):
    word, _, given = text.partition(":")
    parameters = dict(p.split("=") for p in given.split(",")) if given else {}
    taken = {TORCH_NAMES.get(k, k): value_of(k, v) for k, v in parameters.items()}
    if word == "one_cycle":
        taken.setdefault("total_steps", total_steps)
    return SCHEDULERS[word](optimizer, **taken)
