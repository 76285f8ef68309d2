"""pytorch.py: models from and to modules of PyTorch, which only these functions import."""

import json
import os
import struct
import tempfile

import numpy as np

from .models import Model

# The activation of each word, and the words of modules that have no parameters of their own.
ACTIVATIONS = {
    "relu": lambda nn, _: nn.ReLU(),
    "tanh": lambda nn, _: nn.Tanh(),
    "sigmoid": lambda nn, _: nn.Sigmoid(),
    "gelu": lambda nn, _: nn.GELU(),
    "gelu_tanh": lambda nn, _: nn.GELU(approximate="tanh"),
    "leaky_relu": lambda nn, slope: nn.LeakyReLU(slope),
    "silu": lambda nn, _: nn.SiLU(),
}


def _linear(nn, torch, weight, bias, has_bias):
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=has_bias)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
        if has_bias:
            layer.bias.copy_(torch.from_numpy(bias))
    return layer


def module_of(model):
    """A torch.nn.Linear, or a Sequential of such and of activations, with the model's parameters."""
    import torch
    from torch import nn

    modules = []
    for weight, bias in model.layers:
        if modules:
            modules.append(ACTIVATIONS[model.activation](nn, model.negative_slope))
        modules.append(_linear(nn, torch, weight, bias, model.has_bias))
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


def _word_of(module):
    """The word and the negative slope of a module that is an activation."""
    from torch import nn

    for word, make in ACTIVATIONS.items():
        slope = getattr(module, "negative_slope", 0.01)
        same = make(nn, slope)
        if type(module) is type(same) and repr(module).replace(", inplace=True", "").replace(
                "inplace=True", "") == repr(same):
            return word, slope
    raise ValueError(f"{module} is no activation that gpufit has: {', '.join(ACTIVATIONS)}")


def _parts(module):
    """The Linear layers of a module, and the activation between them."""
    from torch import nn

    parts = list(module) if isinstance(module, nn.Sequential) else [module]
    layers, between = parts[::2], {_word_of(part) for part in parts[1::2]}
    for layer in layers:
        if not isinstance(layer, nn.Linear):
            raise ValueError(f"{layer} stands where a Linear is wanted: Linear, activation, Linear, ...")
    if len(parts) % 2 == 0 or len(between) > 1:
        raise ValueError("wanted: Linear, activation, Linear, ..., with one activation throughout")
    return layers, between.pop() if between else (None, None)


def _safetensors(tensors, metadata):
    """A file in the container safetensors: the length of a header in JSON, the header, the numbers."""
    header, at = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    return b"".join([struct.pack("<Q", len(text)), text, *(a.tobytes() for a in tensors.values())])


def model_of(module, metadata):
    """A Model with the parameters of a module, and its hidden widths and its activation.

    metadata: what the module does not know, as model files spell it: the loss, the classes.
    """
    layers, (word, slope) = _parts(module)
    tensors = {}
    for i, layer in enumerate(layers):
        prefix = f"{2 * i}." if len(layers) > 1 else ""
        for name, tensor in layer.named_parameters():
            tensors[prefix + name] = tensor.detach().cpu().numpy().astype(np.float32)
    if word:
        metadata = {**metadata, "activation": word}
    if word == "leaky_relu":
        metadata["negative_slope"] = repr(slope)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        with open(path, "wb") as file:
            file.write(_safetensors(tensors, metadata))
        return Model.load(path)


def classifier_of(module, classes):
    """A Model that predicts classes; None: 0, 1, ..."""
    outputs = _parts(module)[0][-1].out_features
    if classes is None:
        classes = range(max(2, outputs))
    if len(classes) != max(2, outputs):
        raise ValueError(f"{len(classes)} classes for {outputs} outputs")
    return model_of(module, {"loss": "bce" if outputs == 1 else "cross_entropy",
                             "classes": json.dumps([str(label) for label in classes])})
