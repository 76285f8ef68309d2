"""peer_sklearn.py: scikit-learn's SGDRegressor, whose compiled loop takes a step each row."""

import time

import peer

try:
    import numpy as np
    from sklearn.linear_model import LinearRegression, SGDRegressor
except ImportError as error:
    peer.absent(error)


def predict(ask):
    x = peer.block(np, ask.rows * ask.features).reshape(ask.rows, ask.features)
    model = LinearRegression().fit(x, np.resize(x, (ask.rows, ask.outputs)))

    def once():
        start = time.perf_counter()
        for _ in range(ask.steps):
            model.predict(x)
        return time.perf_counter() - start

    return once


def work(ask):
    if ask.way == "predict":
        return predict(ask)
    if ask.way != "train" or ask.hidden or not ask.batch or ask.momentum or ask.optimizer != "sgd":
        return None
    x = peer.block(np, ask.rows * ask.features).reshape(ask.rows, ask.features)
    y = np.linspace(-1, 1, ask.rows, dtype=np.float32)

    def once():
        model = SGDRegressor(
            penalty=None,
            learning_rate="constant",
            eta0=1e-6,
            max_iter=1,
            tol=None,
            shuffle=bool(ask.shuffled),
            random_state=1,
        )
        start = time.perf_counter()
        model.fit(x, y)
        return time.perf_counter() - start

    return once


peer.serve("scikit-learn", work)
