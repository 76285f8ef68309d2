"""pytorch_test.py: models from and to modules of PyTorch."""

import unittest

import numpy as np
import torch
from torch import nn

from command_line import iris
from gpufitcl import WORDS, GpufitClassifier, GpufitRegressor
from gpufitcl.pytorch import ACTIVATIONS

X, SPECIES = iris()
EPSILON = 2.0**-24


class Modules(unittest.TestCase):
    def same(self, module, model):
        """Layers of 4 to 8 terms are summed in float32 in two orders."""
        found = module(torch.tensor(X, dtype=torch.float32)).detach().numpy()
        scale = np.abs(found).max()
        np.testing.assert_allclose(found, model._outputs(X), atol=32 * EPSILON * scale)

    def test_a_linear_model_goes_to_pytorch_and_back(self):
        model = GpufitClassifier(lr=0.5, epochs=40, standardize=False).fit(X, SPECIES)
        module = model.to_torch()
        self.assertIsInstance(module, nn.Linear)
        self.same(module, model)
        again = GpufitClassifier.from_torch(module, classes=model.classes_)
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(again.classes_, model.classes_)

    def test_networks_of_every_activation_go_to_pytorch_and_back(self):
        self.assertEqual(list(ACTIVATIONS), list(WORDS["activation"]))
        for word in ACTIVATIONS:
            model = GpufitRegressor(hidden=(8, 5), activation=word, negative_slope=0.125, epochs=1,
                                    engine="reference", standardize=False).fit(X, X[:, 0])
            module = model.to_torch()
            self.same(module, model)
            again = GpufitRegressor.from_torch(module)
            self.assertEqual((again.hidden, again.activation), ((8, 5), word))
            again.engine = "reference"
            np.testing.assert_array_equal(again.predict(X), model.predict(X), err_msg=word)

    def test_training_goes_on_from_a_module(self):
        torch.manual_seed(3)
        module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        options = {"epochs": 1, "batch_size": "full", "optimizer": "sgd", "lr": 0.01,
                   "standardize": False, "tolerance": 0}
        model = GpufitRegressor.from_torch(module, warm_start=True, **options).fit(X, X[:, 0])
        outputs = module(torch.tensor(X, dtype=torch.float32))[:, 0]
        loss = nn.functional.mse_loss(outputs, torch.tensor(X[:, 0], dtype=torch.float32))
        loss.backward()
        wanted = module[0].weight - 0.01 * module[0].weight.grad
        np.testing.assert_allclose(model.to_torch()[0].weight.detach(), wanted.detach(), rtol=1e-5,
                                   atol=1e-7)
        # random_state draws what torch.manual_seed draws.
        start = GpufitRegressor(hidden=(8,), activation="tanh", random_state=3,
                                **{**options, "epochs": 0})
        np.testing.assert_array_equal(start.fit(X, X[:, 0]).to_torch()[0].weight.detach(),
                                      module[0].weight.detach())

    def test_other_modules_are_refused(self):
        softplus = nn.Sequential(nn.Linear(4, 2), nn.Softplus(), nn.Linear(2, 1))
        for module, message in (
                (softplus, "Softplus"),
                (nn.Sequential(nn.Linear(4, 2), nn.ReLU()), "wanted: Linear, activation"),
                (nn.Conv1d(1, 1, 1), "stands where a Linear is wanted")):
            with self.assertRaisesRegex(ValueError, message):
                GpufitRegressor.from_torch(module)
        with self.assertRaisesRegex(ValueError, "3 classes for 1 outputs"):
            GpufitClassifier.from_torch(nn.Linear(4, 1), classes=["a", "b", "c"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
