"""peer_torch.py: PyTorch, eager: Linear or a network, a loss, an optimiser, backward and step."""

import time

import peer

try:
    import numpy as np
    import torch
except ImportError as error:
    peer.absent(error)

LOSSES = {
    "mse": torch.nn.MSELoss,
    "bce": torch.nn.BCEWithLogitsLoss,
    "cross_entropy": torch.nn.CrossEntropyLoss,
}
ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}
LR = 1e-6


def targets(ask):
    rows = torch.arange(ask.rows, dtype=torch.int64)
    if ask.loss == "cross_entropy":
        return rows % ask.outputs
    if ask.loss == "bce":
        return (rows % 2).float().reshape(-1, 1)
    return torch.linspace(-1, 1, ask.rows * ask.outputs).reshape(ask.rows, ask.outputs)


def optimizer(ask, parameters):
    if ask.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=LR)
    return torch.optim.SGD(parameters, lr=LR, momentum=0.9 if ask.momentum else 0.0)


def network(ask):
    if not ask.hidden:
        return torch.nn.Linear(ask.features, ask.outputs)
    return torch.nn.Sequential(
        torch.nn.Linear(ask.features, ask.hidden),
        ACTIVATIONS[ask.activation](),
        torch.nn.Linear(ask.hidden, ask.outputs),
    )


def train(ask):
    device = ask.device or "cpu"
    x = torch.from_numpy(peer.block(np, ask.rows * ask.features)).reshape(ask.rows, ask.features)
    x, y = x.to(device), targets(ask).to(device)
    model = network(ask).to(device)
    loss_of = LOSSES[ask.loss]()
    opt = optimizer(ask, model.parameters())
    batch = ask.batch or ask.rows
    steps = min(ask.steps, ask.most)
    order = torch.randperm(ask.rows).to(device) if ask.shuffled else None

    def batch_of(first):
        if batch == ask.rows:
            return x, y
        rows = slice(first, first + batch) if order is None else order[first : first + batch]
        return x[rows], y[rows]

    def once():
        start = time.perf_counter()
        for step in range(steps):
            bx, by = batch_of(step * batch % ask.rows)
            opt.zero_grad()
            loss = loss_of(model(bx), by)
            loss.backward()
            opt.step()
        loss.item()
        return (time.perf_counter() - start) * ask.steps / steps

    return once


def predict(ask):
    model = network(ask)
    x = torch.from_numpy(peer.block(np, ask.rows * ask.features)).reshape(ask.rows, ask.features)

    def once():
        start = time.perf_counter()
        with torch.no_grad():
            for _ in range(ask.steps):
                model(x).numpy()
        return time.perf_counter() - start

    return once


def work(ask):
    if ask.way == "predict":
        return predict(ask)
    if ask.way != "train" or (ask.device == "cuda" and not torch.cuda.is_available()):
        return None
    return train(ask)


peer.serve("torch", work)
