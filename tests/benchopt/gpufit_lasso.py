"""gpufit_lasso.py: gpufit as a solver of benchopt/benchmark_lasso, as README.md tells."""

import numpy as np
from benchopt import BaseSolver
from benchopt.stopping_criterion import SufficientProgressCriterion
from gpufitcl import GpufitRegressor


class Solver(BaseSolver):
    name = "gpufit"
    requirements = ["gpufitcl"]
    sampling_strategy = "iteration"
    # Momentum overshoots before it settles: benchopt waits longer for the next progress.
    stopping_criterion = SufficientProgressCriterion(patience=12)

    def set_objective(self, X, y, lmbd, fit_intercept):
        # The benchmark minimizes half the sum of squares, and gpufit their mean, which is 2 / N times
        # that; so is the penalty.
        self.X, self.y = X, y
        self.model = GpufitRegressor(l1=2 * lmbd / len(y), fit_intercept=fit_intercept, tolerance=0,
                                     standardize=False, init="zeros")

    def run(self, n_iter):
        self.model.set_params(epochs=n_iter).fit(self.X, self.y)

    def get_result(self):
        bias = [self.model.intercept_] if self.model.fit_intercept else []
        return {"beta": np.r_[self.model.coef_, bias].astype(float)}
