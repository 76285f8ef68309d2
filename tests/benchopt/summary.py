#!/usr/bin/env python3
"""summary.py: how near the least objective each solver of a benchopt result came, and when.

    summary.py RESULT.parquet
"""

import sys

import pandas as pd

GAPS = (1e-2, 1e-4, 1e-6)


def first_time(curve, objective):
    """The time after which the objective was that small, or a dash."""
    reached = curve[curve.objective_value <= objective]
    return f"{reached.time.min() * 1000:.1f} ms" if len(reached) else "-"


runs = pd.read_parquet(sys.argv[1])
least = runs.objective_value.min()
print(f"{runs.dataset_name.iloc[0]}, {runs.objective_name.iloc[0]}: least {least:.9g}")
for solver, of_solver in runs.groupby("solver_name"):
    curve = of_solver.groupby("stop_val")[["time", "objective_value"]].median()
    times = ", ".join(f"{gap:.0e}: {first_time(curve, least * (1 + gap))}" for gap in GAPS)
    print(f"  {solver:16} nearest {curve.objective_value.min() / least - 1:.1e}; within {times}")
