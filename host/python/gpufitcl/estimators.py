"""estimators.py: GpufitRegressor and GpufitClassifier, with scikit-learn's methods and attributes."""

import numpy as np

from . import frames, inputs, pytorch, sparse
from .conventions import BaseEstimator, ClassifierMixin, NotFittedError, RegressorMixin
from .library import statistics_dict, struct_dict, texts, word_index
from .models import Dataset, Model
from .parameters import constructor, make_config, missing_index, suited
from .training import Training

AS_IS_FASTER = 2  # the value of gf_read_options.sparse

# The parameters that count for predictions.
PREDICTING = ("device", "engine", "kernels", "memory_limit", "check")


class GpufitEstimator(BaseEstimator):
    """What both estimators share.  gpufitcl.parameters tells the parameters.

    Attributes after fit: coef_ and intercept_ of a linear model, coefs_ and intercepts_ of a network;
    loss_, loss_curve_ (before each epoch), validation_loss_curve_, n_iter_ (epochs), report_ (what the
    command line reports, as a dict), statistics_ (with the parameter statistics), model_;
    n_features_in_, feature_names_in_, and classes_ of a classifier.
    """

    # ---- training ----

    def _train(self, features, y, sample_weight, *, validation_data=None, start=None, callback=None,
               is_part=False):
        """is_part: one epoch of partial_fit."""
        one_epoch = {"epochs": 1, "tolerance": 0.0} if is_part else {}
        values = suited({**self.get_params(deep=False), "loss": self._loss(), **one_epoch},
                        features.rows)
        config = make_config(values)
        weights = inputs.row_weights(sample_weight, features.rows)
        validated = None if validation_data is None else self._matching(validation_data[0])
        dense = self._wants_dense(config, features, validated)
        with sparse.explained(config, features.sparse):
            data = self._dataset(features, y, weights, model=start, dense=dense)
        if start is not None:
            config.init_model = start.handle
        if validated is not None:
            validation = self._dataset(validated, validation_data[1], like=data, dense=dense)
            config.validation_data = validation.handle
        training = Training(config, data, callback, quiet=is_part)
        self._keep(training)
        training.raise_if_any()
        return self

    def _wants_dense(self, config, features, validated):
        """True if zeros of sparse rows are to be stored, since the training or other rows want it."""
        mixed = validated is not None and (validated.sparse is None) != (features.sparse is None)
        return mixed or sparse.dense_reason(config) is not None

    def _keep(self, training):
        report = training.report
        self.model_ = training.model
        self.report_ = struct_dict(report)
        if not training.config.profile:
            del self.report_["profile"]
        self.n_iter_ = report.epochs
        self.loss_ = report.loss
        self.loss_curve_ = training.loss_curve
        self.validation_loss_curve_ = None
        if not np.isnan(report.val_loss):
            self.validation_loss_curve_ = training.validation_loss_curve
        self.statistics_ = statistics_dict(report.statistics)
        self._keep_parameters()

    def _keep_parameters(self):
        """coef_ (K, D) and intercept_ (K) of a linear model; of a network lists, as MLPClassifier's."""
        layers = self.model_.layers
        for name in ("coef_", "intercept_", "coefs_", "intercepts_"):
            self.__dict__.pop(name, None)
        if len(layers) == 1:
            self.coef_, self.intercept_ = layers[0]
        else:
            self.coefs_ = [weight.T for weight, _ in layers]
            self.intercepts_ = [bias for _, bias in layers]

    def _warm_model(self):
        return self.model_ if self.warm_start and hasattr(self, "model_") else None

    # ---- data ----

    def _features_for_fit(self, X):
        features = inputs.Features(X, self.missing)
        self.n_features_in_ = features.width
        self.__dict__.pop("feature_names_in_", None)
        if features.names is not None:
            self.feature_names_in_ = np.asarray(features.names, object)
        return features

    def _features_for_more(self, X):
        """X for a model that is there already."""
        self._check_is_fitted()
        return self._matching(X)

    def _matching(self, X):
        """X with the features of the one that fit was given."""
        features = inputs.Features(X, self.missing)
        frames.check_names(self, features.names)
        if features.width != self.n_features_in_:
            raise ValueError(f"X has {features.width} features, but {type(self).__name__} is expecting "
                             f"{self.n_features_in_} features as input.")
        return features

    def _dataset(self, features, y, weights=None, like=None, model=None, dense=False):
        """A Dataset to train; like: to validate beside that Dataset; model: to train on from it.

        dense: zeros of sparse rows are stored, too."""
        targets = self._targets(y, features.rows)
        names = inputs.target_names(y, targets.size // len(targets), features)
        loss = word_index("loss", self._loss())
        if features.columns is None and self.missing == "error":
            members = {"feature_names": features.names, "target_names": names, **self._class_members()}
            return Dataset.of_arrays(features.matrix, targets, weights, dense, loss=loss,
                                     **{name: texts(value) if isinstance(value, list) else value
                                        for name, value in members.items() if value})
        columns = {**features.named_columns(), **self._target_columns(targets, names)}
        members = {"loss": loss, "target": "\n".join(names), "missing": missing_index(self.missing),
                   "unseen": word_index("unseen", self.unseen), "sparse": 0 if dense else AS_IS_FASTER}
        if weights is not None:
            members["sample_weight"] = inputs.unused_name("sample_weight", columns.__contains__)
            columns[members["sample_weight"]] = weights
        if model is not None:
            members["model"] = model.handle
        elif like is not None:
            members["like"] = like.handle
        else:
            members["one_hot"] = "\n".join(name for name, column in features.named_columns().items()
                                           if isinstance(column, list)) or None
        return self._checked(Dataset.of_columns(columns, **members))

    def _check_is_fitted(self):
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator.")

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing != "error"
        tags.input_tags.sparse = True
        return tags

    def _more_tags(self):
        """The tags as scikit-learn before 1.6 asks for them."""
        return {"allow_nan": self.missing != "error", "multioutput": isinstance(self, RegressorMixin),
                "X_types": ["2darray", "sparse"]}

    def _outputs(self, X):
        """Outputs (N, K), before any link function."""
        features = self._features_for_more(X)
        if not self.model_.column_names:
            return self.model_.compute(features.matrix, self._predicting())
        return self.model_.compute_rows(self._dataset_to_predict(features), self._predicting())

    def _dataset_to_predict(self, features):
        names = self.model_.column_names
        if not names:
            return Dataset.of_arrays(features.matrix, dense=True)
        return Dataset.of_columns(features.named_columns(names), model=self.model_.handle,
                                  with_target=0, sparse=AS_IS_FASTER,
                                  unseen=word_index("unseen", self.unseen))

    def _predicting(self):
        return {name: getattr(self, name) for name in PREDICTING}

    # ---- models ----

    def save(self, path):
        """Writes the model file that gpufit predict -m and load read."""
        self._check_is_fitted()
        self.model_.save(path)

    def export(self, path):
        """Writes a file that predicts without gpufit: ONNX (.onnx), or a function of C99 (.c)."""
        self._check_is_fitted()
        self.model_.export(path)

    @classmethod
    def load(cls, path, **parameters):
        """An estimator with the model of a file that save or gpufit train wrote."""
        return cls(**parameters)._adopt(Model.load(path))

    def _adopt(self, model):
        self.model_ = model
        self.loss = model.loss
        names = model.column_names or model.feature_names
        self.n_features_in_ = len(names)
        if names not in (["x"], [f"x{i + 1}" for i in range(len(names))]):
            self.feature_names_in_ = np.asarray(names, object)
        widths = [len(bias) for _, bias in model.layers]
        if len(widths) > 1:
            self.hidden, self.activation = tuple(widths[:-1]), model.activation
        self._keep_parameters()
        return self

    def to_torch(self):
        """The model as a torch.nn.Linear, or as a Sequential of such and of activations."""
        self._check_is_fitted()
        return pytorch.module_of(self.model_)


class GpufitRegressor(RegressorMixin, GpufitEstimator):
    """Regression by a linear model or a network, trained by gradient descent on an OpenCL device.

    gpufitcl.parameters tells the parameters, GpufitEstimator the attributes.
    """

    __init__ = constructor(class_weight=...)

    def _loss(self):
        if self.loss in ("cross_entropy", "hinge", "squared_hinge"):
            raise ValueError(f"loss {self.loss} is for classes, which GpufitClassifier has")
        return self.loss

    def fit(self, X, y, sample_weight=None, *, validation_data=None, callback=None):
        """Trains from the start, or with warm_start from the present model.

        X: an array, a frame, or a sparse matrix.  y: (N) or (N, K).  validation_data: a pair of X and
        y whose loss is in validation_loss_curve_ and ends the training by patience.  callback gets a
        dict with epoch, loss, val_loss and lr after each epoch; if it returns true, the training ends
        with the present launch, which may be some epochs later.
        """
        return self._train(self._features_for_fit(X), y, sample_weight, callback=callback,
                           validation_data=validation_data, start=self._warm_model())

    def partial_fit(self, X, y, sample_weight=None, *, callback=None):
        """Trains for one epoch on from the present model.  Momentum starts anew in each call."""
        is_first = not hasattr(self, "model_")
        features = self._features_for_fit(X) if is_first else self._features_for_more(X)
        return self._train(features, y, sample_weight, callback=callback, is_part=True,
                           start=None if is_first else self.model_)

    def _targets(self, y, rows):
        targets = inputs.targets(y, rows, self)
        self._is_flat = targets.ndim == 1
        return targets

    def _class_members(self):
        return {}

    def _target_columns(self, targets, names):
        return dict(zip(names, targets.reshape(len(targets), -1).T))

    def _checked(self, data):
        return data

    def _keep_parameters(self):
        super()._keep_parameters()
        if hasattr(self, "coef_") and self._is_flat:
            self.coef_, self.intercept_ = self.coef_[0], self.intercept_[0]

    def _adopt(self, model):
        self._is_flat = model.outputs == 1
        return super()._adopt(model)

    @classmethod
    def from_torch(cls, module, loss="mse", **parameters):
        """An estimator with the parameters of a Linear, or of a Sequential of Linear and activations.

        It predicts at once; with warm_start, fit trains on from there.
        """
        return cls(**parameters)._adopt(pytorch.model_of(module, {"loss": loss}))

    def predict(self, X):
        """(N), or (N, K) if y was: what the device computed in float32, as float64."""
        outputs = self._outputs(X).astype(float)
        means = self.model_.means(outputs)
        return means[:, 0] if self._is_flat else means

    def predict_interval(self, X, level=0.95):
        """The lower and the upper end, each as predict's result, between which a new observation lies
        with that probability; of a linear model that mse trained with the parameter statistics."""
        data = self._dataset_to_predict(self._features_for_more(X))
        ends = self.model_.intervals(data, level, self._predicting())
        return tuple(end[:, 0] if self._is_flat else end for end in ends)

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
    """Classification by a linear model or a network, trained by gradient descent on an OpenCL device.

    loss None: bce for two classes, cross_entropy for more.  gpufitcl.parameters tells the other
    parameters, GpufitEstimator the attributes.
    """

    __init__ = constructor(loss=None)

    def _loss(self):
        if self.loss not in (None, "bce", "cross_entropy", "hinge", "squared_hinge"):
            raise ValueError(f"loss is {self.loss!r}; wanted one of: bce cross_entropy hinge "
                             "squared_hinge, or None, which chooses one of the first two")
        if self.loss is not None:
            return self.loss
        return "bce" if len(self.classes_) == 2 else "cross_entropy"

    def fit(self, X, y, sample_weight=None, *, validation_data=None, callback=None):
        """Trains from the start, or with warm_start from the present model.

        X: an array, a frame, or a sparse matrix.  y: (N) labels.  validation_data and callback: as for
        GpufitRegressor.
        """
        features = self._features_for_fit(X)
        self._set_classes(inputs.labels(y, features.rows, self))
        return self._train(features, y, sample_weight, callback=callback,
                           validation_data=validation_data, start=self._warm_model())

    def partial_fit(self, X, y, classes=None, sample_weight=None, *, callback=None):
        """Trains for one epoch on from the present model.  The first call needs all the classes."""
        start = getattr(self, "model_", None)
        features = self._features_for_fit(X) if start is None else self._features_for_more(X)
        if start is None:
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._set_classes(np.asarray(classes))
        return self._train(features, y, sample_weight, callback=callback, is_part=True,
                           start=start)

    def _set_classes(self, labels):
        self.classes_ = inputs.sorted_classes(labels)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_.tolist()[0]!r}; wanted: 2 classes or "
                             "more")

    def _targets(self, y, rows):
        """The place of each label in classes_."""
        labels = inputs.labels(y, rows, self)
        order = np.argsort(self.classes_)
        places = np.searchsorted(self.classes_, labels, sorter=order)
        places = order[np.minimum(places, len(order) - 1)]
        unknown = labels[self.classes_[places] != labels]
        if len(unknown):
            raise ValueError(f"y has a class that is none of classes_: {unknown.tolist()[0]!r}")
        return places.astype(np.float32)

    def _class_members(self):
        return {"classes": len(self.classes_), "class_names": [str(label) for label in self.classes_]}

    def _target_columns(self, targets, names):
        return {names[0]: [str(label) for label in self.classes_[targets.astype(int)]]}

    def _checked(self, data):
        """The data, whose classes the library has found in its rows."""
        if data.class_names != [str(label) for label in self.classes_]:
            raise ValueError(f"with columns of words, rows of all classes are wanted: {self.classes_}")
        return data

    def _adopt(self, model):
        if not model.class_names:
            raise ValueError("the model predicts numbers; wanted: classes.  GpufitRegressor takes it")
        self.classes_ = inputs.labels_of_names(model.class_names)
        return super()._adopt(model)

    @classmethod
    def from_torch(cls, module, classes=None, **parameters):
        """An estimator with the parameters of a Linear, or of a Sequential of Linear and activations.

        classes: their labels, in the order of the outputs, of which two classes have one or two;
        None: 0, 1, ...  It predicts at once; with warm_start, fit trains on from there.
        """
        return cls(**parameters)._adopt(pytorch.classifier_of(module, classes))

    def decision_function(self, X):
        """(N) for two classes: above 0 for the second one; else (N, classes)."""
        outputs = self._outputs(X)
        if len(self.classes_) > 2:
            return outputs
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs[:, 1] - outputs[:, 0]

    def predict(self, X):
        """(N) labels."""
        decisions = self.decision_function(X)
        return self.classes_[(decisions > 0).astype(int) if decisions.ndim == 1 else decisions.argmax(1)]

    def predict_proba(self, X):
        """(N, classes) probabilities, in double."""
        self._check_is_fitted()
        return self.model_.probabilities(self._outputs(X))

    def score(self, X, y, sample_weight=None):
        """Accuracy."""
        right = self.predict(X) == np.asarray(y)
        return float(np.average(right, weights=inputs.row_weights(sample_weight, len(right))))
