"""models.py: a trained model, and what it computes."""

import ctypes
import os
import tempfile

import numpy as np

from . import _abi
from .library import C, call, copied, pointer, word_at


def _layout(array):
    """Where the numbers of an array of floats or doubles lie: a gf_layout."""
    strides = [*array.strides, array.itemsize][:2]
    number = "float" if array.dtype == np.float32 else "double"
    return _abi.gf_layout(_abi.CONSTANTS[f"GF_NUMBER_{number}"], *strides)


class Dataset:
    """Rows that the library has copied."""

    def __init__(self, x, y=None, weights=None, **names):
        """x (N, D), y (N), (N, K) or None, weights (N) or None: arrays that inputs.py has made."""
        self.handle = ctypes.c_void_p()
        arrays = _abi.gf_arrays(rows=x.shape[0], features=x.shape[1])
        if y is not None:
            arrays.outputs = y.size // len(y)
        for member, array in (("x", x), ("y", y), ("weights", weights)):
            if array is not None:
                setattr(arrays, member, array.ctypes.data)
                setattr(arrays, f"{member}_layout", _layout(array))
        for member, value in names.items():
            setattr(arrays, member, value)
        call(C.gf_dataset_new, self.handle, arrays)

    def __del__(self):
        C.gf_dataset_free(self.handle)


class Model:
    """A linear model or a network.  Its pickle is the model file that the command line reads, too."""

    def __init__(self, handle):
        self.handle = handle  # owned

    def __del__(self):
        C.gf_model_free(self.handle)

    # ---- files ----

    @classmethod
    def load(cls, path):
        handle = ctypes.c_void_p()
        call(C.gf_model_load, handle, os.fsencode(path))
        return cls(handle)

    def save(self, path):
        call(C.gf_model_save, self.handle, os.fsencode(path))

    def __getstate__(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            self.save(path)
            with open(path, "rb") as file:
                return {"safetensors": file.read()}

    def __setstate__(self, state):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            with open(path, "wb") as file:
                file.write(state["safetensors"])
            self.handle = type(self).load(path)._release()

    def _release(self):
        handle, self.handle = self.handle, None
        return handle

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
    def negative_slope(self):
        return C.gf_model_negative_slope(self.handle)

    # ---- what it computes ----

    def compute(self, x, config):
        """Outputs (N, K) in float32 of rows x (N, D)."""
        outputs = np.empty((len(x), self.outputs), np.float32)
        data = Dataset(x)
        call(C.gf_predict, self.handle, data.handle, config, pointer(outputs))
        return outputs
