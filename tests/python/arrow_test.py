"""arrow_test.py: frames of pandas, polars and pyarrow, handed over by Arrow's C stream interface, give
the dataset that the CSV file gives which they write themselves."""

import ctypes
import io
import os
import tempfile
import unittest

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.csv

from gpufitcl import _abi
from gpufitcl.library import C, call, word_index

capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
capsule_pointer.restype = ctypes.c_void_p
capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def options_of(loss="mse", missing="error", **texts_of):
    options = _abi.gf_read_options()
    C.gf_read_options_default(options)
    options.loss, options.missing = word_index("loss", loss), word_index("missing", missing)
    for name, text in texts_of.items():
        setattr(options, name, text.encode())
    return options


def contents(data):
    """All that the dataset holds; it is freed."""
    rows, features, outputs = C.gf_dataset_rows(data), C.gf_dataset_features(data), C.gf_dataset_outputs(data)
    found = {
        "x": np.ctypeslib.as_array(C.gf_dataset_x(data), (rows, features)).tolist(),
        "y": np.ctypeslib.as_array(C.gf_dataset_y(data), (rows, outputs)).tolist(),
        "features": [C.gf_dataset_feature_name(data, i) for i in range(features)],
        "targets": [C.gf_dataset_target_name(data, i) for i in range(outputs)],
        "classes": [C.gf_dataset_class_name(data, i) for i in range(C.gf_dataset_classes(data))],
        "dropped": C.gf_dataset_dropped(data),
    }
    C.gf_dataset_free(data)
    return found


def from_arrow(frame, options):
    capsule = frame.__arrow_c_stream__()
    stream = ctypes.cast(capsule_pointer(capsule, b"arrow_array_stream"),
                         ctypes.POINTER(_abi.ArrowArrayStream))
    data = ctypes.c_void_p()
    call(C.gf_dataset_arrow_stream, data, stream, options)
    return contents(data)


def from_csv(text, options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "frame.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        data = ctypes.c_void_p()
        call(C.gf_dataset_read, data, path.encode(), options)
        return contents(data)


def frame_of_everything():
    """130 rows, so that bits and text of several parts are read; every fifth value of some is missing."""
    rng = np.random.default_rng(1)
    n = 130
    holes = np.arange(n) % 5 == 3
    frame = pandas.DataFrame({
        "double": rng.standard_normal(n) * 10.0**rng.integers(-9, 9, n),
        "float": rng.standard_normal(n).astype(np.float32),
        "small": rng.integers(-128, 128, n).astype(np.int8),
        "large": rng.integers(0, 2**62, n),
        "holes": np.where(holes, np.nan, rng.standard_normal(n)),
        "color": pandas.Categorical(rng.choice(["red", "green", "a color that is long, with commas"], n)),
        "city": rng.choice(["Köln", "Paris", "x"], n),
        "truth": rng.integers(0, 2, n) == 1,
        "kind": rng.choice(["yes", "no", "maybe"], n),
        "price": rng.standard_normal(n),
    })
    frame.loc[holes, "color"] = None
    frame.loc[holes, "city"] = None
    return frame


class AFrameIsReadAsItsCsv(unittest.TestCase):
    def compare(self, **options):
        frame = frame_of_everything()
        tables = polars.from_pandas(frame), pyarrow.Table.from_pandas(frame, preserve_index=False)
        arrow_text = io.BytesIO()
        pyarrow.csv.write_csv(tables[1], arrow_text)
        wanted = from_csv(frame.to_csv(index=False), options_of(**options))
        for table, text in (frame, frame.to_csv(index=False)), (tables[0], tables[0].write_csv()), \
                (tables[1], arrow_text.getvalue().decode()):
            with self.subTest(table=type(table).__module__):
                found = from_arrow(table, options_of(**options))
                self.assertEqual(found, from_csv(text, options_of(**options)))
                self.assertEqual(found, wanted)

    def test_numbers_words_and_holes(self):
        self.compare(one_hot="color,city,kind", missing="mean")

    def test_a_category_for_what_is_missing(self):
        self.compare(one_hot="color,city", exclude="kind", missing="category")

    def test_rows_with_holes_are_left_out(self):
        self.compare(one_hot="color,city,kind", missing="drop")

    def test_words_are_classes(self):
        self.compare(loss="cross_entropy", target="kind", one_hot="color,city", missing="most")

    def test_integers_are_classes(self):
        self.compare(loss="cross_entropy", target="small", features="double,float")

    def test_a_table_in_several_parts(self):
        frame = pyarrow.Table.from_pandas(frame_of_everything(), preserve_index=False)
        parts = pyarrow.concat_tables([frame.slice(0, 7), frame.slice(7, 60), frame.slice(67)])
        options = {"one_hot": "color,city,kind", "missing": "mean"}
        self.assertEqual(from_arrow(parts, options_of(**options)), from_arrow(frame, options_of(**options)))

    def test_a_column_that_is_no_number_is_named(self):
        frame = polars.DataFrame({"day": [1, 2], "price": [1.0, 2.0]}).with_columns(
            polars.col("day").cast(polars.Date))
        with self.assertRaisesRegex(ValueError, r'table: column 1 \("day"\): Arrow type "tdD"'):
            from_arrow(frame, options_of())


if __name__ == "__main__":
    unittest.main()
