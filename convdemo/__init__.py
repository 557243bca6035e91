"""Convolutions for images, as a small library and an interactive page.

Read it in the order of the story; of a package, its first lines say what each of its modules is for. `correlation` says
what one output pixel is; `kernels` names the weights that people use, with their sources, and `kernel_text` reads and
writes them; `layers` makes a trainable layer of both. `learning` finds the kernel that turns one picture into another,
`receptive_field` says what a unit of a deep layer sees, `why_convolution` tries what shared weights and small windows
are good for, and `filters` looks at the filters of the visual cortex, of photographs and of trained networks. Around
them, `images` turns a file into numbers, `decoder` does it in a process of its own, `rendering` turns numbers back into
pictures, and `links` writes the state of the page into a URL; `numbers` writes numbers, `checks` refuses them, and
`words` reads the names and notes that stand in files. `ui` is the page itself; it alone knows Gradio.

In a notebook, `import convdemo` gives the functions of all of them from one place (`notebook`). `maps`, `showing` and
`chart` let results show themselves, and `launching` opens the lab in a frame; `course` and `hub` are for a course's own
lab.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convdemo.notebook import *  # noqa: F403

VERSION = "1.0.0"
"""Of all of it: the library and the page."""


def __getattr__(name: str) -> Any:
    """Find a name of `notebook`, which is imported when the first of them is asked for."""
    if not name.startswith("_") and find_spec(f"{__name__}.{name}") is None:
        import convdemo.notebook

        if name in convdemo.notebook.__all__:
            return getattr(convdemo.notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    import convdemo.notebook

    return [*convdemo.notebook.__all__, "VERSION"]
