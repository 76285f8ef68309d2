"""conventions.py: what scikit-learn asks of an estimator; without scikit-learn, the part of it that
programs use.

The estimators have the same methods and messages in both cases.  scikit-learn's classes add what only
its own tools need: tags, routing of metadata, and its display in notebooks.
"""

import inspect

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
except ImportError:
    class NotFittedError(ValueError, AttributeError):
        """The estimator is used before fit."""

    class ConvergenceWarning(UserWarning):
        """A training ended before its gradient was as small as tolerance wants."""

    class DataConversionWarning(UserWarning):
        """Data have another shape than the one that is meant."""

    class RegressorMixin:
        """Has no methods: the estimators have their own."""

    class ClassifierMixin:
        """Has no methods: the estimators have their own."""

    class BaseEstimator:
        """get_params, set_params and repr, as scikit-learn has them."""

        def get_params(self, deep=True):
            return {name: getattr(self, name) for name in self._parameters()}

        def set_params(self, **parameters):
            for name, value in parameters.items():
                if name not in self._parameters():
                    raise ValueError(f"Invalid parameter {name!r} for estimator {self}.  Valid "
                                     f"parameters are: {list(self._parameters())!r}.")
                setattr(self, name, value)
            return self

        def _parameters(self):
            parameters = inspect.signature(type(self)).parameters.values()
            return {parameter.name: parameter.default for parameter in parameters}

        def __repr__(self):
            changed = (f"{name}={getattr(self, name)!r}"
                       for name, default in self._parameters().items()
                       if repr(getattr(self, name)) != repr(default))
            return f"{type(self).__name__}({', '.join(changed)})"
