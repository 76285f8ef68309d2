"""Opens a saved model as its users will: with the real safetensors and, where
it can be imported, PyTorch.

    python safetensors_check.py MODEL

Prints weight and bias so that they read back as the same floats.  The exit
status is the verdict.
"""
import sys


def as_numpy(path):
    """Without PyTorch: names, types and shapes, as load_state_dict would want them."""
    from safetensors.numpy import load_file

    state = load_file(path)
    assert set(state) == {"weight", "bias"}, f"tensors {sorted(state)}"
    weight, bias = state["weight"], state["bias"]
    assert weight.dtype == bias.dtype == "float32", f"{weight.dtype}, {bias.dtype}"
    assert weight.ndim == 2 and bias.shape == weight.shape[:1], f"{weight.shape}, {bias.shape}"
    return weight.tolist(), bias.tolist()


def as_linear(path, torch):
    from safetensors.torch import load_file

    state = load_file(path)
    outputs, features = state["weight"].shape
    linear = torch.nn.Linear(features, outputs)
    linear.load_state_dict(state, strict=True)
    assert linear.weight.dtype == linear.bias.dtype == torch.float32
    assert linear(torch.zeros(1, features)).tolist() == [linear.bias.tolist()]
    return linear.weight.tolist(), linear.bias.tolist()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        import torch
    except ImportError:
        weight, bias = as_numpy(sys.argv[1])
    else:
        weight, bias = as_linear(sys.argv[1], torch)
    print("weight", repr(weight))
    print("bias", repr(bias))


main()
