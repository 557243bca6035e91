"""The page: one folder a lesson, the shared picture and kernel, and `parts`, of which all of them are made.

Whoever imports it has Gradio, without the stubs for editors that Gradio writes beside its components at each import:
they take more than half of its four seconds.
"""

import inspect
import sys
from unittest import mock


def _file_of(thing: object) -> str:
    """Where a class stands in the source; Gradio's writer of stubs is told that it stands in none."""
    if sys._getframe(1).f_globals["__name__"] == "gradio.component_meta":
        raise OSError
    return _getfile(thing)


_getfile = inspect.getfile

with mock.patch("inspect.getfile", _file_of):
    import gradio  # noqa: F401
