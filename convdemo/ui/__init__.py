"""The page: one folder a lesson, the shared picture and kernel, and `parts`, of which all of them are made.

A course's own kernels are part of the library before any menu, link or check is made of it.

Whoever imports it has Gradio, without the stubs for editors that Gradio writes beside its components at each import:
they take more than half of its four seconds. To look for garbage meanwhile would take a third of the rest.
"""

import gc
import inspect
import sys
from unittest import mock

from convdemo.hub import opened_course
from convdemo.kernels import add_kernels


def _file_of(thing: object) -> str:
    """Where a class stands in the source; Gradio's writer of stubs is told that it stands in none."""
    if sys._getframe(1).f_globals["__name__"] == "gradio.component_meta":
        raise OSError
    return _getfile(thing)


_getfile = inspect.getfile

_collects = gc.isenabled()
gc.disable()
with mock.patch("inspect.getfile", _file_of):
    import gradio  # noqa: F401
if _collects:
    gc.enable()

add_kernels(opened_course().kernels)
