"""distributions.py: tail probabilities of the normal, t, chi-squared and F distributions to 50 digits, by mpmath.

Writes distributions.json beside itself: each case is [name, statistic, degrees of freedom.., probability].
"""

import json
import pathlib

import mpmath
from mpmath import mpf

mpmath.mp.dps = 50


def f_tail(x, first, second):
    x, first, second = mpf(x), mpf(first), mpf(second)
    share = second / (second + first * x)
    return mpmath.betainc(second / 2, first / 2, 0, share, regularized=True)


def t_tail(t, freedom):
    return f_tail(mpf(t) ** 2, 1, freedom)


def chi_squared_tail(x, freedom):
    return mpmath.gammainc(mpf(freedom) / 2, mpf(x) / 2, mpmath.inf, regularized=True)


def normal_tail(z):
    return mpmath.erfc(mpf(z) / mpmath.sqrt(2))


def cases():
    for z in [0, 1e-9, 0.5, 1.959963984540054, 8, 37]:
        yield "normal", normal_tail, [z]
    for freedom in [1, 2, 3, 29, 10**4, 10**6]:
        for t in [0, 1e-9, 0.1, 1, 1.96, 5, 36]:
            yield "t", t_tail, [t, freedom]
    for freedom in [1, 2, 3, 10, 77, 1000]:
        for x in [1e-8, 0.5, 0.9 * freedom, freedom + 2, 1.3 * freedom, 200]:
            yield "chi_squared", chi_squared_tail, [x, freedom]
    for first in [1, 2, 3, 50]:
        for second in [1, 6, 1000]:
            for x in [1e-6, 0.5, 1, 1.5, 40]:
                yield "f", f_tail, [x, first, second]


def main():
    found = [[name, *arguments, float(tail(*arguments))] for name, tail, arguments in cases()]
    record = {"mpmath": mpmath.__version__, "cases": found}
    lines = ",\n".join("    " + json.dumps(case) for case in found)
    text = json.dumps({**record, "cases": None}, indent=2).replace("null", "[\n" + lines + "\n  ]")
    (pathlib.Path(__file__).parent / "distributions.json").write_text(text + "\n")


main()
