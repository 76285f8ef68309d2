"""estimators_test.py: the estimators against the command line, and what they promise by themselves."""

import json
import os
import tempfile
import unittest

import numpy as np

from command_line import gpufit, iris, write_csv
from gpufitcl import GpufitClassifier, GpufitRegressor


class TheBitsAreThoseOfTheCommandLine(unittest.TestCase):
    """Both read the same decimal numbers to the same floats, so that all that follows is equal."""

    def compare(self, estimator, X, y, *options):
        with tempfile.TemporaryDirectory() as folder:
            data, theirs = os.path.join(folder, "data.csv"), os.path.join(folder, "theirs")
            ours = os.path.join(folder, "ours")
            write_csv(data, X, y)
            report = json.loads(gpufit("train", "-q", "--json", data, "-o", theirs, *options))
            estimator.fit(X, y).save(ours)
            self.assertEqual(report["epochs"], estimator.n_iter_)
            self.assertEqual(np.float32(report["loss"]), np.float32(estimator.loss_))
            np.testing.assert_array_equal(np.float32(report["weight"]).reshape(estimator.coef_.shape),
                                          estimator.coef_)
            printed = gpufit("predict", "-m", theirs, data).split()[1:]
            self.assertEqual(printed, gpufit("predict", "-m", ours, data).split()[1:])
            return np.array(printed)

    def test_of_classes(self):
        X, y = iris()
        estimator = GpufitClassifier(lr=0.5, epochs=50, momentum=0, tolerance=0)
        printed = self.compare(estimator, X, y, "--loss", "cross_entropy", "--standardize", "--lr", "0.5",
                               "--epochs", "50")
        np.testing.assert_array_equal(printed, estimator.predict(X))

    def test_of_numbers(self):
        X, _ = iris()
        estimator = GpufitRegressor()
        printed = self.compare(estimator, X[:, 1:], X[:, 0], "--standardize", "--lr", "auto",
                               "--momentum", "0.9", "--nesterov", "--tolerance", "1e-4", "--epochs",
                               "1000")
        np.testing.assert_array_equal(printed.astype(np.float32), estimator.predict(X[:, 1:]))


if __name__ == "__main__":
    unittest.main()
