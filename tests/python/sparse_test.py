"""sparse_test.py: sparse matrices of scipy give the bits of their dense arrays."""

import unittest
import warnings

import numpy as np
from scipy import sparse

try:
    import pandas
except ImportError:
    pandas = None

from gpufitcl import GpufitClassifier, GpufitRegressor

RNG = np.random.default_rng(7)
X = sparse.random(150, 30, 0.1, format="csr", rng=RNG)
LABELS = np.where(X @ RNG.normal(size=30) > 0, "yes", "no")
PLAIN = {"standardize": False, "epochs": 20, "engine": "reference", "check": "off"}


class SparseMatrices(unittest.TestCase):
    def assert_as_dense(self, estimator, x, y, **fitting):
        """Trains and predicts with sparse rows and with dense ones, and returns the first model."""
        others = {name: (value[0].toarray(), value[1]) for name, value in fitting.items()}
        ours = estimator.fit(x, y, **fitting)
        theirs = type(estimator)(**estimator.get_params()).fit(x.toarray(), y, **others)
        self.assertEqual(ours.loss_curve_, theirs.loss_curve_)
        self.assertEqual(ours.validation_loss_curve_, theirs.validation_loss_curve_)
        np.testing.assert_array_equal(ours.predict(x), theirs.predict(x.toarray()))
        np.testing.assert_array_equal(ours.predict(x.toarray()), theirs.predict(x))
        self.assertEqual(ours.score(x, y), theirs.score(x.toarray(), y))
        return ours

    def test_linear_models_train_on_sparse_rows(self):
        model = self.assert_as_dense(GpufitClassifier(**PLAIN), X, LABELS, validation_data=(X, LABELS))
        self.assertTrue(model.model_.takes_sparse_rows)

    def test_what_wants_dense_rows_gets_them(self):
        for more in ({"standardize": True}, {"hidden": (3,)}, {"batch_size": 16}):
            self.assert_as_dense(GpufitClassifier(**{**PLAIN, **more}), X, LABELS)

    def test_few_features_and_wide_indices(self):
        few = X[:, :4].tocsr()
        few.indices, few.indptr = few.indices.astype(np.int64), few.indptr.astype(np.int64)
        self.assert_as_dense(GpufitRegressor(**PLAIN), few, np.arange(150.0))

    def test_each_format_gives_the_same_predictions(self):
        model = GpufitRegressor(**PLAIN).fit(X.astype(np.float32), np.arange(150.0))
        wanted = model.predict(X.toarray())
        for name in ("csc", "coo", "lil", "dok", "bsr", "dia"):
            np.testing.assert_array_equal(model.predict(X.asformat(name)), wanted)
        np.testing.assert_array_equal(model.predict(sparse.csr_array(X)), wanted)

    def test_numbers_of_one_place_are_added_and_order_does_not_matter(self):
        twice = sparse.csr_matrix((np.ones(4), [5, 2, 5, 1], [0, 3, 4]), shape=(2, 10))
        before = twice.indices.copy()
        model = self.assert_as_dense(GpufitRegressor(**PLAIN), twice, np.array([1.0, 2.0]))
        np.testing.assert_array_equal(twice.indices, before)
        self.assertEqual(model.n_features_in_, 10)

    def test_validation_may_be_dense(self):
        mixed = GpufitClassifier(**PLAIN).fit(X, LABELS, validation_data=(X.toarray(), LABELS))
        plain = GpufitClassifier(**PLAIN).fit(X, LABELS, validation_data=(X, LABELS))
        self.assertEqual(mixed.validation_loss_curve_, plain.validation_loss_curve_)

    def test_missing_values_are_filled_as_in_dense_rows(self):
        holes = X.copy()
        holes.data[3] = np.nan
        self.assert_as_dense(GpufitRegressor(missing="mean", **PLAIN), holes, np.arange(150.0))
        with self.assertRaisesRegex(ValueError, "Input X contains NaN"):
            GpufitRegressor(**PLAIN).fit(holes, np.arange(150.0))
        with self.assertRaisesRegex(ValueError, "Input X contains infinity or a value too large"):
            GpufitRegressor(**PLAIN).fit(X * 1e300, np.arange(150.0))

    def test_zeros_beyond_memory_are_refused_with_what_wants_them(self):
        wide = sparse.csr_matrix((np.ones(3), ([0, 1, 2], [0, 10**6, 2 * 10**9])), shape=(3000, 2 * 10**9 + 1))
        with self.assertRaisesRegex(MemoryError, "3000 rows x 2000000001 features, all of them stored, would "
                                    "take .* GB; .*; sparse rows cannot stay sparse here: a feature whose "
                                    "mean is subtracted is nowhere 0, so that standardize would fill"):
            GpufitRegressor().fit(wide, np.arange(3000.0))

    @unittest.skipUnless(pandas, "no pandas")
    def test_words_of_frames_stay_sparse_and_give_the_bits_of_their_columns(self):
        frame = pandas.DataFrame({"word": [f"w{i * i % 3001}" for i in range(3000)]})
        x, y = pandas.get_dummies(frame["word"]).to_numpy(np.float32), np.arange(3000.0) / 1000
        words = GpufitRegressor(**{**PLAIN, "epochs": 3}).fit(frame, y)
        columns = GpufitRegressor(**{**PLAIN, "epochs": 3}).fit(x, y)
        self.assertEqual(words.loss_curve_, columns.loss_curve_)
        np.testing.assert_array_equal(words.predict(frame), columns.predict(x))

    def test_sparse_targets_are_refused(self):
        with self.assertRaisesRegex(TypeError, "Sparse data was passed"):
            GpufitRegressor(**PLAIN).fit(X, X[:, :1])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    unittest.main(warnings="ignore")
