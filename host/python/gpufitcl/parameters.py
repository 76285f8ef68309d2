"""parameters.py: the estimators' parameters, which are the members of the library's gf_config.

A member has its name and its default here; lr_auto is lr="auto", class_weights a dict as class_weight.
What scikit-learn names in another way has its name: random_state is seed, fit_intercept is the opposite
of no_bias.

Three are no members: warm_start, with which fit trains on from the present model; missing, what
becomes of NaN and of missing words in X: "error", "mean", "most" or "category"; and unseen, what becomes
of words that training has not seen: "error" or "zero".

A parameter that is None is chosen to suit the model:

                a linear model              a network (hidden is not empty)
    optimizer   sgd                         adam
    batch_size  all rows                    a tenth of the rows, from 32 to 200
    epochs      5000                        200
    shuffle     no                          yes

and, for a linear model that sgd trains on all rows at once with a smooth loss, lr "auto" (1 / the
largest curvature), momentum 0.9, nesterov, and a tolerance of 1e-4, which ends the training when the
gradient is that small.  Elsewhere lr is PyTorch's default of the optimizer (0.01 for sgd), and
momentum and tolerance are 0.
"""

import ctypes
import inspect
import math
import numbers

import numpy as np

from . import _abi
from .library import C, DataError, word_at, word_index

KINDS = dict(_abi.gf_config._fields_)
RENAMED = {"seed": "random_state", "no_bias": "fit_intercept"}
CHOSEN = ("optimizer", "lr", "momentum", "nesterov", "batch_size", "shuffle", "epochs", "tolerance")

# The losses whose curvature has a bound, from which lr "auto" follows, and whose gradient fades.
SMOOTH = ("mse", "smooth_l1", "huber", "bce", "cross_entropy", "squared_hinge")


def default_config():
    config = _abi.gf_config()
    C.gf_config_default(config)
    return config


def _words(member):
    return _abi.MEMBER_WORDS.get(("gf_config", member))


def _is_parameter(member):
    """Callbacks, data and models are given to methods."""
    kind = KINDS[member]
    return (member not in ("lr_auto", "class_weights", "output_rows") and kind is not ctypes.c_void_p
            and not issubclass(kind, ctypes._CFuncPtr))


def _python_value(member, value):
    """The value of a member of a gf_config in Python."""
    if _words(member):
        return word_at(_words(member), value)
    if member == "hidden":
        return ()
    if isinstance(value, ctypes.Array):
        return tuple(value)
    if isinstance(value, float) and math.isnan(value):  # GF_DEFAULT
        return None
    return bool(value) if KINDS[member] is ctypes.c_int else value


def _defaults():
    config = default_config()
    values = {}
    for member in filter(_is_parameter, KINDS):
        value = _python_value(member, getattr(config, member))
        values[RENAMED.get(member, member)] = None if member in CHOSEN else value
    return {**values, "fit_intercept": True, "standardize": True, "class_weight": None,
            "missing": "error", "unseen": "error", "warm_start": False}


DEFAULTS = _defaults()


def constructor(**differing):
    """An __init__ that stores each parameter unchanged, as scikit-learn wants it.

    differing: the defaults of a class that differ; a parameter whose default is ... is left out.
    """
    defaults = {name: value for name, value in {**DEFAULTS, **differing}.items() if value is not ...}

    def __init__(self, **parameters):
        for name in parameters:
            if name not in defaults:
                raise TypeError(f"{type(self).__name__}() has no parameter {name!r}")
        for name, default in defaults.items():
            setattr(self, name, parameters.get(name, default))

    one = inspect.Parameter
    __init__.__signature__ = inspect.Signature([
        one("self", one.POSITIONAL_OR_KEYWORD),
        *(one(name, one.KEYWORD_ONLY, default=value) for name, value in defaults.items())])
    return __init__


def suited(parameters, rows):
    """The parameters with a value for each of CHOSEN that is None."""
    values = dict(parameters)

    def choose(name, value):
        if values[name] is None:
            values[name] = value

    is_network = len(_widths(values["hidden"])) > 0
    choose("optimizer", "adam" if is_network else "sgd")
    choose("batch_size", min(max(32, rows // 10), 200, rows) if is_network else 0)
    choose("epochs", 200 if is_network else 5000)
    choose("shuffle", is_network)
    if values["batch_size"] == "full":
        values["batch_size"] = 0
    is_steady = (not is_network and values["optimizer"] == "sgd" and values["batch_size"] == 0
                 and values["loss"] in SMOOTH)
    if is_steady:
        choose("lr", "auto")
    is_accelerated = values["lr"] == "auto" and values["momentum"] is None
    choose("momentum", 0.9 if is_accelerated else 0.0)
    choose("nesterov", is_accelerated)
    choose("tolerance", 1e-4 if is_steady else 0.0)
    return values


def _widths(hidden):
    return tuple(hidden) if np.iterable(hidden) else (hidden,)


def _seed(random_state):
    """An int is itself; scikit-learn's other kinds draw one."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    generator = np.random.mtrand._rand if random_state is None else random_state
    draw = getattr(generator, "randint", None) or generator.integers
    return int(draw(2**31 - 1))


def _c_number(member, value):
    """A number of Python as what a member takes, or DataError that names the parameter."""
    kind, name = KINDS[member], RENAMED.get(member, member)
    if kind is ctypes.c_double and isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, (bool, np.bool_, numbers.Integral)) and kind is not ctypes.c_double:
        limit = 2 ** (8 * ctypes.sizeof(kind))
        if not (kind is ctypes.c_int or 0 <= value < limit):
            raise DataError(f"{name} is {value}; wanted: a number from 0 to {limit - 1}")
        return int(value)
    wanted = "a number" if kind is ctypes.c_double else "a whole number"
    raise DataError(f"{name} is {value!r}; wanted: {wanted}")


def _c_array(member, value):
    """Several numbers, of which hidden may have fewer than its array."""
    array = KINDS[member]()
    values = _widths(value)
    if len(values) > len(array) or (member != "hidden" and len(values) < len(array)):
        raise DataError(f"{member} has {len(values)} numbers; wanted: {len(array)}"
                        f"{' at most' if member == 'hidden' else ''}")
    kind, words = numbers.Real, "a number"
    if member == "hidden":
        kind, words = numbers.Integral, "a whole number above 0"
    for i, number in enumerate(values):
        if not isinstance(number, kind) or number < 0 or (member == "hidden" and number == 0):
            raise DataError(f"{member}[{i}] is {number!r}; wanted: {words}")
        array[i] = number
    return array


def _set_member(config, member, value):
    kind = KINDS[member]
    if _words(member):
        setattr(config, member, word_index(_words(member), value))
    elif kind is ctypes.c_char_p:
        setattr(config, member, str(value).encode())
    elif issubclass(kind, ctypes.Array):
        setattr(config, member, _c_array(member, value))
    else:
        setattr(config, member, _c_number(member, value))


def missing_index(word):
    """The rows of X and of predictions are the same, so that none is left out."""
    words = ("error", "mean", "most", "category")
    if word not in words:
        raise DataError(f"missing is {word!r}; wanted one of: {' '.join(words)}")
    return word_index("missing", word)


def _weights_by_name(class_weight):
    """{"a": 2} as the library spells it: "a"=2."""
    quoted = {str(label).replace('"', '""'): weight for label, weight in class_weight.items()}
    return ",".join(f'"{label}"={float(weight)!r}' for label, weight in quoted.items())


def make_config(values):
    """A gf_config of some parameters; None leaves a member at its default."""
    config = default_config()
    names = {renamed: member for member, renamed in RENAMED.items()}
    values = dict(values)
    if "random_state" in values:
        values["random_state"] = _seed(values["random_state"])
    if "fit_intercept" in values:
        values["fit_intercept"] = not values["fit_intercept"]
    if values.get("lr") == "auto":
        values["lr"], config.lr_auto = None, 1
    if isinstance(values.get("class_weight"), dict):
        values["class_weights"] = _weights_by_name(values.pop("class_weight"))
    for name, value in values.items():
        member = names.get(name, name)
        if member in KINDS and value is not None:
            _set_member(config, member, value)
    return config
