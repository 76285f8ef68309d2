"""parameters_test.py: the parameters are the members of gf_config, and the mirror is the header's."""

import os
import re
import unittest

import numpy as np

from command_line import DATA
from gpufitcl import GpufitClassifier, GpufitRegressor, _abi
from gpufitcl.parameters import KINDS, default_config, make_config, suited

HEADER = os.path.join(DATA, "..", "host", "include", "gpufitcl.h")


def config_members():
    """The names of gf_config's members, by the header's text."""
    with open(HEADER, encoding="utf-8") as file:
        body = re.search(r"typedef struct gf_config \{(.*?)\} gf_config;", file.read(), re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    for declaration in body.split(";"):
        function = re.search(r"\(\*(\w+)\)", declaration)
        names = re.findall(r"(\w+)\s*(?:\[\w+\])?\s*(?:,|$)", declaration.strip())
        yield from [function[1]] if function else names


class Mirror(unittest.TestCase):
    def test_it_has_all_members_in_the_headers_order(self):
        self.assertEqual([name for name, _ in _abi.gf_config._fields_], list(config_members()))

    def test_defaults_are_the_librarys(self):
        config = default_config()
        self.assertEqual((config.epochs, config.epsilon, tuple(config.betas)), (5000, 0.1, (0.9, 0.999)))
        self.assertTrue(np.isnan(config.lr))


class Parameters(unittest.TestCase):
    def test_each_member_is_a_parameter_or_is_given_otherwise(self):
        given = {"lr_auto", "class_weights",           # by lr and class_weight
                 "init_model", "validation_data",      # by warm_start and fit
                 "wants", "on_epoch", "stop", "notice", "on_progress", "on_span", "user", "output_rows",
                 "comm"}
        renamed = {"seed": "random_state", "no_bias": "fit_intercept"}
        wanted = {renamed.get(name, name) for name in KINDS if name not in given}
        extra = {"missing", "unseen", "warm_start"}
        self.assertEqual(set(GpufitClassifier().get_params()), wanted | extra)
        self.assertEqual(set(GpufitRegressor().get_params()), wanted - {"class_weight"} | extra)

    def test_parameters_become_members(self):
        values = suited(GpufitRegressor(hidden=(5, 3), l2=0.5, random_state=7, fit_intercept=False,
                                        schedule="cosine:t_max=10", loss="huber").get_params(), 1000)
        config = make_config(values)
        self.assertEqual(list(config.hidden[:3]), [5, 3, 0])
        self.assertEqual((config.l2, config.seed, config.no_bias), (0.5, 7, 1))
        self.assertEqual(config.schedule, b"cosine:t_max=10")
        self.assertEqual(config.loss, _abi.CONSTANTS["GF_LOSS_huber"])
        self.assertEqual((config.optimizer, config.batch_size, config.epochs, config.shuffle),
                         (_abi.CONSTANTS["GF_OPTIMIZER_adam"], 100, 200, 1))

    def test_what_is_none_suits_the_model(self):
        def chosen(**parameters):
            values = suited(GpufitRegressor(**parameters).get_params(), 1000)
            return [values[name] for name in ("optimizer", "lr", "momentum", "batch_size", "tolerance")]

        self.assertEqual(chosen(), ["sgd", "auto", 0.9, 0, 1e-4])
        self.assertEqual(chosen(l1=1), ["sgd", "auto", 0.9, 0, 1e-4])
        self.assertEqual(chosen(loss="poisson"), ["sgd", None, 0.0, 0, 0.0])
        self.assertEqual(chosen(batch_size=10), ["sgd", None, 0.0, 10, 0.0])
        self.assertEqual(chosen(optimizer="adam"), ["adam", None, 0.0, 0, 0.0])
        self.assertEqual(chosen(hidden=8), ["adam", None, 0.0, 100, 0.0])
        self.assertEqual(chosen(lr=0.1), ["sgd", 0.1, 0.0, 0, 1e-4])

    def test_a_random_state_may_be_a_generator(self):
        for state in (np.random.RandomState(3), np.random.default_rng(3), None):
            values = suited(GpufitRegressor(random_state=state).get_params(), 10)
            self.assertLess(make_config(values).seed, 2**31)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
