"""models.py: a trained model, and what it computes."""

import ctypes
import os
import tempfile
import threading

import numpy as np

from . import _abi, arrow, sparse
from .library import C, call, copied, pointer, word_at
from .parameters import make_config

LOG_LINKS = ("poisson", "gamma", "tweedie")  # whose outputs are logarithms


def _layout(array):
    """Where the numbers of an array of floats or doubles lie: a gf_layout."""
    strides = [*array.strides, array.itemsize][:2]
    number = "float" if array.dtype == np.float32 else "double"
    return _abi.gf_layout(_abi.CONSTANTS[f"GF_NUMBER_{number}"], *strides)


def _arrays(x, y=None, weights=None, dense=False, **names):
    """A gf_arrays of x (N, D), y (N), (N, K) or None, and weights (N) or None, from inputs.py.

    dense: stores the zeros of an x of sparse rows, too."""
    arrays = _abi.gf_arrays(rows=x.shape[0], features=x.shape[1], **names)
    if y is not None:
        arrays.outputs = y.size // len(y)
    if sparse.is_sparse(x):
        arrays.keeps = arrays.sparse = sparse.rows_of_c(x, dense)
        x = None
    for member, array in (("x", x), ("y", y), ("weights", weights)):
        if array is not None:
            setattr(arrays, member, array.ctypes.data)
            setattr(arrays, f"{member}_layout", _layout(array))
    return arrays


class Dataset:
    """Rows that the library has copied."""

    def __init__(self, handle):
        self.handle = handle  # owned

    def __del__(self):
        C.gf_dataset_free(self.handle)

    @classmethod
    def of_arrays(cls, *arrays, **names):
        """As _arrays has them."""
        handle = ctypes.c_void_p()
        call(C.gf_dataset_new, handle, _arrays(*arrays, **names))
        return cls(handle)

    @classmethod
    def of_columns(cls, columns, **members):
        """columns: {name: array of numbers or list of words}; members: of gf_read_options."""
        options = _abi.gf_read_options()
        C.gf_read_options_default(options)
        options.na = b""  # a word is no missing value
        for member, value in members.items():
            setattr(options, member, value.encode() if isinstance(value, str) else value)
        handle = ctypes.c_void_p()
        table = arrow.table(columns)
        call(C.gf_dataset_arrow, handle, table.schema, table.array, options)
        return cls(handle)

    @property
    def class_names(self):
        return [C.gf_dataset_class_name(self.handle, i).decode()
                for i in range(C.gf_dataset_classes(self.handle))]

    @property
    def is_dense(self):
        return bool(C.gf_dataset_x(self.handle))

    @property
    def x(self):
        """The features (N, D) of dense rows, in the library's memory."""
        shape = C.gf_dataset_rows(self.handle), C.gf_dataset_features(self.handle)
        return np.ctypeslib.as_array(C.gf_dataset_x(self.handle), shape)


class Model:
    """A linear model or a network.  Its pickle is the model file that the command line reads, too."""

    def __init__(self, handle):
        self.handle = handle  # owned
        self._close()

    def _close(self):
        """Begins without an open device."""
        self._predictor = ctypes.c_void_p()
        self._opened_for = None        # the parameters that the predictor was opened for
        self._lock = threading.Lock()  # one thread at a time uses the predictor

    def __del__(self):
        C.gf_predictor_free(self._predictor)
        C.gf_model_free(self.handle)

    # ---- files ----

    @classmethod
    def load(cls, path):
        handle = ctypes.c_void_p()
        call(C.gf_model_load, handle, os.fsencode(path))
        return cls(handle)

    def save(self, path):
        call(C.gf_model_save, self.handle, os.fsencode(path))

    def export(self, path):
        call(C.gf_model_export, self.handle, os.fsencode(path))

    def __getstate__(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            self.save(path)
            with open(path, "rb") as file:
                return {"safetensors": file.read()}

    def __setstate__(self, state):
        self.handle = ctypes.c_void_p()
        self._close()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            with open(path, "wb") as file:
                file.write(state["safetensors"])
            call(C.gf_model_load, self.handle, os.fsencode(path))

    # ---- what it is ----

    @property
    def features(self):
        return C.gf_model_features(self.handle)

    @property
    def outputs(self):
        return C.gf_model_outputs(self.handle)

    @property
    def loss(self):
        return word_at("loss", C.gf_model_loss(self.handle))

    @property
    def class_names(self):
        return [C.gf_model_class_name(self.handle, i).decode()
                for i in range(C.gf_model_classes(self.handle))]

    @property
    def feature_names(self):
        return [C.gf_model_feature_name(self.handle, i).decode() for i in range(self.features)]

    @property
    def column_names(self):
        """Of the columns of words and of numbers that features were made of; []: all are numbers."""
        return [C.gf_model_column(self.handle, i).name.decode()
                for i in range(C.gf_model_columns(self.handle))]

    @property
    def layers(self):
        """(weight, bias) of each layer: arrays (outputs, inputs) and (outputs)."""
        layers = []
        for i in range(C.gf_model_layers(self.handle)):
            layer = C.gf_model_layer(self.handle, i)
            layers.append((copied(layer.weight, (layer.outputs, layer.inputs)),
                           copied(layer.bias, (layer.outputs,))))
        return layers

    @property
    def activation(self):
        """The word of the activation after each hidden layer."""
        return word_at("activation", C.gf_model_activation(self.handle))

    @property
    def has_bias(self):
        return bool(C.gf_model_has_bias(self.handle))

    @property
    def takes_sparse_rows(self):
        return len(self.layers) == 1 and not C.gf_model_center(self.handle)

    @property
    def negative_slope(self):
        return C.gf_model_negative_slope(self.handle)

    # ---- what it computes ----

    def compute(self, x, parameters):
        """Outputs (N, K) in float32 of rows x (N, D), dense or sparse."""
        if not sparse.is_sparse(x):
            return self._compute_dense(x, parameters)
        if not self.takes_sparse_rows:
            return np.concatenate([self._compute_dense(part, parameters) for part in sparse.dense_parts(x)])
        return self.compute_rows(Dataset.of_arrays(x), parameters)

    def compute_rows(self, data, parameters):
        """The same of the rows of a Dataset."""
        if data.is_dense:
            return self._compute_dense(data.x, parameters)
        outputs = np.empty((C.gf_dataset_rows(data.handle), self.outputs), np.float32)
        call(C.gf_predict, self.handle, data.handle, make_config(parameters), pointer(outputs))
        return outputs

    def _compute_dense(self, x, parameters):
        """The same of dense rows.  The device stays open for the next call."""
        outputs = np.empty((len(x), self.outputs), np.float32)
        with self._lock:
            if self._opened_for != parameters:
                self._open(parameters)
            call(C.gf_predictor_run, self._predictor, _arrays(x), pointer(outputs))
        return outputs

    def intervals(self, data, level, parameters):
        """The ends of prediction intervals, two arrays (N, K), of the rows of a Dataset."""
        outputs = self.compute_rows(data, parameters)
        lower, upper = np.empty(outputs.shape), np.empty(outputs.shape)
        call(C.gf_predict_intervals, self.handle, data.handle, level, pointer(outputs),
             pointer(lower, ctypes.c_double), pointer(upper, ctypes.c_double))
        return lower, upper

    def _open(self, parameters):
        C.gf_predictor_free(self._predictor)
        self._predictor, self._opened_for = ctypes.c_void_p(), None
        call(C.gf_predictor_open, self._predictor, self.handle, make_config(parameters))
        self._opened_for = dict(parameters)

    def means(self, outputs):
        """What outputs stand for: numbers of the target, or the probability of the second class."""
        with np.errstate(over="ignore"):
            if self.loss in LOG_LINKS:
                return np.exp(outputs)
            return 1 / (1 + np.exp(-outputs)) if self.loss == "bce" else outputs

    def probabilities(self, outputs):
        """(N, classes), in double."""
        if self.loss in ("hinge", "squared_hinge"):
            raise AttributeError(f"loss {self.loss} has no probabilities")
        z = outputs.astype(float)
        if z.shape[1] == 1:
            z = np.column_stack([np.zeros(len(z)), z])
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)
