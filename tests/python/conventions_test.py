"""conventions_test.py: scikit-learn's own checks of estimators, and the package without scikit-learn."""

import os
import subprocess
import sys
import unittest
import warnings

try:
    import sklearn
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler
    from sklearn.utils.estimator_checks import check_estimator
except ImportError:
    sklearn = None

from command_line import iris
from gpufitcl import GpufitClassifier, GpufitRegressor

# The kernels of two dozen shapes take a compiler 20 seconds; GPUFIT_TEST_FEW checks by the reference.
ENGINE = "reference" if os.environ.get("GPUFIT_TEST_FEW") else "auto"

EXPECTED_TO_FAIL = dict.fromkeys(
    ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data"),
    "They have 15 rows of 30 features, so that many models fit as well, and compare predictions within "
    "1e-7.  A weight and repeated rows give the same sums in another order, which float32 rounds "
    "differently (estimators_test.py holds both to that), and standardize takes the deviation of the "
    "rows, not of their weights.")


@unittest.skipUnless(sklearn, "no scikit-learn")
class ScikitLearn(unittest.TestCase):
    def passes(self, estimator):
        results = check_estimator(estimator, on_fail=None, on_skip=None,
                                  expected_failed_checks=EXPECTED_TO_FAIL)
        failed = [f"{result['check_name']}: {result['exception']}" for result in results
                  if result["status"] == "failed"]
        self.assertEqual(failed, [])
        self.assertGreater(sum(result["status"] == "passed" for result in results), 50)

    def test_check_estimator_passes_for_the_classifier(self):
        self.passes(GpufitClassifier(engine=ENGINE))

    def test_check_estimator_passes_for_the_regressor(self):
        self.passes(GpufitRegressor(engine=ENGINE))

    def test_searches_and_pipelines_take_the_estimators(self):
        X, y = iris()
        search = GridSearchCV(GpufitClassifier(epochs=40, lr=0.5), {"l2": [0, 10]}, cv=3).fit(X, y)
        self.assertEqual(search.best_params_, {"l2": 0})
        model = make_pipeline(MinMaxScaler(), GpufitClassifier(epochs=40, lr=0.5))
        self.assertGreater(cross_val_score(model, X, y, cv=3).mean(), 0.85)
        self.assertEqual(repr(GpufitRegressor(l2=0.5)), "GpufitRegressor(l2=0.5)")


WITHOUT = """
import sys
sys.modules["sklearn"] = None
sys.path.insert(0, {folder!r})
from command_line import iris
from gpufitcl import GpufitClassifier, GpufitRegressor
X, y = iris()
model = GpufitClassifier(lr=0.5, epochs=40)
assert model.set_params(**model.get_params()).fit(X, y).score(X, y) > 0.9
assert repr(GpufitRegressor(l2=0.5)) == "GpufitRegressor(l2=0.5)"
try:
    GpufitRegressor().predict(X)
except ValueError as error:
    assert "not fitted yet" in str(error)
try:
    model.set_params(epoch=3)
except ValueError as error:
    assert "Invalid parameter 'epoch'" in str(error)
others = ("pandas", "polars", "pyarrow", "torch")
assert not [name for name in sys.modules if name.split(".")[0] in others]
"""


class NumPyOnly(unittest.TestCase):
    def test_the_package_needs_no_more_than_numpy(self):
        script = WITHOUT.format(folder=os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    unittest.main(warnings="ignore")
