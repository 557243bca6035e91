"""Which short program learns exactly this kernel?

What the page shows can be copied and run; the tests run it for many settings and compare the losses.
"""

import numpy as np

from convdemo.correlation import same_padding
from convdemo.images import Source
from convdemo.kernels import to_cells
from convdemo.learning.reasons import GREYS
from convdemo.ui.layer.settings import Settings
from convdemo.ui.learn.experiment import borders, pad_to
from convdemo.ui.learn.own_pair import Cut, Study
from convdemo.ui.learn.pairs import ReadyPair
from convdemo.ui.learn.settings import LearnSettings
from convdemo.ui.picture.opening import OpenPicture
from convdemo.ui.picture.program import SAVED, as_saved, write_import, write_luminance, write_opening

_RULES = {"sgd": "optax.sgd({rate})", "momentum": "optax.sgd({rate}, momentum=0.9)", "adam": "optax.adam({rate})"}
_NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}


def write_learn_program(
    settings: LearnSettings,
    layer: Settings,
    picture: OpenPicture,
    study: Study | None = None,
    cut: Cut | None = None,
) -> str:
    """Write a JAX and Flax program that makes the same run.

    Args:
        settings: what is learned, and how.
        layer: the settings of the Feature map tab, which count for the source "photo".
        picture: the shared picture, which the program opens beside itself; for a pair of the visitor's own, "after.png"
            beside it.
        study: what was found out about such a pair.
        cut: what the browser cut out of both pictures.

    Returns:
        A program that ends with `losses`, one for each step, and `kernel`, float32 [height, width].
    """
    layer = layer if settings.source == "photo" else Settings()
    lines = [
        "import jax.numpy as jnp",
        "import numpy as np",
        "import optax",
        "from flax import nnx",
        "from jax import lax",
    ]
    sources, are_grey = _pictures(picture, study, cut)
    lines += ["" if settings.source == "edge" else f"{write_import(*sources)}\n"]
    if settings.source == "edge":
        lines += ["image = np.ones((6, 8), np.float32)", "image[:, 2:6] = 0"]
    else:
        compare = settings.compare if settings.needs_after else "all"
        if _is_own(picture, study, cut):
            lines.append("# Your own file, whole: the picture that the page saves is another one.")
        elif picture.is_changed:
            lines.append(SAVED)
        lines += _read("image", picture.save_as, sources[0], is_grey=are_grey[0], compare=compare)
    if settings.ready:
        (top, bottom), (left, right) = borders(settings)
        lines += _filter(settings.ready)
        lines += [
            f"target = after[{top} : after.shape[0] - {bottom}, {left} : after.shape[1] - {right}][..., None]",
            "",
        ]
    elif settings.source == "pair":
        lines += _read("after", "after.png", sources[1], is_grey=are_grey[1], compare=settings.compare)
        lines += [*_cut_out(study, cut), *_align(settings, study), ""]
    else:
        lines += ["", *_teacher(settings, layer), ""]
    return "\n".join([*lines, *_run(settings, layer), ""])  # fmt: skip


def _is_own(picture: OpenPicture, study: Study | None, cut: Cut | None) -> bool:
    """Whether the program has to open the visitor's own file, and not the one that the page saves."""
    if not study:
        return False
    whites = study.sources[0].white, picture.photo.source.white
    return cut is not None or study.sizes[0] != picture.photo.size or whites[0] != whites[1]


def _pictures(picture: OpenPicture, study: Study | None, cut: Cut | None) -> tuple[list[Source], list[bool]]:
    """Return how the files hold the picture before and the one after that are opened, and whether they are grey."""
    sources, are_grey = [as_saved(picture.photo.source)], [picture.photo.pixels.shape[2] == 1]
    if study:
        if _is_own(picture, study, cut):
            sources, are_grey = [study.sources[0]], [study.are_grey[0]]
        return [*sources, study.sources[1]], [*are_grey, study.are_grey[1]]
    return [*sources, Source("L")], [*are_grey, True]


def _cut_out(study: Study | None, cut: Cut | None) -> list[str]:
    """Write which part of both files the browser sent."""
    if not (study and cut):
        return []
    lines = []
    for name, size in zip(("image", "after"), study.sizes, strict=True):
        rows, columns = (f"{start} : {start + side}" for start, side in zip((cut.row, cut.column), size, strict=True))
        lines.append(f"{name} = {name}[{rows}, {columns}]")
    return lines


def _align(settings: LearnSettings, study: Study | None) -> list[str]:
    """Write which parts of a pair lie on each other; without a study as the chapter has it."""
    if study is None:
        (top, bottom), (left, right) = same_padding(settings.shape)
        return [f"target = after[{top} : after.shape[0] - {bottom}, {left} : after.shape[1] - {right}][..., None]"]
    parts = (
        ", ".join(f"{first} : {last}" for first, last in sides)
        for sides in (study.alignment.before, study.alignment.after)
    )
    before, after = parts
    turned = ["after = after[::-1, ::-1]"] if study.alignment.turned else []
    lines = [*turned, f"image = image[{before}]", f"target = after[{after}][..., None]"]
    return [*lines, "counted = (target > 0) & (target < 1)"] if settings.compare == "inside" else lines


def _read(name: str, file: str, source: Source, *, is_grey: bool, compare: str = "all") -> list[str]:
    """Write how a picture is opened, and which of its numbers are compared."""
    weights = GREYS.get(compare, GREYS["rec601"])
    lines = write_opening(name, file, source, is_grey=is_grey, weights=None)
    if compare == "linear":
        lines.append(
            f"{name} = np.where({name} <= 0.04045, {name} / 12.92, (({name} + 0.055) / 1.055) ** 2.4)  # light"
        )
        lines.append(f"{name} = {name}.astype(np.float32)")
    return lines if is_grey else [*lines, write_luminance(name, weights)]


def _filter(pair: ReadyPair) -> list[str]:
    """Write how the filter of a ready pair makes the picture after, as `ReadyPair.filtered` does."""
    rows = ", ".join(f"[{', '.join(row)}]" for row in to_cells(pair.kernel.weights))
    return [
        "",
        f"teacher = np.array([{rows}], np.float32)",
        "after = lax.conv_general_dilated(",
        '    np.pad(image, 1, mode="edge")[None, :, :, None], teacher[:, :, None, None], (1, 1), "VALID",',
        '    dimension_numbers=("NHWC", "HWIO", "NHWC"),',
        f")[0, :, :, 0] + {pair.bias:g}",
        "after = jnp.round(255 * jnp.clip(after, 0, 1)) / 255  # as a file with 8 bits holds it",
    ]


def _teacher(settings: LearnSettings, layer: Settings) -> list[str]:
    """Write how the teacher makes the target, as `experiment.set_up` does."""
    weights = np.float32([[1, -1]]) if settings.source == "edge" else settings.teacher_kernel.weights
    padded, lines = "image", []
    if layer.padding == "none":
        larger = tuple(map(max, weights.shape, settings.shape))
        weights = pad_to(weights, larger)
    else:
        sides = ", ".join(map(str, layer.padding_for(weights.shape)))
        padded = f"np.pad(image, ({sides}), mode={_NUMPY_MODES[layer.padding]!r})"
    rows = ", ".join(f"[{', '.join(row)}]" for row in to_cells(weights))
    lines += [
        f"teacher = np.array([{rows}], np.float32)",
        "target = lax.conv_general_dilated(",
        f'    {padded}[None, :, :, None], teacher[:, :, None, None], ({layer.stride}, {layer.stride}), "VALID",',
        f'    rhs_dilation=({layer.dilation}, {layer.dilation}), dimension_numbers=("NHWC", "HWIO", "NHWC"),',
        ")[0]",
    ]
    if layer.padding == "none" and weights.shape != settings.shape:
        extra = [most - side for most, side in zip(weights.shape, settings.shape, strict=True)]
        ends = [(layer.dilation * (more // 2), layer.dilation * (more - more // 2)) for more in extra]
        cut = ", ".join(f"{start} : image.shape[{axis}] - {end}" for axis, (start, end) in enumerate(ends))
        lines.append(f"image = image[{cut}]  # where a smaller kernel has the same windows")
    return lines


def _run(settings: LearnSettings, layer: Settings) -> list[str]:
    start = "normal(stddev=0.01)" if settings.start == "random" else "zeros"
    if layer.padding != "none":
        sides = ", ".join(map(str, layer.padding_for(settings.shape)))
        lines = [f"image = np.pad(image, ({sides}), mode={_NUMPY_MODES[layer.padding]!r})"]
    else:
        lines = []
    lines += [
        "conv = nnx.Conv(",
        f"    1, 1, kernel_size={settings.shape}, strides={layer.stride}, kernel_dilation={layer.dilation},",
        f'    padding="VALID", use_bias={settings.bias}, kernel_init=nnx.initializers.{start},',
        f"    rngs=nnx.Rngs({settings.seed}),",
        ")",
    ]
    if settings.start == "identity":
        row, column = ((side - 1) // 2 for side in settings.shape)
        lines.append(f"conv.kernel[...] = conv.kernel[...].at[{row}, {column}].set(1)")
    where = ", where=counted" if settings.needs_after and settings.compare == "inside" else ""
    rule = _RULES[settings.optimizer].format(rate=f"{settings.rate:.9g}")
    return [
        *lines,
        f"optimizer = nnx.Optimizer(conv, {rule}, wrt=nnx.Param)",
        "",
        "",
        "@nnx.jit",
        "@nnx.value_and_grad",
        "def loss_and_gradient(conv):",
        f"    return jnp.{settings.loss}((conv(image[None, :, :, None])[0] - target) ** 2{where})",
        "",
        "",
        "losses = []",
        f"for _ in range({settings.steps}):",
        "    loss, gradient = loss_and_gradient(conv)",
        "    optimizer.update(conv, gradient)",
        "    losses.append(float(loss))",
        "kernel = conv.kernel[:, :, 0, 0]",
        "print(losses[0], losses[-1], kernel)",
    ]
