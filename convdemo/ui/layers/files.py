"""What can be taken away of the maps? All of them as numbers, or drawn side by side."""

import io
from collections.abc import Mapping

import numpy as np

from convdemo.rendering import Picture, encode_png, to_picture, vivid_limit
from convdemo.ui.layers.network import Run, columns_of, sheet_of
from convdemo.ui.layers.own import OwnStack

KINDS = {"png": "sheet", "npz": "maps"}
"""The ends of the names of files, and what is in them."""

_GAP = 8  # pixels of white between maps


def save_own(stack: OwnStack, kind: str) -> bytes:
    """Return the maps of a stack: a "png" with the photo and all maps, each on its own scale; or an "npz"."""
    if kind == "npz":
        return _npz(
            {"photo": stack.grey, **{f"layer{number}": made for number, made in enumerate(stack.maps, start=1)}}
        )
    photo = np.repeat(np.rint(255 * np.clip(stack.grey, 0, 1)).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    return _side_by_side([photo, *(stack.rendered(depth + 1).pictures[0].rgb for depth in range(len(stack.maps)))])


def save_network(run: Run, kind: str) -> bytes:
    """Return the maps of the network: a "png" of their sheets, one under the other; or an "npz"."""
    if kind == "npz":
        return _npz({"photo": run.pixels, **run.maps})
    sheets = []
    for name, values in run.maps.items():
        if name == "face":
            sheets.append(to_picture(values[..., 0], display="absolute", limit=1.0).pictures[0].rgb)
        else:
            sheet = sheet_of(values, columns_of(values.shape[2]))
            sheets.append(to_picture(sheet, limit=vivid_limit(values) or 1.0).pictures[0].rgb)
    turned = [sheet.transpose(1, 0, 2) for sheet in [run.pixels, *sheets]]
    return _side_by_side(turned, turned=True)


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _side_by_side(pictures: list[np.ndarray], *, turned: bool = False) -> bytes:
    height = max(len(picture) for picture in pictures)
    filled = [
        np.pad(picture, ((0, height - len(picture)), (0, _GAP), (0, 0)), constant_values=255) for picture in pictures
    ]
    whole = np.hstack(filled)[:, :-_GAP]
    return encode_png(Picture(np.ascontiguousarray(whole.transpose(1, 0, 2) if turned else whole)))
