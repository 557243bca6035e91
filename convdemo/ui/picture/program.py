"""How does a program open a picture as the page does?

The picture that the page saves is plain: upright, opaque, grey or in colour. A visitor's own file may lie on its side,
be partly transparent, or hold its numbers in another way; what that takes stands in the program only where it is so.
"""

from collections.abc import Iterable

from convdemo.correlation import PADDING_MODES
from convdemo.images import Source

LUMINANCE = (0.299, 0.587, 0.114)

SAVED = "# The picture as this page saves it: your own file has other numbers."
"""What stands above the opening of one that was reduced or stretched."""


def write_beginning(
    name: str,
    file: str,
    source: Source | None,
    *,
    is_grey: bool,
    is_changed: bool,
    imports: Iterable[str] = (),
    weights: Iterable[float] | None = LUMINANCE,
) -> list[str]:
    """Write how a program with JAX and Flax begins, up to the picture that it works on.

    Args:
        name: the variable of the picture.
        file: what is opened.
        source: how the visitor's own file holds the picture, which the program opens as well as the one that the page
            saves; None if there is no such file.
        is_grey: whether the picture has one channel.
        is_changed: whether the numbers of the one that the page saves are others, as it was reduced or stretched.
        imports: what else is imported.
        weights: as `write_opening` takes them.
    """
    source = as_saved(source or Source("L" if is_grey else "RGB"))
    return [
        "import jax.numpy as jnp",
        "import numpy as np",
        "from flax import nnx",
        *imports,
        write_import(source),
        "",
        *([SAVED] if is_changed else []),
        *write_opening(name, file, source, is_grey=is_grey, weights=weights),
    ]


def write_padding(name: str, rows: tuple[int, int], columns: tuple[int, int], mode: str) -> str:
    """Write how `name`, [1, height, width, 1], gets its border; the mode is one of `convdemo.correlation`."""
    return f"{name} = jnp.pad({name}, ((0, 0), {rows}, {columns}, (0, 0)), mode={PADDING_MODES[mode]!r})"


def write_opening(
    name: str, file: str, source: Source, *, is_grey: bool, weights: Iterable[float] | None = LUMINANCE
) -> list[str]:
    """Write how a picture becomes `name`, float32 [height, width] from 0 to 1, as `convdemo.images` reads it.

    Args:
        name: the variable.
        file: what is opened.
        source: how the file holds the picture.
        is_grey: whether the picture has one channel.
        weights: those of red, green and blue in the grey that colours become; None: they stay three channels.

    Returns:
        Lines for a program that has numpy as np, and `Image` from PIL, with what else `write_import` writes.
    """
    opened = f"Image.open({file!r})"
    if source.turned:
        opened = f"ImageOps.exif_transpose({opened})"
    mode = ("L" if is_grey else "RGB") + ("A" if source.clear else "")
    is_finer = source.mode == "F" or source.mode.startswith("I")
    if not is_finer and (source.clear or source.mode != mode):
        opened += f".convert({mode!r})"
    lines = [f"{name} = np.asarray({opened})"]
    if source.mode == "F":
        lines.append(f"{name} = {name}.astype(np.float32)")
    elif source.white is None:
        lines.append(f"{name} = ({name} / np.iinfo({name}.dtype).max).astype(np.float32)  # 0 to 1")
    else:
        moved = f"({name} - {source.black}.0)" if source.black else name
        lines.append(f"{name} = ({moved} / {source.white - source.black}).astype(np.float32)  # 0 to 1")
    if source.clear and not is_finer:
        colours = "0" if is_grey else ":3"
        opacity = f"{name}[..., {'1' if is_grey else '3:'}]"
        lines.append(f"{name} = 1 - {opacity} * (1 - {name}[..., {colours}])  # on white paper")
        lines.append(f"{name} = np.rint(255 * {name}) / np.float32(255)")
    if source.frame:
        left, top, right, bottom = source.frame
        parts = f"{name}[:{top}] = {name}[{bottom}:] = {name}[:, :{left}] = {name}[:, {right}:]"
        lines.append(f"{parts} = 1  # where the first frame paints nothing")
    return lines if is_grey or weights is None else [*lines, write_luminance(name, weights)]


def write_luminance(name: str, weights: Iterable[float]) -> str:
    """Write how colours become grey."""
    return f"{name} = {name} @ np.float32([{', '.join(f'{weight:.9g}' for weight in weights)}])  # luminance"


def as_saved(source: Source) -> Source:
    """Return how both the visitor's own file and the picture that the page saves of it can be opened.

    Numbers of more than 8 bits are saved in 16, from 0 to 65535.
    """
    if source.mode == "F" or source.mode.startswith("I"):
        return Source("I;16", turned=source.turned)
    return source


def write_import(*sources: Source) -> str:
    """Write what is imported from PIL for pictures with these sources."""
    return "from PIL import Image, ImageOps" if any(source.turned for source in sources) else "from PIL import Image"
