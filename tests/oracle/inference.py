"""inference.py: what Stata and statsmodels infer about data/anes96.csv.

    python3 -m venv /tmp/statsmodels && /tmp/stats/bin/pip install statsmodels==0.15.0
    /tmp/statsmodels/bin/python tests/oracle/inference.py [--data]

Writes inference.json beside itself and, with --data, data/anes96.csv from the data set of statsmodels.  Numbers
of Stata 11's mlogit are those that statsmodels ships to test itself; the others are runs of statsmodels, whose
iterations end where nothing changes any more.
"""

import json
import pathlib
import sys

import numpy as np
import statsmodels
import statsmodels.api as sm
from statsmodels.discrete.tests.results.results_discrete import Anes

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "data" / "anes96.csv"
NAMES = {"logpopul": "log_population", "selfLR": "left_right", "age": "age", "educ": "education",
         "income": "income", "TVnews": "tv_news", "vote": "vote", "PID": "party"}
FEATURES = ["log_population", "left_right", "age", "education", "income"]


def read():
    table = sm.datasets.anes96.load_pandas().data[list(NAMES)].rename(columns=NAMES)
    table = table.astype(np.float32)
    if "--data" in sys.argv:
        lines = [",".join(str(x).removesuffix(".0") for x in row) for row in table.to_numpy()]
        DATA.write_text("\n".join([",".join(table.columns)] + lines) + "\n")
    return table.astype(float)


def case(what, source, loss, target, coefficients, fit, features=FEATURES, digits=13, **options):
    """coefficients: of each equation, of each feature and then the bias: estimate, error, statistic, p."""
    return {"what": what, "source": source, "loss": loss, "target": target,
            "features": ",".join(features), "digits": digits, **options,
            "coefficients": coefficients, "fit": fit}


def stata_party():
    a = Anes.mnlogit_basezero
    columns = [a.params, a.bse, a.z, a.pvalues]
    rows = [[[float(c[j, k]) for c in columns] for j in range(6)] for k in range(6)]
    fit = {"log_likelihood": a.llf, "null_log_likelihood": a.llnull, "test": a.llr,
           "test_p_value": a.llr_pvalue, "pseudo_r2": a.prsquared, "df_model": a.df_model,
           "aic": a.aic, "bic": a.bic}
    return case("party by Stata", "Stata 11's mlogit, which statsmodels ships", "cross_entropy", "party",
                rows, fit, digits=6)


FAMILIES = {
    "mse": sm.families.Gaussian(),
    "bce": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
    "gamma": sm.families.Gamma(sm.families.links.Log()),
    "tweedie": sm.families.Tweedie(var_power=1.5),
}
SCALED = ("mse", "gamma", "tweedie")


def glm(table, loss, target, features=FEATURES, weight=None, bias=True, exposure=None):
    x = table[features].to_numpy()
    x = np.column_stack([x, np.ones(len(x))]) if bias else x
    w = table[weight].to_numpy() if weight else np.ones(len(x))
    kept = w > 0
    y = table[target].to_numpy()
    # what gpufit keeps of an exposure is a float
    offset = np.log(table[exposure].to_numpy()).astype(np.float32).astype(float) if exposure else None
    model = sm.GLM(y[kept], x[kept], family=FAMILIES[loss], var_weights=w[kept], offset=offset)
    r = model.fit(tol=1e-15, maxiter=200, use_t=loss in SCALED)
    options = {"weight": weight} if weight else {}
    if not bias:
        options["no_bias"] = True
    if exposure:
        options["exposure"] = exposure
    fit = {"deviance": r.deviance, "pearson_chi2": r.pearson_chi2, "df_residual": float(r.df_resid),
           "dispersion": r.pearson_chi2 / r.df_resid}
    if bias:
        fit["null_deviance"] = r.null_deviance
    if loss not in ("mse", "gamma", "tweedie"):
        fit |= {"log_likelihood": r.llf, "aic": r.aic, "bic": r.bic_llf}
        if bias:
            fit |= {"null_log_likelihood": r.llnull}
    if exposure:
        start = [FAMILIES[loss].link(y.mean()) - offset.mean()]
        null = sm.GLM(y, np.ones(len(y)), family=FAMILIES[loss], offset=offset).fit(start_params=start, tol=1e-15)
        fit["null_deviance"] = null.deviance
        fit.pop("null_log_likelihood", None)
    if loss == "mse":
        wls = sm.WLS(y[kept], x[kept], weights=w[kept]).fit()
        fit |= {"log_likelihood": wls.llf, "aic": wls.aic, "bic": wls.bic, "r2": wls.rsquared,
                "adjusted_r2": wls.rsquared_adj, "test": wls.fvalue, "test_p_value": wls.f_pvalue}
        # of the first rows: prediction, and the ends of its interval for a new target of weight 1
        first = wls.get_prediction(x[:5]).summary_frame(alpha=0.05)
        options["intervals"] = first[["mean", "obs_ci_lower", "obs_ci_upper"]].to_numpy().tolist()
    rows = [[list(map(float, row)) for row in zip(r.params, r.bse, r.tvalues, r.pvalues)]]
    what = f"{target} by {loss}" + (f" weighted by {weight}" if weight else "") + ("" if bias else ", no bias")
    what += f" with exposure {exposure}" if exposure else ""
    return case(what, "statsmodels", loss, target, rows, fit, features, **options)


def main():
    t = read()
    cases = [
        stata_party(),
        glm(t, "bce", "vote"),
        glm(t, "bce", "vote", weight="tv_news"),
        glm(t, "poisson", "tv_news"),
        glm(t, "poisson", "tv_news", weight="party"),
        glm(t, "mse", "income", ["log_population", "left_right", "age", "education"]),
        glm(t, "mse", "income", ["log_population", "left_right", "age", "education"], weight="tv_news"),
        glm(t, "mse", "income", ["left_right", "education"], bias=False),
        glm(t, "gamma", "education", ["log_population", "left_right", "age", "income"]),
        glm(t, "gamma", "education", ["log_population", "left_right", "age", "income"], weight="tv_news"),
        glm(t, "tweedie", "tv_news"),
        glm(t, "poisson", "tv_news", ["left_right", "education", "income"], exposure="age"),
        glm(t, "bce", "vote", ["left_right", "education", "income"], exposure="age"),
        glm(t, "gamma", "income", ["left_right", "education"], exposure="age"),
    ]
    record = {"statsmodels": statsmodels.__version__, "cases": cases}
    (HERE / "inference.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
