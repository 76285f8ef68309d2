"""peer_numpy.py: numpy: a full-batch epoch of mse as one writes it, X^T X, and a product of matrices."""

import time

import peer

try:
    import numpy as np
except ImportError as error:
    peer.absent(error)

LR = 1e-6


def train(ask):
    if ask.steps > 1 or ask.batch or ask.loss != "mse" or ask.optimizer != "sgd" or ask.outputs != 1:
        return None
    x = peer.block(np, ask.rows * ask.features).reshape(ask.rows, ask.features)
    y = np.linspace(-1, 1, ask.rows, dtype=np.float32)

    def once():
        w, b = np.zeros(ask.features, np.float32), np.float32(0)
        start = time.perf_counter()
        d = x @ w
        d += b
        d -= y
        loss = d @ d / np.float32(ask.rows)
        w -= np.float32(2 * LR / ask.rows) * (x.T @ d)
        b -= np.float32(2 * LR) * d.mean()
        assert np.isfinite(loss)
        return time.perf_counter() - start

    return once


def gram(ask):
    x = peer.block(np, ask.rows * ask.features).reshape(ask.rows, ask.features)

    def once():
        start = time.perf_counter()
        x.T @ x
        return time.perf_counter() - start

    once.what = "X^T X"
    return once


def product(ask):
    a = peer.block(np, ask.rows * ask.features).reshape(ask.rows, ask.features)
    w = np.ascontiguousarray(a[: ask.features] + 1)

    def once():
        start = time.perf_counter()
        a @ w
        return time.perf_counter() - start

    once.what = "product"
    return once


def work(ask):
    return {"train": train, "gram": gram, "product": product}.get(ask.way, lambda ask: None)(ask)


peer.serve("numpy", work)
