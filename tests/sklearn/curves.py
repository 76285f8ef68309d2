#!/usr/bin/env python3
"""curves.py: records scikit-learn's curves of classifiers in curves.json, for test_curves.c.

The scores are few, so that many are equal; each probability is that of its score.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve


def case(rows, levels, seed):
    random = np.random.default_rng(seed)
    scores = np.round(random.normal(size=rows) * levels) / levels
    labels = (random.random(rows) < 1 / (1 + np.exp(-scores))).astype(int)
    labels[:2] = 0, 1
    probabilities = 1 / (1 + np.exp(-2 * scores))
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(labels, scores)
    share, mean = calibration_curve(labels, probabilities, n_bins=10)
    lists = {"scores": scores, "probabilities": probabilities, "labels": labels, "false": false, "true": true,
             "precision": precision[::-1], "recall": recall[::-1], "share": share, "mean": mean}
    return {name: values.tolist() for name, values in lists.items()}


record = {"made_by": "tests/sklearn/curves.py", "scikit-learn": sklearn.__version__,
          "cases": [case(2, 10, 1), case(25, 2, 2), case(60, 8, 3), case(40, 1000, 4)]}
path = pathlib.Path(__file__).with_name("curves.json")
path.write_text(json.dumps(record).replace("}, ", "},\n") + "\n")
