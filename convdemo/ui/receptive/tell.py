"""What is said of a unit and its stack?"""

from collections.abc import Sequence

from convdemo.numbers import format_number, grouped
from convdemo.receptive_field import NETWORKS, AnalysedStack, Layer
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.receptive.scene import Scene


def times(numbers: Sequence[int]) -> str:
    """Write a size: 212 × 212."""
    return "\u00a0×\u00a0".join(map(grouped, numbers))  # on one line


def tell_size(size: Sequence[int]) -> str:
    """Write a (height, width) as people do, width first: 600 × 400."""
    return times(size[::-1])


def tell_length(length: float) -> str:
    """Write a length in pixels that need not be whole: three digits, or all before the decimal point.

    >>> tell_length(5.657), tell_length(1234.5)
    ('5.66', '1234')
    """
    return format_number(length) if length < 999.5 else grouped(round(length))


def tell_share(share: float) -> str:
    """Write a part of a whole, from 0 to 1, as percent."""
    text = read_text("receptive")["sight"]
    if share == 0:
        return text["none"]
    return text["percent"].format(share=format_number(100 * share, 2)) if share >= 0.001 else text["small"]


def tell_range(scene: Scene) -> str:
    """Return the size of what the unit sees, and where it is."""
    sight = scene.sight
    return f"{tell_size(scene.field.size)}: {_range(sight.rows)}, {_range(sight.columns)}"


def tell_sight(scene: Scene) -> str:
    """Return what the chosen unit sees, in words."""
    text, sight, field = read_text("receptive")["sight"], scene.sight, scene.field
    name = scene.layer.name
    sentence = text["sees"].format(
        layer=text["named" if name else "layer"].format(layer=scene.depth, name=name),
        row=grouped(scene.unit[0] + 1),
        column=grouped(scene.unit[1] + 1),
        rows=_range(sight.rows),
        columns=_range(sight.columns),
        padding=tell_share(sight.padding_share),
    )
    size, jump, units, photo = map(tell_size, (field.size, field.jump, field.output_size, scene.photo.size))
    facts = [text["facts"].format(size=size, jump=jump, map=units, photo=photo)]
    if scene.has_holes:
        used_rows, used_columns = map(grouped, map(len, scene.used))
        facts.append(text["holes"].format(size=size, used_rows=used_rows, used_columns=used_columns))
    result = text["after"].format(layer=name_layer(scene.layer, scene.depth), size=size)
    return fill("receptive.sight", result=result, sentence=sentence, facts=facts)


def name_layers(stack: AnalysedStack) -> list[tuple[str, str]]:
    """Return the name and the field of each layer of a stack."""
    layers = enumerate(zip(stack.layers, stack.fields, strict=True), start=1)
    return [(name_layer(layer, number), tell_size(field.size)) for number, (layer, field) in layers]


def name_layer(layer: Layer, number: int) -> str:
    """Return what to call a layer: by its name, or by its kind and its number, from 1."""
    text = read_text("receptive")
    kind = text["layers"]["pool" if layer.kind == "pooling" else "conv"]
    return layer.name or text["sight"]["unnamed"].format(kind=kind, layer=number)


def tell_note(stack: AnalysedStack, name: str | None) -> str:
    """Return what is special about a known stack, with its source; or how large one's own is."""
    text = read_text("receptive")
    if name in NETWORKS:
        network = NETWORKS[name]
        return fill("receptive.note", note=network.note, source=text["note"]["source"].format(source=network.source))
    if name:
        return fill("receptive.note", note=text["stack_notes"][name], source="")
    count = len(stack.layers)
    layers = text["note"]["layer" if count == 1 else "layers"].format(count=count)
    own = text["note"]["own"].format(layers=layers, weights=grouped(stack.weights))
    return fill("receptive.note", note=own, source="")


def tell_problem(sentence: str) -> str:
    """Return a sentence about what is wrong; "" for nothing."""
    return fill("receptive.problem", sentence=sentence, stale=read_text("receptive")["stale"])


def tell_understood(summary: str) -> str:
    """Return what was understood of a text; "" for nothing."""
    return fill(
        "receptive.understood", words=read_text("receptive")["understood"].format(summary=summary) if summary else ""
    )


def tell_progress(words: str, share: float) -> str:
    """Return how far a measurement is, in words and as a bar; the share is from 0 to 1."""
    return fill("parts.status", words=words, share=share, lost=read_text("parts")["lost"] if 0 < share < 1 else "")


def _range(places: range) -> str:
    """Write where rows or columns of the photo begin and end, counted from 1."""
    first, last = (grouped(place + 1).replace("-", "−") for place in (places[0], places[-1]))
    return read_text("receptive")["sight"]["range"].format(first=first, last=last)
