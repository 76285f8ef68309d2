"""sparse.py: sparse matrices of scipy, which is not imported here."""

from contextlib import contextmanager

import numpy as np

from . import _abi
from .library import C, HostMemoryError, message_of

ROWS_AT_ONCE = 2**24  # numbers of rows that are made dense in one go


def is_sparse(data):
    return hasattr(data, "tocsr")


def compressed_rows(matrix, check):
    """The matrix (N, D) in compressed rows whose indices rise; check: makes its numbers floats.

    Numbers that have one place are added up, as scipy means them.
    """
    rows = matrix.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy() if rows is matrix else rows
        rows.sum_duplicates()
    if len(rows.data):
        data = np.ascontiguousarray(check(rows.data))
        if data is not rows.data:
            rows = type(rows)((data, rows.indices, rows.indptr), shape=rows.shape)
    return rows


def dense_parts(rows):
    """The rows (N, D) as dense arrays, some rows at a time."""
    step = max(1, ROWS_AT_ONCE // rows.shape[1])
    for first in range(0, rows.shape[0], step):
        yield rows[first:first + step].toarray()


def rows_of_c(rows, dense):
    """A gf_sparse_rows, which points to the arrays of the rows; dense: stores their zeros, too."""
    wide = rows.indices.dtype == np.int64 or rows.indptr.dtype == np.int64
    integer = np.int64 if wide else np.int32
    start, index = (np.ascontiguousarray(array, integer) for array in (rows.indptr, rows.indices))
    number = "float" if rows.data.dtype == np.float32 else "double"
    found = _abi.gf_sparse_rows(
        start.ctypes.data, index.ctypes.data, rows.data.ctypes.data,
        _abi.CONSTANTS[f"GF_INTEGER_int{8 * start.itemsize}"], _abi.CONSTANTS[f"GF_NUMBER_{number}"],
        dense)
    found.keeps = start, index, rows.data  # ctypes does not keep them alive
    return found


def dense_reason(config):
    """What keeps a training with that gf_config from sparse rows; None: nothing."""
    reason = C.gf_config_dense_reason(config)
    return message_of(reason) if reason else None


@contextmanager
def explained(config, rows):
    """Adds to an error for want of memory why zeros of the sparse rows are stored at all."""
    try:
        yield
    except HostMemoryError as error:
        reason = dense_reason(config)
        if rows is None or reason is None:
            raise
        raise HostMemoryError(f"{error}; sparse rows cannot stay sparse here: {reason}") from None
