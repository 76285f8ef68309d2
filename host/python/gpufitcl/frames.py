"""frames.py: data frames of pandas, polars and pyarrow, none of which is imported here."""

import warnings

import numpy as np


def frame_columns(X):
    """[(name, column)] of a frame; None: X is none."""
    if hasattr(X, "iloc") and hasattr(X, "columns"):  # pandas
        return [(name, X.iloc[:, i]) for i, name in enumerate(X.columns)]
    if hasattr(X, "get_columns"):  # polars
        return [(column.name, column) for column in X.get_columns()]
    if hasattr(X, "column_names") and hasattr(X, "column"):  # pyarrow
        return [(name, X.column(i)) for i, name in enumerate(X.column_names)]
    return None


def feature_names(columns):
    """The names of a frame's columns, or None where they are no texts, as numbers in pandas are."""
    if columns is None:
        return None
    names = [name for name, _ in columns]
    kinds = sorted({type(name).__name__ for name in names})
    if len(kinds) > 1 and "str" in kinds:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your input "
            f"has {kinds} as feature name / column name types. If you want feature names to be stored "
            "and validated, you must convert them all to strings, by using X.columns = "
            "X.columns.astype(str) for example. Otherwise you can remove feature / column names from "
            "your input data, or convert them all to a non-string data type.")
    return names if kinds == ["str"] else None


def check_names(estimator, names):
    """Compares the names of X with those of fit, in scikit-learn's words."""
    fitted = getattr(estimator, "feature_names_in_", None)
    kind = type(estimator).__name__
    if fitted is None and names is None:
        return
    if fitted is None:
        warnings.warn(f"X has feature names, but {kind} was fitted without feature names", stacklevel=5)
    elif names is None:
        warnings.warn(f"X does not have valid feature names, but {kind} was fitted with feature names",
                      stacklevel=5)
    elif list(fitted) != names:
        raise ValueError("The feature names should match those that were passed during fit.\n"
                         + _difference(list(fitted), names))


def _difference(fitted, names):
    lines = []
    for title, missing in (
            ("Feature names unseen at fit time:", sorted(set(names) - set(fitted))),
            ("Feature names seen at fit time, yet now missing:", sorted(set(fitted) - set(names)))):
        if missing:
            shown = [*missing[:5], *(["..."] if len(missing) > 5 else [])]
            lines += [title, *(f"- {name}" for name in shown)]
    return "\n".join(lines or ["Feature names must be in the same order as they were in fit."]) + "\n"


# ---- a column ----


def _kind(column):
    """"numbers", "words" or "objects", whose values tell; else the name of the column's type."""
    dtype = getattr(column, "dtype", None)
    name = str(dtype if dtype is not None else column.type).lower()
    if name.startswith(("int", "uint", "float", "double", "halffloat", "bool", "decimal")):
        return "numbers"
    if name.startswith(("str", "large_str", "utf8", "categ", "enum", "dictionary")):
        return "words"
    return "objects" if name in ("object", "null") else name


def _number_array(column):
    if hasattr(column, "iloc"):
        return column.to_numpy(dtype=float, na_value=np.nan) if column.hasnans else column.to_numpy()
    if hasattr(column, "null_count") and column.null_count:
        return np.array([np.nan if value is None else value for value in _values(column)], float)
    return np.asarray(column)


def is_missing(value):
    """True for None, NaN and pandas' NA, which is neither equal to itself nor different."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def _values(column):
    """The column as a list of Python's values; None is a missing one."""
    if hasattr(column, "to_pylist"):
        return column.to_pylist()
    values = column.tolist() if hasattr(column, "iloc") else column.to_list()
    return [None if is_missing(value) else value for value in values]


def read_column(name, column, missing="error"):
    """An array of numbers, or a list of words in which None is a missing one."""
    kind = _kind(column)
    if kind == "numbers":
        return _number_array(column)
    if kind not in ("words", "objects"):
        raise ValueError(f"column {name!r} is of type {kind}; wanted: numbers or words")
    values = _values(column)
    if kind == "objects" and not any(isinstance(value, str) for value in values):
        return np.array(values, float)
    if missing == "error" and None in values:
        raise ValueError(f"Input X contains NaN: column {name!r}, row {values.index(None)} from 0, has "
                         "no word.")
    return [None if value is None else str(value) for value in values]
