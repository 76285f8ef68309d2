"""stata_r.py: holds train --statistics to the results of R and Stata that statsmodels ships for its own tests.

    python3 -m venv /tmp/statsmodels && /tmp/statsmodels/bin/pip install statsmodels==0.15.0
    GPUFIT=./gpufit /tmp/statsmodels/bin/python tests/oracle/stata_r.py

Each row trains a data set of statsmodels, takes Newton's step from where the training ended, and compares. It
prints how many standard errors the worst parameter is off, by what share the worst standard error, and the worst of
the other numbers; it fails where one is off by more than the record, of some six digits, and floats explain.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import statsmodels.api as sm
from statsmodels.discrete.tests.results import results_discrete as discrete
from statsmodels.genmod.tests.results import results_glm as glm

GPUFIT = os.environ.get("GPUFIT", "./gpufit")
DESCENT = ["--lr", "auto", "--momentum", "0.99", "--epochs", "100000"]
ADAM = ["--optimizer", "adam", "--lr", "0.01", "--schedule", "exponential:gamma=0.9998", "--epochs", "50000"]

# R's glm ends where the deviance changes by less than 1e-8 of itself, and has standard errors of the step before:
# of the root of 1e-8.
LAST_STEP = 1e-4


def statistics(y, x, options):
    """Trains on the columns x, y and more that options name; returns the statistics."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        columns = [f"x{j}" for j in range(x.shape[1])]
        more = [(name, values) for name, values in options.pop("columns", {}).items()]
        rows = np.column_stack([x, y] + [values for _, values in more])
        file.write(",".join(columns + ["y"] + [name for name, _ in more]) + "\n")
        for row in rows:
            file.write(",".join(repr(float(v)) for v in row) + "\n")
        file.flush()
        command = [GPUFIT, "-q", "--json", "--statistics", "--standardize", "--check", "off", file.name,
                   "--target", "y", "--loss", options["loss"], *options.get("more", []), *options["steps"]]
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(command)}: {run.stderr}")
    return json.loads(run.stdout)["statistics"]


def relative(found, wanted):
    return abs(found / wanted - 1)


def compare(what, found, params, bse, numbers, limits):
    """params, bse: features of all equations, each followed by its bias.  limits: of parameters in standard errors,
    of standard errors, of numbers."""
    b = np.array([c["estimate"] + c["newton"] * c["std_error"] for c in found["coefficients"]])
    se = np.array([c["std_error"] for c in found["coefficients"]])
    off = [np.max(np.abs(b - params) / bse), np.max(np.abs(se / bse - 1)),
           max((relative(found["fits"][0][k], v) for k, v in numbers.items()), default=0)]
    good = all(o <= limit for o, limit in zip(off, limits)) and found["newton"] < 0.1
    print(f"{'ok ' if good else 'BAD'} {what:44} {off[0]:8.1e} {off[1]:8.1e} {off[2]:8.1e}   newton {found['newton']:.1e}")
    return good


def spector():
    data, stata = sm.datasets.spector.load_pandas(), discrete.Spector.logit
    found = statistics(data.endog, data.exog.to_numpy(), {"loss": "bce", "steps": DESCENT})
    return compare("Spector, logit, Stata", found, stata.params, stata.bse,
                   {"log_likelihood": stata.llf, "null_log_likelihood": stata.llnull, "test": stata.llr,
                    "test_p_value": stata.llr_pvalue, "pseudo_r2": stata.prsquared, "aic": stata.aic,
                    "bic": stata.bic}, (1e-6, 1e-6, 1e-6))


def anes():
    data, stata = sm.datasets.anes96.load_pandas(), discrete.Anes.mnlogit_basezero
    found = statistics(data.endog, data.exog.to_numpy(), {"loss": "cross_entropy", "steps": DESCENT})
    return compare("ANES 1996, mlogit, Stata", found, np.asarray(stata.params).T.ravel(),
                   np.asarray(stata.bse).T.ravel(),
                   {"log_likelihood": stata.llf, "null_log_likelihood": stata.llnull, "test": stata.llr,
                    "test_p_value": stata.llr_pvalue, "pseudo_r2": stata.prsquared, "aic": stata.aic,
                    "bic": stata.bic}, (1e-6, 1e-6, 1e-6))


def rand():
    data, stata = sm.datasets.randhie.load_pandas(), discrete.RandHIE.poisson
    found = statistics(data.endog, data.exog.to_numpy(), {"loss": "poisson", "steps": ["--lr", "0.02", "--momentum", "0.9", "--epochs", "3000"]})
    return compare("RAND health, poisson, Stata", found, stata.params, stata.bse,
                   {"log_likelihood": stata.llf, "null_log_likelihood": stata.llnull, "test": stata.llr,
                    "pseudo_r2": stata.prsquared, "aic": stata.aic, "bic": stata.bic}, (1e-6, 1e-6, 1e-6))


def lbw():
    r = glm.Lbw()
    found = statistics(r.endog, r.exog.to_numpy()[:, :-1], {"loss": "bce", "steps": DESCENT})
    return compare("low birth weight, logit, R and Stata", found, r.params, r.bse,
                   {"log_likelihood": r.llf, "deviance": r.deviance, "null_deviance": r.null_deviance,
                    "pearson_chi2": r.pearson_chi2, "aic": r.aic_R}, (1e-6, LAST_STEP, 1e-6))


def star98():
    data, r = sm.datasets.star98.load_pandas(), glm.Star98()
    trials = data.endog.sum(axis=1)
    found = statistics(data.endog.iloc[:, 0] / trials, data.exog.to_numpy(),
                       {"loss": "bce", "steps": DESCENT, "columns": {"trials": trials},
                        "more": ["--sample-weight", "trials"]})
    return compare("Star98, binomial of trials, R", found, r.params, r.bse,
                   {"deviance": r.deviance, "null_deviance": r.null_deviance,
                    "pearson_chi2": r.pearson_chi2}, (1e-3, 1e-3, 1e-4))


def punished(exposed):
    data = sm.datasets.cpunish.load_pandas()
    x = data.exog.to_numpy().copy()
    x[:, 3] = np.log(x[:, 3])
    r, options = glm.Cpunish(), {"loss": "poisson", "steps": ADAM}
    params, bse = np.array(r.params), np.array(r.bse)
    if exposed:
        options |= {"columns": {"exposure": np.full(len(x), 100.0)}, "more": ["--exposure", "exposure"]}
        params = np.roll(glm.Cpunish_offset().params, -1)
    numbers = {"deviance": r.deviance, "null_deviance": r.null_deviance, "pearson_chi2": r.pearson_chi2,
               "log_likelihood": r.llf, "aic": r.aic_R}
    return compare("executions, poisson, R" + (", exposure 100" if exposed else ""),
                   statistics(data.endog, x, options), params, bse, numbers, (1e-5, LAST_STEP, 1e-5))


def cancer():
    r = glm.CancerLog()
    found = statistics(r.endog, r.exog[:, :-1], {"loss": "gamma", "steps": ADAM})
    return compare("cancer, gamma with log link, R and Stata", found, r.params, r.bse,
                   {"deviance": r.deviance, "null_deviance": r.null_deviance, "dispersion": r.scale},
                   (2e-4, LAST_STEP, 1e-5))


def longley():
    data, r = sm.datasets.longley.load_pandas(), glm.Longley()
    found = statistics(data.endog, data.exog.to_numpy(), {"loss": "mse", "steps": DESCENT})
    return compare("Longley, linear regression, R and Stata", found, r.params, r.bse,
                   {"deviance": r.deviance, "log_likelihood": r.llf, "dispersion": r.scale,
                    "aic": r.aic_R - 2}, (1e-5, 1e-5, 1e-6))


def main():
    print(f"    {'':44} estimate std error numbers")
    rows = [spector, anes, rand, lbw, star98, lambda: punished(False), lambda: punished(True), cancer, longley]
    sys.exit(0 if all([row() for row in rows]) else 1)


main()
