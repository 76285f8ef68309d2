"""gpufit_logreg_l2.py: gpufit as a solver of benchopt/benchmark_logreg_l2, as README.md tells."""

from benchopt import BaseSolver
from benchopt.stopping_criterion import SufficientProgressCriterion
from gpufitcl import GpufitClassifier


class Solver(BaseSolver):
    name = "gpufit"
    requirements = ["gpufitcl"]
    sampling_strategy = "iteration"
    # Momentum overshoots before it settles: benchopt waits longer for the next progress.
    stopping_criterion = SufficientProgressCriterion(patience=12)

    def set_objective(self, X, y, lmbd):
        # The benchmark's loss is a sum over the rows and gpufit's their mean, so that the penalty is
        # divided by the rows, too.
        self.X, self.y = X, y
        self.model = GpufitClassifier(loss="bce", l2=lmbd / len(y), fit_intercept=False, tolerance=0,
                                      standardize=False, init="zeros")

    def run(self, n_iter):
        self.model.set_params(epochs=n_iter).fit(self.X, self.y)

    def get_result(self):
        return {"beta": self.model.coef_[0].astype(float)}
