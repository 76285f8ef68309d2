"""Opens a saved network as its users will: nn.Sequential takes its state_dict with strict=True.

    python sequential_check.py MODEL <ROWS

ROWS are lines of features, as CSV without a header.  Prints the outputs of each, by PyTorch in
double precision.  The exit status is the verdict.
"""
import sys

import torch
from safetensors import safe_open
from torch import nn

ACTIVATIONS = {
    "relu": lambda slope: nn.ReLU(),
    "tanh": lambda slope: nn.Tanh(),
    "sigmoid": lambda slope: nn.Sigmoid(),
    "gelu": lambda slope: nn.GELU(),
    "gelu_tanh": lambda slope: nn.GELU(approximate="tanh"),
    "leaky_relu": lambda slope: nn.LeakyReLU(slope),
    "silu": lambda slope: nn.SiLU(),
}


def load(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        state = {name: file.get_tensor(name) for name in file.keys()}
    modules = []
    for i in range(0, 32, 2):
        if f"{i}.weight" not in state:
            break
        if modules:
            activation = ACTIVATIONS[metadata["activation"]]
            modules.append(activation(float(metadata.get("negative_slope", 0.01))))
        outputs, inputs = state[f"{i}.weight"].shape
        modules.append(nn.Linear(inputs, outputs, bias=f"{i}.bias" in state))
    network = nn.Sequential(*modules)
    network.load_state_dict(state, strict=True)
    assert all(p.dtype == torch.float32 for p in network.parameters())
    return network.double()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    network = load(sys.argv[1])
    for line in sys.stdin:
        x = torch.tensor([float(field) for field in line.split(",")], dtype=torch.float64)
        print(",".join(repr(z) for z in network(x).tolist()))


main()
