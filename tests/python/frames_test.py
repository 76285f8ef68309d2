"""frames_test.py: frames of pandas, polars and pyarrow, words in them, and the command line beside."""

import os
import pickle
import tempfile
import unittest

import numpy as np

from command_line import gpufit
from gpufitcl import GpufitClassifier, GpufitRegressor

try:
    import pandas as pd
except ImportError:
    pd = None
try:
    import polars as pl
except ImportError:
    pl = None
try:
    import pyarrow as pa
except ImportError:
    pa = None

# 60 flats; the price is exact but for a digit of noise.
COLUMNS = {
    "size": [float(30 + 7 * i % 90) for i in range(60)],
    "city": [("Oslo", "Rome, Italy", "Paris")[i % 3] for i in range(60)],
    "lift": [("yes", "no")[i // 2 % 2] for i in range(60)],
}
PRICE = [2 * size + 40 * (city == "Paris") - 9 * (lift == "no") + 0.1 * (i % 5)
         for i, (size, city, lift) in enumerate(zip(*COLUMNS.values()))]
EPOCHS = {"epochs": 60, "tolerance": 0, "engine": "reference"}  # it has no kernels to build


def frames():
    """The same table as each kind of frame that is installed."""
    if pd is not None:
        yield pd.DataFrame(COLUMNS)
        yield pd.DataFrame(COLUMNS).astype({"size": "float32", "city": "category", "lift": object})
    if pl is not None:
        yield pl.DataFrame(COLUMNS)
        yield pl.DataFrame(COLUMNS).with_columns(pl.col("city").cast(pl.Categorical))
    if pa is not None:
        yield pa.table(COLUMNS)
        yield pa.table({**COLUMNS, "lift": pa.array(COLUMNS["lift"]).dictionary_encode()})


@unittest.skipUnless(pd or pl or pa, "no pandas, polars and pyarrow")
class Frames(unittest.TestCase):
    def setUp(self):
        self.frame = next(frames())

    def test_every_kind_of_frame_gives_the_same_bits(self):
        wanted = GpufitRegressor(**EPOCHS).fit(self.frame, PRICE)
        self.assertGreater(wanted.score(self.frame, PRICE), 0.9)
        for frame in frames():
            model = GpufitRegressor(**EPOCHS).fit(frame, PRICE)
            np.testing.assert_array_equal(model.coef_, wanted.coef_)
            np.testing.assert_array_equal(wanted.predict(frame), wanted.predict(self.frame))
            self.assertEqual(list(model.feature_names_in_), list(COLUMNS))
            self.assertEqual(model.n_features_in_, 3)

    def test_a_frame_and_its_csv_give_the_same_model(self):
        with tempfile.TemporaryDirectory() as folder:
            data, theirs = os.path.join(folder, "flats.csv"), os.path.join(folder, "theirs")
            ours = os.path.join(folder, "ours")
            with open(data, "w", encoding="utf-8") as file:
                print(*COLUMNS, "price", sep=",", file=file)
                for size, city, lift, price in zip(*COLUMNS.values(), PRICE):
                    print(size, f'"{city}"', lift, repr(price), sep=",", file=file)
            gpufit("train", "-q", data, "--one-hot", "city,lift", "--standardize", "--lr", "auto",
                   "--momentum", "0.9", "--nesterov", "--epochs", "60", "-o", theirs)
            model = GpufitRegressor(**{**EPOCHS, "engine": "auto"}).fit(self.frame, PRICE)
            model.save(ours)
            printed = [gpufit("predict", "-m", path, data) for path in (theirs, ours)]
            self.assertEqual(*printed)
            np.testing.assert_array_equal(np.float32(printed[0].split()[1:]), model.predict(self.frame))
            loaded = GpufitRegressor.load(theirs)
            self.assertEqual(list(loaded.feature_names_in_), list(COLUMNS))
            np.testing.assert_array_equal(loaded.predict(self.frame), model.predict(self.frame))

    def test_classes_weights_and_pickles_go_with_words(self):
        dear = np.array(PRICE) > 150
        for labels in (dear, dear.astype(int), np.where(dear, "dear", "cheap")):
            model = GpufitClassifier(**EPOCHS).fit(self.frame, labels, np.arange(60) % 4)
            self.assertEqual(model.predict(self.frame).dtype, labels.dtype)
            self.assertGreater(model.score(self.frame, labels), 0.9)
            again = pickle.loads(pickle.dumps(model))
            np.testing.assert_array_equal(again.predict_proba(self.frame),
                                          model.predict_proba(self.frame))
            again.partial_fit(self.frame, labels)

    def test_words_that_training_has_not_seen_are_an_error_or_zero(self):
        model = GpufitRegressor(**EPOCHS).fit(self.frame, PRICE)
        other = type(self.frame)({**COLUMNS, "city": ["Bonn"] * 60})
        with self.assertRaisesRegex(ValueError, r'row 1, column 2 \("city"\): "Bonn" is no word'):
            model.predict(other)
        nowhere = model.set_params(unseen="zero").predict(other)
        self.assertEqual(len(nowhere), 60)

    def test_missing_values_are_an_error_or_replaced(self):
        size, city = list(COLUMNS["size"]), list(COLUMNS["city"])
        size[3], city[5] = None, None
        gaps = [type(frame)({**COLUMNS, "size": size, "city": city}) for frame in frames()
                if pa is None or not isinstance(frame, pa.Table)]
        for frame in gaps:
            with self.assertRaisesRegex(ValueError, "contains NaN: column 'city', row 5"):
                GpufitRegressor().fit(frame, PRICE)
            models = [GpufitRegressor(missing=word, **EPOCHS).fit(frame, PRICE)
                      for word in ("mean", "most", "category")]
            self.assertEqual([len(model.coef_) for model in models], [6, 6, 7])
            mean = np.mean([number for number in size if number is not None])
            filled = type(frame)({**COLUMNS, "size": [mean if s is None else s for s in size],
                                  "city": [c or "Oslo" for c in city]})
            self.assertAlmostEqual(models[0].predict(frame)[3], models[0].predict(filled)[3], places=3)

    def test_names_are_compared(self):
        model = GpufitRegressor(**EPOCHS).fit(self.frame, PRICE)
        turned = type(self.frame)(dict(reversed(COLUMNS.items())))
        with self.assertRaisesRegex(ValueError, "must be in the same order as they were in fit"):
            model.predict(turned)
        other = type(self.frame)({("town" if name == "city" else name): column
                                  for name, column in COLUMNS.items()})
        with self.assertRaisesRegex(ValueError, "unseen at fit time:\n- town\n.*missing:\n- city"):
            model.predict(other)

    def test_types_that_are_neither_numbers_nor_words_are_refused(self):
        if pd is None:
            self.skipTest("no pandas")
        frame = pd.DataFrame({"day": pd.to_datetime(["2020-01-01", "2020-01-02"])})
        with self.assertRaisesRegex(ValueError, "column 'day' is of type datetime64"):
            GpufitRegressor().fit(frame, [1, 2])

    def test_pandas_own_missing_value_is_one(self):
        if pd is None:
            self.skipTest("no pandas")
        words = pd.array(["a", pd.NA] * 30, "string")
        with self.assertRaisesRegex(ValueError, "Input y contains NaN"):
            GpufitClassifier().fit(self.frame, words)
        with self.assertRaisesRegex(ValueError, "Input X contains NaN: column 'w', row 1"):
            GpufitRegressor().fit(pd.DataFrame({"w": words}), PRICE)

    def test_numbers_of_every_type_are_numbers(self):
        if pd is None:
            self.skipTest("no pandas")
        wanted = np.column_stack([COLUMNS["size"], np.arange(60) % 2, np.arange(60)])
        frame = pd.DataFrame({"a": pd.array(COLUMNS["size"], "Float64"),
                              "b": pd.array((np.arange(60) % 2).astype(bool), "boolean"),
                              "c": pd.array(np.arange(60), "Int16")})
        np.testing.assert_array_equal(GpufitRegressor(**EPOCHS).fit(frame, PRICE).coef_,
                                      GpufitRegressor(**EPOCHS).fit(wanted, PRICE).coef_)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
