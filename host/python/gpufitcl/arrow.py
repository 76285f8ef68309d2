"""arrow.py: columns of numbers and of words as a table of Arrow's C data interface.

The library makes of it the dataset that the same table in a CSV file would give.
"""

import ctypes

import numpy as np

from . import _abi

# A struct without a release function counts as released.  NumPy owns the memory, so none is freed.
_keep_schema = dict(_abi.ArrowSchema._fields_)["release"](lambda _schema: None)
_keep_array = dict(_abi.ArrowArray._fields_)["release"](lambda _array: None)


class Column:
    """The schema and the array of a column or of a table, and the memory that they point to."""

    def __init__(self, format, length, *buffers, name="", children=(), dictionary=None):
        """buffers: NumPy's arrays; None: all values are there."""
        self.kept = [buffers, children, dictionary, format.encode(), name.encode()]
        pointers = (ctypes.c_void_p * len(buffers))(
            *(None if buffer is None else buffer.ctypes.data for buffer in buffers))
        self.schema = _abi.ArrowSchema(format=self.kept[3], name=self.kept[4], release=_keep_schema)
        self.array = _abi.ArrowArray(length=length, n_buffers=len(buffers), buffers=pointers,
                                     release=_keep_array)
        for own, member in ((self.schema, "schema"), (self.array, "array")):
            kind = ctypes.POINTER(type(own))
            own.n_children = len(children)
            own.children = (kind * len(children))(
                *(ctypes.pointer(getattr(child, member)) for child in children))
            if dictionary is not None:
                own.dictionary = ctypes.pointer(getattr(dictionary, member))


def numbers(name, values):
    """A column of floats, whose NaN are missing values."""
    kind = np.float32 if values.dtype == np.float32 else np.float64
    return Column("f" if kind is np.float32 else "g", len(values), None,
                  np.ascontiguousarray(values, kind), name=name)


def words(name, values):
    """A column of texts: indices into a dictionary of the texts that it has."""
    places = {}
    indices = np.array([places.setdefault(word, len(places)) for word in values], np.int32)
    encoded = [word.encode() for word in places]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    text = np.frombuffer(b"".join(encoded) + b"\0", np.uint8)
    dictionary = Column("U", len(encoded), None, offsets, text)
    return Column("i", len(indices), None, indices, name=name, dictionary=dictionary)


def table(columns):
    """columns: [(name, array of numbers or list of words)]"""
    children = [(words if isinstance(values, list) else numbers)(name, values)
                for name, values in columns]
    return Column("+s", len(columns[0][1]), None, children=children)
