"""estimators.py: GpufitRegressor and GpufitClassifier, with scikit-learn's methods and attributes."""

import ctypes
import os
import warnings

import numpy as np

from . import _abi, inputs
from .conventions import (BaseEstimator, ClassifierMixin, ConvergenceWarning, NotFittedError,
                          RegressorMixin)
from .library import (C, INTERRUPTED, GpufitWarning, interruptible, raise_error, struct_dict, texts)
from .models import Dataset, Model
from .parameters import constructor, make_config, suited


class Training:
    """One call of gf_fit: its callbacks, and what they gathered."""

    def __init__(self, config, callback):
        self.config = config
        self.callback = callback
        self.loss_curve = []
        self.validation_curve = []
        self.notices = []
        self.exception = None  # that the user's callback raised
        self.stops = False

    def _on_epoch(self, epoch, _user):
        e = epoch.contents
        self.loss_curve.append(e.loss)
        self.validation_curve.append(e.val_loss)
        if self.callback is None or self.stops:
            return
        try:
            self.stops = bool(self.callback(
                {"epoch": e.epoch, "loss": e.loss, "val_loss": e.val_loss, "lr": e.lr}))
        except BaseException as exception:  # it cannot pass through C
            self.exception, self.stops = exception, True

    def run(self, data):
        """Trains.  Returns the model, also of a training that was interrupted, and the report."""
        kinds = dict(_abi.gf_config._fields_)
        report, error = _abi.gf_report(), _abi.gf_error()
        handle = ctypes.c_void_p()
        with interruptible() as interrupt:
            self.config.on_epoch = kinds["on_epoch"](self._on_epoch)
            self.config.stop = kinds["stop"](lambda _user: self.stops or interrupt.arrived)
            self.config.notice = kinds["notice"](lambda text, _user: self.notices.append(text))
            C.gf_fit(handle, data.handle, self.config, report, error)
        for text in self.notices:
            warnings.warn(text.decode(errors="replace"), GpufitWarning, stacklevel=5)
        if error.status not in (0, INTERRUPTED):
            raise_error(error)
        self.interrupted = interrupt.arrived
        return Model(handle), report

    def raise_if_any(self):
        """Raises what ended the training before its time, once the results so far are kept."""
        if self.exception is not None:
            raise self.exception
        if self.interrupted:
            raise KeyboardInterrupt


class GpufitEstimator(BaseEstimator):
    """What both estimators share."""

    # ---- training ----

    def _train(self, x, y, weights, *, start=None, validation=None, callback=None, **differing):
        values = suited({**self.get_params(deep=False), "loss": self._loss(), **differing}, len(x))
        values["class_weight"] = values.get("class_weight") or "none"
        config = make_config(values)
        if start is not None:
            config.init_model = start.handle
        if validation is not None:
            config.validation_data = validation.handle
        training = Training(config, callback)
        data = self._dataset(x, y, weights)
        model, report = training.run(data)
        self._keep(model, report, training)
        if values["tolerance"] > 0 and report.gradient_last > values["tolerance"] \
                and not training.stops and not training.interrupted:
            warnings.warn(
                f"The training ended after {report.epochs} epochs, before the gradient's largest "
                f"number, {report.gradient_last:.3g}, reached tolerance, {values['tolerance']:g}. "
                "More epochs would bring it nearer.", ConvergenceWarning, stacklevel=3)
        training.raise_if_any()
        return self

    def _keep(self, model, report, training):
        self.model_ = model
        self.report_ = struct_dict(report)
        self.n_iter_ = report.epochs
        self.loss_ = report.loss
        self.loss_curve_ = training.loss_curve
        if report.train_rows < report.rows or training.config.validation_data:
            self.validation_loss_curve_ = training.validation_curve
        self._keep_parameters()

    def _keep_parameters(self):
        layers = self.model_.layers
        if len(layers) > 1:
            self.coefs_ = [weight.T for weight, _ in layers]
            self.intercepts_ = [bias for _, bias in layers]
        else:
            self.coef_, self.intercept_ = layers[0]

    # ---- data ----

    def _features_for_fit(self, X):
        x = inputs.rows_of_features(X)
        self.n_features_in_ = x.shape[1]
        return x

    def _features_for_predict(self, X):
        self._check_is_fitted()
        x = inputs.rows_of_features(X)
        if x.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {x.shape[1]} features, but {type(self).__name__} is expecting "
                             f"{self.n_features_in_} features as input.")
        return x

    def _check_is_fitted(self):
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator.")

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    # ---- results ----

    def _outputs(self, X):
        """Outputs (N, K), before any link function."""
        x = self._features_for_predict(X)
        config = make_config({**suited({**self.get_params(deep=False), "loss": self.model_.loss}, len(x)),
                              "class_weight": "none"})
        return self.model_.compute(x, config)

    def save(self, path):
        """Writes the model file that gpufit predict and load read."""
        self._check_is_fitted()
        self.model_.save(path)


class GpufitRegressor(RegressorMixin, GpufitEstimator):
    """Regression by a linear model or a network, trained by gradient descent on an OpenCL device."""

    __init__ = constructor(class_weight=...)

    def _loss(self):
        return self.loss

    def fit(self, X, y, sample_weight=None, *, callback=None):
        """Trains from the start, or with warm_start from the present model.

        y: (N) or (N, K).  callback gets a dict with epoch, loss, val_loss and lr after each epoch; if
        it returns true, the training ends there.
        """
        return self._fit(X, y, sample_weight, callback=callback,
                         start=self.model_ if self.warm_start and hasattr(self, "model_") else None)

    def partial_fit(self, X, y, sample_weight=None, *, callback=None):
        """Trains for one epoch on from the present model.  Momentum starts anew in each call."""
        if hasattr(self, "model_"):
            self._features_for_predict(X)
        return self._fit(X, y, sample_weight, callback=callback, start=getattr(self, "model_", None),
                         epochs=1, tolerance=0.0)

    def _fit(self, X, y, sample_weight, **options):
        x = self._features_for_fit(X)
        weights = inputs.row_weights(sample_weight, len(x))
        targets = inputs.targets(y, len(x), self)
        self._is_flat = targets.ndim == 1
        return self._train(x, targets, weights, **options)

    def _dataset(self, x, y, weights):
        return Dataset(x, y, weights)

    def _keep_parameters(self):
        super()._keep_parameters()
        if hasattr(self, "coef_") and self._is_flat:
            self.coef_, self.intercept_ = self.coef_[0], self.intercept_[0]

    def predict(self, X):
        """(N), or (N, K) if y was: what the device computed in float32, as float64."""
        outputs = self._outputs(X).astype(float)
        if self.model_.loss in ("poisson", "gamma", "tweedie"):
            outputs = np.exp(outputs)
        elif self.model_.loss == "bce":
            outputs = 1 / (1 + np.exp(-outputs))
        return outputs[:, 0] if self._is_flat else outputs

    def score(self, X, y, sample_weight=None):
        """r2: the mean over the targets of 1 - residual / total sum of squares."""
        found = self.predict(X)
        wanted = np.asarray(y, float).reshape(found.shape)
        weights = inputs.row_weights(sample_weight, len(found))
        mean = np.average(wanted, axis=0, weights=weights)
        residual = np.average((wanted - found) ** 2, axis=0, weights=weights)
        total = np.average((wanted - mean) ** 2, axis=0, weights=weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = np.where(total > 0, 1 - residual / total, np.where(residual > 0, 0.0, 1.0))
        return float(np.mean(r2))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class GpufitClassifier(ClassifierMixin, GpufitEstimator):
    """Classification by a linear model or a network, trained by gradient descent on an OpenCL device."""

    __init__ = constructor(loss=None)

    def _loss(self):
        if self.loss is not None:
            return self.loss
        return "bce" if len(self.classes_) == 2 else "cross_entropy"

    def fit(self, X, y, sample_weight=None, *, callback=None):
        """Trains from the start, or with warm_start from the present model.

        y: (N) labels.  callback: as for GpufitRegressor.
        """
        return self._fit(X, y, sample_weight, callback=callback,
                         start=self.model_ if self.warm_start and hasattr(self, "model_") else None)

    def partial_fit(self, X, y, classes=None, sample_weight=None, *, callback=None):
        """Trains for one epoch on from the present model.  The first call needs all the classes."""
        if not hasattr(self, "model_"):
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            return self._fit(X, y, sample_weight, classes=classes, callback=callback, epochs=1,
                             tolerance=0.0)
        self._features_for_predict(X)
        return self._fit(X, y, sample_weight, classes=self.classes_, callback=callback,
                         start=self.model_, epochs=1, tolerance=0.0)

    def _fit(self, X, y, sample_weight, *, classes=None, **options):
        x = self._features_for_fit(X)
        found = inputs.labels(y, len(x), self)
        weights = inputs.row_weights(sample_weight, len(x))
        self.classes_ = np.unique(found if classes is None else np.asarray(classes))
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_[0]!r}; wanted: 2 classes or more")
        indices = self._indices(found)
        if isinstance(self.class_weight, dict):
            weights = self._class_weights()[indices] * (1 if weights is None else weights)
            options["class_weight"] = None
        return self._train(x, indices.astype(np.float32), weights, **options)

    def _class_weights(self):
        """The weight of each class; those that class_weight does not name weigh 1."""
        named = dict(self.class_weight)
        weights = [named.pop(label, 1) for label in self.classes_.tolist()]
        if named:
            raise ValueError(f"class_weight names {next(iter(named))!r}, which is no class")
        return np.asarray(weights, np.float32)

    def _indices(self, found):
        places = np.minimum(np.searchsorted(self.classes_, found), len(self.classes_) - 1)
        unknown = found[self.classes_[places] != found]
        if len(unknown):
            raise ValueError(f"y has a class that is none of classes_: {unknown[0]!r}")
        return places

    def _dataset(self, x, y, weights):
        names = texts([str(label) for label in self.classes_])
        return Dataset(x, y, weights, classes=len(self.classes_), class_names=names,
                       loss=_abi.CONSTANTS[f"GF_LOSS_{self._loss()}"])

    def decision_function(self, X):
        """(N) for two classes: above 0 for the second one; else (N, classes)."""
        outputs = self._outputs(X)
        if len(self.classes_) > 2:
            return outputs
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs[:, 1] - outputs[:, 0]

    def predict(self, X):
        decisions = self.decision_function(X)
        return self.classes_[(decisions > 0).astype(int) if decisions.ndim == 1 else decisions.argmax(1)]

    def predict_proba(self, X):
        """(N, classes) probabilities, in double."""
        self._check_is_fitted()
        if self.model_.loss in ("hinge", "squared_hinge"):
            raise AttributeError(f"loss {self.model_.loss} has no probabilities")
        z = np.asarray(self._outputs(X), float)
        if z.shape[1] == 1:
            z = np.column_stack([np.zeros(len(z)), z])
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def score(self, X, y, sample_weight=None):
        """Accuracy."""
        right = self.predict(X) == np.asarray(y)
        return float(np.average(right, weights=inputs.row_weights(sample_weight, len(right))))
