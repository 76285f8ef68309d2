"""pandas_sklearn.py FILE MODEL: from a CSV file to a saved model, one epoch: a process as a whole."""

import sys

import joblib
import pandas
from sklearn.linear_model import SGDRegressor

frame = pandas.read_csv(sys.argv[1])
x, y = frame.iloc[:, :-1].to_numpy(), frame.iloc[:, -1].to_numpy()
model = SGDRegressor(
    penalty=None, learning_rate="constant", eta0=1e-3, max_iter=1, tol=None, shuffle=False
)
joblib.dump(model.fit(x, y), sys.argv[2])
