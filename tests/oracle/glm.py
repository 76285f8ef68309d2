#!/usr/bin/env python3
"""glm.py: records generalised linear models that statsmodels and scikit-learn fit to glm.csv, which it makes.  See README.md."""

import json
import pathlib

import numpy as np
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.linear_model import GammaRegressor, TweedieRegressor

HERE = pathlib.Path(__file__).parent
ROWS = 120


def make_table():
    """Numbers with few digits, so that a float holds each of them to its rounding."""
    rng = np.random.default_rng(16)
    age, power = rng.normal(size=(2, ROWS)).round(2)
    years = rng.uniform(0.1, 3, ROWS).round(2)
    rate = np.exp(0.3 + 0.5 * age - 0.4 * power)
    claims = rng.poisson(years * rate)
    cost = rng.gamma(2.0, 0.5 * np.exp(0.2 - 0.3 * age), ROWS).round(2) + 0.01
    total = np.where(claims > 0, claims * cost, 0).round(2)
    fault = (rng.uniform(size=ROWS) < 1 / (1 + np.exp(-age - 0.5 * years))).astype(int)
    return {"age": age, "power": power, "years": years, "claims": claims, "cost": cost, "total": total, "fault": fault}


def write_table(table):
    lines = [",".join(table)] + [",".join(f"{v:.10g}" for v in row) for row in zip(*table.values())]
    (HERE / "glm.csv").write_text("\n".join(lines) + "\n")


def by_statsmodels(x, y, family, **options):
    found = sm.GLM(y, sm.add_constant(x), family=family, **options).fit(tol=1e-13, maxiter=500)
    return {"weight": found.params[1:].tolist(), "bias": float(found.params[0]),
            "errors": [*found.bse[1:].tolist(), float(found.bse[0])],
            "deviance": float(found.deviance), "null_deviance": float(found.null_deviance)}


def by_sklearn(x, y, estimator):
    found = estimator.set_params(solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x, y)
    return {"weight": found.coef_.tolist(), "bias": float(found.intercept_)}


def main():
    t = make_table()
    write_table(t)
    # The numbers that gpufit reads from the file are floats.
    f = {name: values.astype(np.float32).astype(np.float64) for name, values in t.items()}
    x, families = np.c_[f["age"], f["power"]], sm.families
    log = families.links.Log()
    fits = {
        "poisson --exposure years": ("claims", by_statsmodels(x, f["claims"], families.Poisson(), exposure=f["years"])),
        "poisson --offset years": ("claims", by_statsmodels(x, f["claims"], families.Poisson(), offset=f["years"])),
        "bce --offset years": ("fault", by_statsmodels(x, f["fault"], families.Binomial(), offset=f["years"])),
        "mse --offset years": ("cost", by_statsmodels(x, f["cost"], families.Gaussian(), offset=f["years"])),
        "gamma": ("cost", by_statsmodels(x, f["cost"], families.Gamma(log))),
        "gamma --exposure years": ("cost", by_statsmodels(x, f["cost"], families.Gamma(log), exposure=f["years"])),
        "gamma --l2 0.1": ("cost", by_sklearn(x, f["cost"], GammaRegressor(alpha=0.1))),
        "tweedie": ("total", by_sklearn(x, f["total"], TweedieRegressor(power=1.5, alpha=0, link="log"))),
        "tweedie --power 1.2 --l2 0.1": ("total", by_sklearn(x, f["total"], TweedieRegressor(power=1.2, alpha=0.1, link="log"))),
        "tweedie --exposure years": ("total", by_statsmodels(x, f["total"], families.Tweedie(log, 1.5), exposure=f["years"])),
    }
    record = {"statsmodels": statsmodels.__version__, "scikit-learn": sklearn.__version__}
    record["fits"] = [{"loss": loss, "target": target, **found} for loss, (target, found) in fits.items()]
    (HERE / "glm.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
