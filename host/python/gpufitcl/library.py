"""library.py: the shared library, its errors as exceptions, and calls that can be interrupted."""

import ctypes
import math
import os
import re
import signal
import threading
import warnings
from contextlib import contextmanager

import numpy as np

from . import _abi


class GpufitWarning(UserWarning):
    """What the library notices and the user may want to know; it is not an error."""


class GpufitError(Exception):
    """A call of the library failed; the message says why."""


class DivergedError(GpufitError, ArithmeticError):
    """The loss became infinite or NaN, or grew a millionfold."""


class CheckError(GpufitError, ArithmeticError):
    """A result lies outside the error bound around the double-precision reference's."""


class DataError(GpufitError, ValueError):
    """Parameters or data are not allowed."""


class DeviceError(GpufitError, RuntimeError):
    """There is no such device, or it failed."""


class FileError(GpufitError, OSError):
    """A file cannot be read or written."""


class HostMemoryError(GpufitError, MemoryError):
    """The host's memory is not enough."""


ERRORS = {
    "GF_E_DIVERGED": DivergedError,
    "GF_E_CHECK": CheckError,
    "GF_E_USAGE": DataError,
    "GF_E_DATA": DataError,
    "GF_E_NOINPUT": FileError,
    "GF_E_UNAVAILABLE": DeviceError,
    "GF_E_OPENCL": DeviceError,
    "GF_E_MEMORY": HostMemoryError,
    "GF_E_CANTCREATE": FileError,
    "GF_E_IO": FileError,
}
INTERRUPTED = _abi.CONSTANTS["GF_E_INTERRUPTED"]


def _load():
    try:
        library = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "libgpufitcl.so"))
    except OSError as error:
        raise ImportError(f"{error}.  libOpenCL.so.1, the loader of OpenCL drivers, comes with a driver "
                          "or as a package of the system: ocl-icd-libopencl1 of Debian") from error
    for name, (result, arguments) in _abi.FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


C = _load()


def message_of(text):
    """A text of the library, in which "--batch-size" is the parameter batch_size."""
    return re.sub(r"--([a-z][a-z0-9-]*)", lambda option: option[1].replace("-", "_"),
                  text.decode(errors="replace"))


def raise_error(error):
    """Raises the exception that stands for the status of a gf_error."""
    kinds = {_abi.CONSTANTS[name]: exception for name, exception in ERRORS.items()}
    raise kinds.get(error.status, GpufitError)(message_of(error.message))


def call(function, *arguments):
    """Calls a function whose last argument, a gf_error, is added here."""
    error = _abi.gf_error()
    if function(*arguments, error):
        raise_error(error)


def word_index(name, word):
    """The value in C of a word, such as "huber" of the list "loss"."""
    words = list(_abi.WORDS[name])
    if word not in words:
        raise DataError(f"{name} is {word!r}; wanted one of: {' '.join(words)}")
    return words.index(word)


def word_at(name, index):
    return list(_abi.WORDS[name])[index]


def texts(strings):
    """Strings as an array of C."""
    return (ctypes.c_char_p * len(strings))(*(string.encode() for string in strings))


def pointer(array, kind=ctypes.c_float):
    """The numbers of a NumPy array as a pointer of C, which does not keep the array alive."""
    return None if array is None else array.ctypes.data_as(ctypes.POINTER(kind))


def copied(pointer_to_numbers, shape):
    """The numbers that a pointer of C points to, as a NumPy array of its own."""
    return np.ctypeslib.as_array(pointer_to_numbers, shape).copy()


def copied_structs(pointer_to_structs, shape):
    """Structs of C as a NumPy array with a field for each member."""
    kind = pointer_to_structs._type_
    size = ctypes.sizeof(kind) * math.prod(shape)
    return np.frombuffer(ctypes.string_at(pointer_to_structs, size), np.dtype(kind)).reshape(shape)


def device_list():
    """The OpenCL devices, each as a dict.  The parameter device takes an index, or part of a name."""
    found = ctypes.POINTER(_abi.gf_device_info)()
    count = ctypes.c_size_t()
    call(C.gf_device_list, found, count)
    devices = [struct_dict(found[i]) for i in range(count.value)]
    C.gf_device_list_free(found)
    return devices


def struct_dict(struct):
    """The members of a struct but pointers, as a dict: numbers, words, texts, and structs as dicts.

    Of an array rows, rows_count counts the ones that are filled.
    """
    members = {}
    for name, _ in struct._fields_:
        value = getattr(struct, name)
        words = _abi.MEMBER_WORDS.get((type(struct).__name__, name))
        if words:
            value = word_at(words, value)
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        if isinstance(value, ctypes.Structure):
            value = struct_dict(value)
        if isinstance(value, ctypes.Array):
            value = [struct_dict(one) for one in value[:getattr(struct, f"{name}_count")]]
        if isinstance(value, (int, float, str, list, dict)):
            members[name] = value
    return members


def statistics_dict(pointer_to_statistics):
    """A gf_statistics as a dict, or None.  weight (equations, D), bias (equations) and fit (fits) are
    arrays with a field for each number: statistics["weight"]["p_value"]."""
    if not pointer_to_statistics:
        return None
    s = pointer_to_statistics.contents
    if s.why:
        warnings.warn(f"no statistics: {message_of(s.why)}", GpufitWarning, stacklevel=5)
        return None
    return {**struct_dict(s), "weight": copied_structs(s.weight, (s.equations, s.features)),
            "bias": copied_structs(s.bias, (s.equations,)), "fit": copied_structs(s.fit, (s.fits,))}


# ---- calls that can be interrupted ----


class Interrupt:
    """Remembers a SIGINT that arrives during a call of the library.

    An exception cannot pass through C, so that the handler notes the signal, the library's callback
    stop sees it after the present step, and the caller raises KeyboardInterrupt after the call.
    """

    def __init__(self):
        self.arrived = False

    def note(self, _signal, _frame):
        self.arrived = True


@contextmanager
def interruptible():
    """Gives an Interrupt that listens where Python's own handler would raise KeyboardInterrupt."""
    interrupt = Interrupt()
    listens = (threading.current_thread() is threading.main_thread()
               and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if listens:
        signal.signal(signal.SIGINT, interrupt.note)
    try:
        yield interrupt
    finally:
        if listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)
