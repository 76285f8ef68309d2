"""training.py: one training by the library: its callbacks, and what it leaves behind."""

import ctypes
import warnings

from . import _abi
from .conventions import ConvergenceWarning
from .library import C, INTERRUPTED, GpufitWarning, interruptible, message_of, raise_error
from .models import Model
from .parameters import KINDS


class Training:
    """A call of gf_fit.

    model is that of a training which ended or was interrupted, report a gf_report.  An exception of
    the user's callback, and a SIGINT, end the training after the present step; raise_if_any raises
    them, once the caller has kept the results.  quiet: without warnings, for a part of a training.
    """

    def __init__(self, config, data, callback, quiet=False):
        self.config = config
        self.callback = callback
        self.model = Model(ctypes.c_void_p())
        self.report = _abi.gf_report()
        self.loss_curve = []
        self.validation_loss_curve = []
        self.notices = []
        self.exception = None
        self.stops = False  # the callback wants it
        self._run(data)
        if not quiet:
            self._warn()

    def _run(self, data):
        error = _abi.gf_error()
        with interruptible() as interrupt:
            self.config.on_epoch = KINDS["on_epoch"](self._on_epoch)
            self.config.stop = KINDS["stop"](lambda _user: self.stops or interrupt.arrived)
            self.config.notice = KINDS["notice"](lambda text, _user: self.notices.append(text))
            C.gf_fit(self.model.handle, data.handle, self.config, self.report, error)
        self.interrupted = interrupt.arrived
        if error.status not in (0, INTERRUPTED):
            self._warn()
            raise_error(error)

    def _on_epoch(self, epoch, _user):
        e = epoch.contents
        self.loss_curve.append(e.loss)
        self.validation_loss_curve.append(e.val_loss)
        if self.callback is None or self.stops:
            return
        try:
            self.stops = bool(self.callback(
                {"epoch": e.epoch, "loss": e.loss, "val_loss": e.val_loss, "lr": e.lr}))
        except BaseException as exception:  # it cannot pass through C
            self.exception, self.stops = exception, True

    def _warn(self):
        for text in self.notices:
            kind = ConvergenceWarning if b"converge" in text else GpufitWarning
            warnings.warn(message_of(text), kind, stacklevel=5)
        found, wanted = self.report.gradient_last, self.config.tolerance
        ended = self.report.stopped_early or self.stops or self.interrupted or self.notices
        if not ended and 0 < wanted < found:
            warnings.warn(
                f"The training ended after {self.report.epochs} epochs with a gradient whose largest "
                f"number is {found:.3g}; tolerance is {wanted:g}. More epochs bring it nearer.",
                ConvergenceWarning, stacklevel=5)

    def raise_if_any(self):
        if self.exception is not None:
            raise self.exception
        if self.interrupted:
            raise KeyboardInterrupt
