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

    def __init__(self, format, length, *buffers, name="", children=(), dictionary=None,
                 missing=0):
        """buffers: arrays of NumPy, the first with a bit for each value that is there; None: all are."""
        self.kept = [buffers, children, dictionary, format.encode(), name.encode()]
        pointers = (ctypes.c_void_p * len(buffers))(
            *(None if buffer is None else buffer.ctypes.data for buffer in buffers))
        self.schema = _abi.ArrowSchema(format=self.kept[3], name=self.kept[4], release=_keep_schema)
        self.array = _abi.ArrowArray(length=length, null_count=missing, n_buffers=len(buffers),
                                     buffers=pointers, release=_keep_array)
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
    """A column of texts, as indices into a dictionary of them; None is a missing one."""
    places = {None: -1}
    indices = np.array([places.setdefault(word, len(places) - 1) for word in values], np.int32)
    encoded = [word.encode() for word in places if word is not None]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    text = np.frombuffer(b"".join(encoded) + b"\0", np.uint8)
    dictionary = Column("U", len(encoded), None, offsets, text)
    is_there = np.packbits(indices >= 0, bitorder="little")
    return Column("i", len(indices), is_there, np.maximum(indices, 0), name=name, dictionary=dictionary,
                  missing=int((indices < 0).sum()))


def table(columns):
    """columns: {name: array of numbers or list of words}"""
    children = [(words if isinstance(values, list) else numbers)(name, values)
                for name, values in columns.items()]
    return Column("+s", len(next(iter(columns.values()))), None, children=children)
