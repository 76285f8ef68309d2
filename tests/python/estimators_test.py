"""estimators_test.py: the estimators against the command line, and what they promise by themselves."""

import json
import os
import pickle
import signal
import tempfile
import threading
import unittest
import warnings

import numpy as np

import gpufitcl
from command_line import gpufit, iris, write_csv
from gpufitcl import GpufitClassifier, GpufitRegressor
from gpufitcl.conventions import ConvergenceWarning
from gpufitcl.library import C

X, SPECIES = iris()
LENGTH, REST = X[:, 0], X[:, 1:]

# The same steps as without these, one after the other: no momentum, and no end before the last epoch.
PLAIN = {"lr": 0.5, "momentum": 0, "tolerance": 0}


class TheBitsAreThoseOfTheCommandLine(unittest.TestCase):
    """Both read the same decimal numbers to the same floats, so that all that follows is equal."""

    def compare(self, estimator, x, y, *options):
        with tempfile.TemporaryDirectory() as folder:
            data, theirs = os.path.join(folder, "data.csv"), os.path.join(folder, "theirs")
            ours = os.path.join(folder, "ours")
            write_csv(data, x, y)
            report = json.loads(gpufit("train", "-q", "--json", data, "-o", theirs, *options))
            estimator.fit(x, y).save(ours)
            self.assertEqual(report["epochs"], estimator.n_iter_)
            self.assertEqual(np.float32(report["loss"]), np.float32(estimator.loss_))
            np.testing.assert_array_equal(np.float32(report["weight"]).reshape(estimator.coef_.shape),
                                          estimator.coef_)
            printed = gpufit("predict", "-m", theirs, data).split()[1:]
            self.assertEqual(printed, gpufit("predict", "-m", ours, data).split()[1:])
            loaded = type(estimator).load(theirs)
            np.testing.assert_array_equal(loaded.predict(x), estimator.predict(x))
            return np.array(printed)

    def test_of_classes(self):
        estimator = GpufitClassifier(epochs=50, **PLAIN)
        printed = self.compare(estimator, X, SPECIES, "--loss", "cross_entropy", "--standardize", "--lr",
                               "0.5", "--epochs", "50")
        np.testing.assert_array_equal(printed, estimator.predict(X))

    def test_of_numbers(self):
        estimator = GpufitRegressor()
        printed = self.compare(estimator, REST, LENGTH, "--standardize", "--lr", "auto", "--momentum",
                               "0.9", "--nesterov", "--tolerance", "1e-4")
        np.testing.assert_array_equal(printed.astype(np.float32), estimator.predict(REST))


class Case(unittest.TestCase):
    def refuses(self, kind, message, function, *arguments, **options):
        with self.assertRaisesRegex(kind, message):
            function(*arguments, **options)


class Results(Case):
    def test_probabilities_are_the_librarys_to_rounding(self):
        # NumPy's exp and the C library's differ by a unit in the last place or so.
        model = GpufitClassifier(epochs=50, **PLAIN).fit(X, SPECIES)
        outputs = model.decision_function(X).astype(np.float32)
        wanted = np.empty((len(X), 3))
        for z, p in zip(outputs, wanted):
            C.gf_model_probabilities(model.model_.handle, gpufitcl.library.pointer(z),
                                     gpufitcl.library.pointer(p, gpufitcl.library.ctypes.c_double), None)
        np.testing.assert_allclose(model.predict_proba(X), wanted, rtol=1e-14)

    def test_means_are_the_librarys_for_every_loss(self):
        z = np.linspace(-3, 3, 7).astype(np.float32)
        for loss in gpufitcl.WORDS["loss"]:
            estimator, y = GpufitRegressor, LENGTH
            if loss in ("bce", "cross_entropy", "hinge", "squared_hinge"):
                estimator, y = GpufitClassifier, SPECIES == "setosa"
            model = estimator(loss=loss, epochs=1, lr=1e-3, engine="reference").fit(REST, y).model_
            wanted = [C.gf_model_mean(model.handle, float(value)) for value in z]
            np.testing.assert_allclose(model.means(z.astype(float)), wanted, rtol=1e-14, err_msg=loss)

    def test_every_engine_and_layout_gives_the_same_bits(self):
        wanted = GpufitRegressor(epochs=40).fit(REST, LENGTH).predict(REST)
        wide = np.asfortranarray(np.repeat(REST, 2, axis=1))
        for x in (wide[:, ::2], REST[::-1][::-1], REST.tolist(), np.ascontiguousarray(REST)):
            np.testing.assert_array_equal(GpufitRegressor(epochs=40).fit(x, LENGTH).predict(x), wanted)
        for engine in ("resident", "streaming"):
            model = GpufitRegressor(epochs=40, engine=engine).fit(REST, LENGTH)
            np.testing.assert_array_equal(model.predict(REST), wanted)

    def test_a_pickle_predicts_the_same_and_trains_on(self):
        model = GpufitClassifier(epochs=50, warm_start=True, **PLAIN).fit(X, SPECIES)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(again.fit(X, SPECIES).coef_, model.fit(X, SPECIES).coef_)

    def test_a_warm_start_continues(self):
        # Without standardize there is no rounding between the raw and the standardized parameters.
        whole = GpufitRegressor(epochs=20, standardize=False, lr=0.01, momentum=0, tolerance=0)
        half = GpufitRegressor(**{**whole.get_params(), "epochs": 10, "warm_start": True})
        half.fit(REST, LENGTH).fit(REST, LENGTH)
        np.testing.assert_array_equal(half.coef_, whole.fit(REST, LENGTH).coef_)
        for _ in range(20):
            whole.set_params(warm_start=True).partial_fit(REST, LENGTH)
        half.set_params(epochs=20).fit(REST, LENGTH)
        np.testing.assert_array_equal(half.coef_, whole.coef_)

    def test_partial_fit_needs_the_classes_once(self):
        model = GpufitClassifier(lr=0.1)
        with self.assertRaisesRegex(ValueError, "classes must be passed"):
            model.partial_fit(X[:50], SPECIES[:50])
        model.partial_fit(X[:50], SPECIES[:50], classes=np.unique(SPECIES))
        model.partial_fit(X[50:], SPECIES[50:])
        self.assertEqual(model.predict_proba(X).shape, (150, 3))
        with self.assertRaisesRegex(ValueError, "none of classes_: 'rose'"):
            model.partial_fit(X[:1], ["rose"])

    def test_a_weight_counts_like_repeated_rows(self):
        # The sums have the same terms in another order, and 40 steps amplify roundings of 2^-24 little.
        weights = np.arange(150) % 3
        options = {"epochs": 40, "standardize": False, "lr": 0.01, "momentum": 0, "tolerance": 0,
                   "engine": "streaming"}
        weighted = GpufitRegressor(**options).fit(REST, LENGTH, weights)
        repeated = GpufitRegressor(**options).fit(np.repeat(REST, weights, axis=0),
                                                  np.repeat(LENGTH, weights))
        np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=40 * 2.0**-24 * 10)
        self.assertFalse(np.allclose(weighted.coef_, GpufitRegressor(**options).fit(REST, LENGTH).coef_))

    def test_class_weights_by_name_and_balanced_agree(self):
        keep = np.r_[0:20, 50:100, 100:150]
        counts = {"setosa": 20, "versicolor": 50, "virginica": 50}
        by_name = {name: 120 / (3 * count) for name, count in counts.items()}
        models = [GpufitClassifier(class_weight=weight, epochs=50, **PLAIN).fit(X[keep], SPECIES[keep])
                  for weight in (by_name, "balanced", None)]
        np.testing.assert_array_equal(models[0].coef_, models[1].coef_)
        self.assertFalse(np.allclose(models[0].coef_, models[2].coef_))

    def test_labels_keep_their_type_and_texts_of_numbers_their_order(self):
        for labels in ([9, 10, 11], ["9", "10", "11"], [0.0, 1.0, 2.0], ["a", "b", "c"],
                       np.array(["x", "y", "z"], object)):
            labels = np.asarray(labels)
            model = GpufitClassifier(epochs=50, **PLAIN).fit(X, np.repeat(labels, 50))
            np.testing.assert_array_equal(model.classes_, labels)
            self.assertEqual(model.predict(X).dtype, labels.dtype)
            self.assertGreater(model.score(X, np.repeat(labels, 50)), 0.8)

    def test_validation_data_end_a_training(self):
        model = GpufitClassifier(hidden=(8,), patience=3, epochs=500, batch_size=150, lr=0.05,
                                 engine="reference")
        model.fit(X[::2], SPECIES[::2], validation_data=(X[1::2], SPECIES[1::2]))
        self.assertEqual(len(model.validation_loss_curve_), model.n_iter_)
        self.assertEqual(model.report_["val_loss"], min(model.validation_loss_curve_))

    def test_statistics_are_those_of_least_squares(self):
        model = GpufitRegressor(statistics=0.95, tolerance=1e-7, epochs=20000).fit(REST, LENGTH)
        design = np.column_stack([REST, np.ones(150)])
        wanted, residual = np.linalg.lstsq(design, LENGTH, rcond=None)[:2]
        errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * residual / 146)
        # The estimates are the model's floats; the errors follow from the residuals of these.
        np.testing.assert_allclose(model.statistics_["weight"]["estimate"][0], wanted[:3], rtol=1e-4)
        np.testing.assert_allclose(model.statistics_["weight"]["std_error"][0], errors[:3], rtol=1e-6)
        # Student's t with 146 degrees of freedom has 0.975 of its mass below 1.97635.
        lower, upper = model.predict_interval(REST, 0.95)
        inverse = np.linalg.inv(design.T @ design)
        widths = np.sqrt((1 + np.einsum("ij,jk,ik->i", design, inverse, design)) * residual / 146)
        np.testing.assert_allclose((upper - lower) / 2, 1.97635 * widths, rtol=1e-5)
        np.testing.assert_allclose((upper + lower) / 2, model.predict(REST), rtol=1e-6)
        other = GpufitRegressor().fit(REST, LENGTH)
        self.assertIsNone(other.statistics_)
        self.refuses(ValueError, "statistics", other.predict_interval, REST)

    def test_a_model_of_two_targets_has_two_columns(self):
        model = GpufitRegressor().fit(REST, np.column_stack([LENGTH, -LENGTH]))
        self.assertEqual((model.coef_.shape, model.intercept_.shape), ((2, 3), (2,)))
        # Both columns end within tolerance, 1e-4, of the least squares, whose curvature is above 0.01.
        np.testing.assert_allclose(model.predict(REST)[:, 0], -model.predict(REST)[:, 1], atol=0.02)


class Callbacks(unittest.TestCase):
    LONG = {"epochs": 10**9, "tolerance": 0, "check": "off"}

    def test_a_callback_sees_each_epoch_and_may_end_the_training(self):
        seen = []
        model = GpufitRegressor(**self.LONG).fit(
            REST, LENGTH, callback=lambda epoch: seen.append(epoch) or epoch["epoch"] == 30)
        self.assertEqual([epoch["epoch"] for epoch in seen], list(range(31)))
        self.assertEqual([epoch["loss"] for epoch in seen], model.loss_curve_[:31])
        self.assertEqual(len(model.loss_curve_), model.n_iter_)

    def test_an_exception_of_a_callback_ends_the_training(self):
        model = GpufitRegressor(**self.LONG)
        with self.assertRaises(ZeroDivisionError):
            model.fit(REST, LENGTH, callback=lambda epoch: 1 / 0)
        self.assertGreater(model.n_iter_, 0)

    def test_ctrl_c_ends_the_training_and_keeps_the_model(self):
        for engine in ("resident", "streaming", "moments"):
            model = GpufitRegressor(engine=engine, **self.LONG)
            started = threading.Event()

            def interrupt():
                started.wait()
                os.kill(os.getpid(), signal.SIGINT)

            killer = threading.Thread(target=interrupt)
            killer.start()
            with self.assertRaises(KeyboardInterrupt):
                model.fit(REST, LENGTH, callback=lambda epoch: started.set())
            killer.join()
            self.assertGreater(model.n_iter_, 0)
            self.assertEqual(model.predict(REST).shape, (150,))
            self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_two_threads_train_and_predict_as_one_does(self):
        wanted = GpufitRegressor(epochs=40).fit(REST, LENGTH)
        found = []

        def work():
            model = GpufitRegressor(epochs=40).fit(REST, LENGTH)
            found.append((model.coef_, wanted.predict(REST)))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(found), 2)
        for coefficients, predictions in found:
            np.testing.assert_array_equal(coefficients, wanted.coef_)
            np.testing.assert_array_equal(predictions, wanted.predict(REST))


class Errors(Case):
    def test_a_wrong_parameter_is_named_with_what_was_wanted(self):
        fit = lambda **options: GpufitRegressor(**options).fit(REST, LENGTH)
        self.refuses(ValueError, "loss is 'mean'; wanted one of: mse l1", fit, loss="mean")
        self.refuses(ValueError, "momentum is 'fast'; wanted: a number", fit, momentum="fast")
        self.refuses(ValueError, "epochs is 1.5; wanted: a whole number", fit, epochs=1.5)
        self.refuses(ValueError, "epochs is -1; wanted: a number from 0", fit, epochs=-1)
        self.refuses(ValueError, r"hidden\[0\] is -3; wanted: a whole number above 0", fit, hidden=(-3,))
        self.refuses(ValueError, r"hidden\[0\] is 2.5; wanted: a whole number", fit, hidden=(2.5,))
        self.refuses(ValueError, "betas has 1 numbers; wanted: 2", fit, optimizer="adam", betas=(0.9,))
        self.refuses(ValueError, "random_state is -1; wanted: a number from 0", fit, random_state=-1)
        self.refuses(ValueError, "lr is -1; wanted: a number above 0", fit, lr=-1.0)
        self.refuses(ValueError, "hinge is for classes", fit, loss="hinge")
        self.refuses(ValueError, "missing is 'drop'; wanted one of: error mean", fit, missing="drop")
        self.refuses(ValueError, "loss is 'mse'; wanted one of: bce",
                     GpufitClassifier(loss="mse").fit, X, SPECIES)
        self.refuses(ValueError, "Input y contains NaN", GpufitClassifier().fit, X[:2], ["a", None])
        self.refuses(TypeError, "has no parameter 'epoch'", fit, epoch=1)

    def test_devices_files_and_divergence_have_exceptions_of_their_own(self):
        fit = lambda **options: GpufitRegressor(**options).fit(REST, LENGTH)
        self.refuses(gpufitcl.DeviceError, 'no device "nonesuch"', fit, device="nonesuch")
        self.refuses(gpufitcl.DivergedError, "diverged", fit, lr=100.0, momentum=0)
        self.refuses(OSError, "nonesuch", GpufitRegressor.load, "nonesuch.safetensors")

    def test_the_end_before_the_tolerance_is_a_warning(self):
        with self.assertWarnsRegex(ConvergenceWarning, "ended after 40 epochs with a gradient"):
            GpufitRegressor(epochs=40).fit(REST, LENGTH)
        with self.assertWarnsRegex(ConvergenceWarning, "did not converge: .*; more epochs may help"):
            GpufitRegressor(epochs=3).fit(REST, LENGTH)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            GpufitRegressor().fit(REST, LENGTH)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
