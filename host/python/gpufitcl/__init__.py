"""gpufitcl: linear and generalised linear models and networks by gradient descent on OpenCL devices.

    from gpufitcl import GpufitClassifier
    model = GpufitClassifier().fit(X, y)
    model.predict(X)
"""

from ._abi import CONSTANTS, WORDS
from .estimators import GpufitClassifier, GpufitRegressor
from .library import (CheckError, DataError, DeviceError, DivergedError, FileError, GpufitError,
                      GpufitWarning, device_list)

__version__ = CONSTANTS["GF_VERSION"]
__all__ = ["CheckError", "DataError", "DeviceError", "DivergedError", "FileError", "GpufitClassifier",
           "GpufitError", "GpufitRegressor", "GpufitWarning", "WORDS", "device_list"]
