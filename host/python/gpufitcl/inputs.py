"""inputs.py: what users pass as X, y and sample_weight, checked, as arrays of float32 or float64.

Errors are ValueError and TypeError in scikit-learn's words, which its users and its tests look for.
"""

import warnings

import numpy as np

from . import frames, sparse
from .conventions import DataConversionWarning

MANY = 2**22  # numbers that are looked at in one go


def _refuse_values(array, name, missing="error"):
    """Fails if a number is not finite as a float32; missing: what becomes of NaN."""
    rows = max(1, MANY // max(1, array.size // len(array)))
    for start in range(0, len(array), rows):
        part = array[start:start + rows]
        bad = ~(np.abs(part) <= np.finfo(np.float32).max)
        if missing != "error":
            bad &= ~np.isnan(part)
        if not bad.any():
            continue
        what = "infinity or a value too large for dtype('float32')"
        if np.isnan(part[bad]).any():
            what = "NaN"
        raise ValueError(f"Input {name} contains {what}.")


def _numbers(data, name):
    """An array of numbers; words and complex numbers are errors."""
    if sparse.is_sparse(data):
        raise TypeError("Sparse data was passed, but dense data is required. "
                        f"Use {name}.toarray() to convert to a dense numpy array.")
    return _real(np.asarray(data), name)


def _real(array, name):
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{array}\n")
    if array.dtype.kind in "mM":
        raise ValueError(f"{name} has times; wanted: numbers")
    return array


def as_floats(array, name, missing="error"):
    """The numbers as float32 or float64, without a copy where they are that, at any strides."""
    exact = array.dtype.kind in "biu" and array.itemsize <= 2
    kind = np.float32 if exact or array.dtype == np.float32 else np.float64
    floats = np.asarray(array, kind)
    if 0 in floats.strides or not floats.flags.aligned:
        floats = floats.copy()
    _refuse_values(floats, name, missing)
    return floats


class Features:
    """X, checked: an array (N, D) of numbers, a sparse one, or columns of which some hold words."""

    def __init__(self, X, missing="error"):
        """missing: "error", or what becomes of NaN, of which the library takes care then."""
        columns = frames.frame_columns(X)
        self.names = frames.feature_names(columns)  # None: it has none
        self.array = None
        self.sparse = None   # compressed rows, in place of array
        self.columns = None  # arrays of numbers and lists of words; None: all are numbers, in array
        if columns and not _is_matrix(X):
            columns = [frames.read_column(name, column, missing) for name, column in columns]
            if any(isinstance(column, list) for column in columns):
                self.columns = columns
            else:
                X = np.column_stack(columns)
        if self.columns is not None:
            self.rows, self.width = len(self.columns[0]), len(self.columns)
            return
        if sparse.is_sparse(X):
            _check_shape(X)
            X = sparse.compressed_rows(X, lambda data: as_floats(_real(data, "X"), "X", missing))
            self.sparse = X if missing == "error" else None
        if self.sparse is None:
            self.array = _matrix(X.toarray() if sparse.is_sparse(X) else X, missing)
        self.rows, self.width = X.shape if self.array is None else self.array.shape

    @property
    def matrix(self):
        """The numbers (N, D), where none of the columns holds words."""
        return self.array if self.sparse is None else self.sparse

    @property
    def column_names(self):
        """The names, of which those without one get x1, x2, ..."""
        return self.names or [f"x{i + 1}" for i in range(self.width)]

    def has_name(self, name):
        """True if a column has that name; of millions without one, none is made."""
        if self.names:
            return name in self.names
        number = name[1:]
        return name == f"x{number}" and number.isdecimal() and 0 < int(number) <= self.width

    def named_columns(self, names=None):
        """{name: array of numbers or list of words}, with other names if these are given."""
        columns = self.columns
        if columns is None:
            columns = self.array.T if self.sparse is None else self.sparse.toarray().T
        named = dict(zip(names or self.column_names, columns))
        if len(named) < self.width:
            raise ValueError("X has several columns of one name")
        return named


def _is_matrix(X):
    """True for a frame of pandas with floats of one type, whose memory is taken as it is."""
    dtypes = getattr(X, "dtypes", None)
    return hasattr(X, "iloc") and len(set(dtypes)) == 1 and dtypes.iloc[0] in (np.float32, np.float64)


def _matrix(data, missing):
    """X as an array (N, D) of numbers."""
    array = _numbers(data, "X")
    if array.ndim != 2:
        shape = "scalar array" if array.ndim == 0 else f"{array.ndim}D array"
        raise ValueError(
            f"Expected 2D array, got {shape} instead:\narray={array}.\nReshape your data either using "
            "array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if it "
            "contains a single sample.")
    _check_shape(array)
    return as_floats(array, "X", missing)


def _check_shape(array):
    for count, what in zip(array.shape, ("sample", "feature")):
        if count == 0:
            raise ValueError(f"Found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 "
                             "is required.")


def _require(y, rows, estimator):
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    array = _numbers(y, "y")
    if array.ndim == 0 or len(array) != rows:
        raise ValueError("Found input variables with inconsistent numbers of samples: "
                         f"{[rows, len(array) if array.ndim else 1]}")
    return array


def targets(y, rows, estimator):
    """y as an array (N) or (N, K)."""
    array = _require(y, rows, estimator)
    if array.ndim > 2:
        raise ValueError(f"y has {array.ndim} dimensions; wanted: 1, or 2 for several targets")
    return as_floats(array, "y")


def labels(y, rows, estimator):
    """y as an array (N) of class labels: whole numbers, texts or truth values."""
    array = _require(y, rows, estimator)
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn("A column-vector y was passed when a 1d array was expected. Please change the "
                      "shape of y to (n_samples, ), for example using ravel().",
                      DataConversionWarning, stacklevel=4)
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {array.shape} instead.")
    if array.dtype.kind == "O" and any(map(frames.is_missing, array.flat)):
        raise ValueError("Input y contains NaN.")
    if array.dtype.kind == "f":
        _refuse_values(array, "y")
        if (array != np.floor(array)).any():
            raise ValueError("Unknown label type: continuous. Maybe you are trying to fit a "
                             "classifier, which expects discrete classes on a regression target with "
                             "continuous values.")
    return array


def sorted_classes(labels):
    """The distinct labels in the library's order: as numbers where all texts are numbers, else as
    NumPy sorts them."""
    classes = np.unique(labels)
    if classes.dtype.kind in "UO":
        try:
            return classes[np.argsort([float(label) for label in classes], kind="stable")]
        except (TypeError, ValueError):
            pass
    return classes


def unused_name(name, is_taken):
    """The name, with underscores where another column has it."""
    while is_taken(name):
        name += "_"
    return name


def target_names(y, width, features):
    """The names of the targets: those of a frame or a column of one, else y, or y1, y2, ...

    None of them is a feature's.
    """
    names = frames.feature_names(frames.frame_columns(y))
    if names is None and isinstance(getattr(y, "name", None), str) and y.name:
        names = [y.name]
    if names is None:
        names = ["y"] if width == 1 else [f"y{i + 1}" for i in range(width)]
    return [unused_name(name, features.has_name) for name in names]


def labels_of_names(names):
    """The labels that names of classes stand for: numbers where all of them are numbers."""
    for kind in (int, float):
        try:
            return np.array([kind(name) for name in names])
        except ValueError:
            pass
    return np.array(names)


def row_weights(weights, rows):
    """sample_weight as an array (N); None: all weigh 1."""
    if weights is None:
        return None
    array = _numbers(weights, "sample_weight")
    if array.ndim == 0:
        array = np.full(rows, array)
    if array.shape != (rows,):
        raise ValueError(f"sample_weight.shape == {array.shape}, expected {(rows,)}!")
    floats = as_floats(array, "sample_weight")
    if not floats.any():
        raise ValueError("sample_weight: the weight of every row is zero")
    return floats
