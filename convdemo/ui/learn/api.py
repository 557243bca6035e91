"""What can a program ask to be learned? A kernel from a photo and a teacher, or from a picture before and after."""

from collections import deque
from typing import Any, Literal

import numpy as np

from convdemo.learning import LOSSES, OPTIMIZERS, History, kernel_error
from convdemo.rendering import to_picture
from convdemo.ui.api.endpoint import (
    Endpoint,
    as_png,
    finite,
    given_picture,
    reference_to,
    rows_of,
    saved,
)
from convdemo.ui.layer.settings import read_settings
from convdemo.ui.layer.state import PADDINGS
from convdemo.ui.learn.experiment import Experiment, pad_to, run, set_up
from convdemo.ui.learn.files import save_history
from convdemo.ui.learn.own_pair import WantedError, open_pair
from convdemo.ui.learn.settings import LearnSettings, read_learn_settings
from convdemo.ui.learn.state import COMPARE, OWN, STARTS, STATE
from convdemo.ui.learn.view import tell_pair
from convdemo.ui.parts.widgets import read_text

_MOST_LOSSES = 200
_MOST_DRAWN = 1_500_000  # outputs: of a larger map there is no picture


def learn(
    picture: str | dict,
    teacher: str = "sobel_x",
    hidden: int = 1,
    reveal: bool = False,
    rows: int = 3,
    columns: int = 3,
    optimizer: Literal[OPTIMIZERS] = "momentum",
    rate: float = 0.4,
    steps: int = 300,
    start: Literal[STARTS] = "random",
    seed: int = 0,
    loss: Literal[LOSSES] = "mean",
    bias: bool = False,
    stride: int = 1,
    padding: Literal[PADDINGS] = "none",
    dilation: int = 1,
) -> dict:
    """Learn a kernel by gradient descent from a picture and the feature map that a teacher makes of it.

    Args:
        picture: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        teacher: the name of a kernel ("sobel_x"), or "hidden" for a secret one.
        hidden: the number of the secret teacher, 0 to 9999.
        reveal: whether the secret teacher is told.
        rows: of the kernel to learn, 1 to 15.
        columns: of the kernel to learn, 1 to 15.
        optimizer: "sgd", "momentum" or "adam".
        rate: the learning rate, 1e-30 to 1e6.
        steps: updates to make, 1 to 20000; a run that diverges makes fewer.
        start: "random", "zeros" or "identity".
        seed: of the random start, 0 to 999999999.
        loss: the squared errors as "sum" or "mean".
        bias: whether a bias is learned too.
        stride: of teacher and learner, 1 to 16.
        padding: "none", "zeros", "reflect" or "replicate".
        dilation: of teacher and learner, 1 to 16.

    Returns:
        "kernel" row by row and "bias", after "steps" updates; "losses", up to 200 pairs of a step and its loss;
        "final_loss"; "floor", the least loss that any kernel has; "stable_rate", the learning rate below which the
        run converges (null for Adam); "diverged"; "best_kernel" and "best_bias", by least squares; "teacher" row by
        row and "error", how far the kernel is from it as a share (null where it is secret); "history", a CSV file of
        the run; "pictures", PNG files of the maps that are "learned" and "wanted".

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    settings = _settings(
        source="photo", teacher=teacher, hidden=hidden, reveal=reveal, rows=rows, columns=columns, optimizer=optimizer,
        rate=rate, steps=steps, start=start, seed=seed, loss=loss, bias=bias,
    )  # fmt: skip
    layer = read_settings({"stride": stride, "padding": padding, "dilation": dilation})
    opened = given_picture(picture)
    return _run(set_up(settings, layer, opened.photo, None), settings, opened.stem)


def learn_pair(
    before: str | dict,
    after: str | dict,
    rows: int = 3,
    columns: int = 3,
    optimizer: Literal[OPTIMIZERS] = "momentum",
    rate: float = 0.4,
    steps: int = 300,
    start: Literal[STARTS] = "random",
    seed: int = 0,
    loss: Literal[LOSSES] = "mean",
    bias: bool = True,
    compare: Literal[COMPARE] = "all",
) -> dict:
    """Learn the kernel of a filter from a picture before and after it, and find out what no kernel explains.

    Args:
        before: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        after: the same picture after some program filtered it: a file or a data URL.
        rows: of the kernel to learn, 1 to 15.
        columns: of the kernel to learn, 1 to 15.
        optimizer: "sgd", "momentum" or "adam".
        rate: the learning rate, 1e-30 to 1e6.
        steps: updates to make, 1 to 20000; a run that diverges makes fewer.
        start: "random", "zeros" or "identity".
        seed: of the random start, 0 to 999999999.
        loss: the squared errors as "sum" or "mean".
        bias: whether a bias is learned too.
        compare: "all", "inside" (neither 0 nor 1), "linear" light, or greys that are weighed by "rec709" or "mean".

    Returns:
        What `learn` returns, without a teacher, and "notes": what was found out about the pair, in sentences;
        "offer": the arguments that would help, if there are such.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    settings = _settings(
        source="pair", pair=OWN, rows=rows, columns=columns, optimizer=optimizer, rate=rate, steps=steps, start=start,
        seed=seed, loss=loss, bias=bias, compare=compare,
    )  # fmt: skip
    held, words = {"path": reference_to(after, "after").get("upload")}, read_text("learn")["api"]
    if not held["path"]:
        raise ValueError(words["no_after"])
    try:
        pictures = open_pair(reference_to(before, "before"), held)
    except WantedError as error:
        raise ValueError(error.problem or words["before_lost"]) from error
    experiment = set_up(settings, read_settings({}), *pictures)
    answer = _run(experiment, settings, "pair")
    answer["notes"] = tell_pair(experiment.study, settings, experiment.problem, None)
    answer["offer"] = dict(experiment.study.offer)
    return answer


def _settings(**controls: Any) -> LearnSettings:
    return read_learn_settings({**STATE.defaults, **controls})


def _run(experiment: Experiment, settings: LearnSettings, stem: str) -> dict[str, Any]:
    [history] = deque(run(experiment, settings), maxlen=1)
    best, teacher = history.least_squares, None if settings.keeps_secret else experiment.teacher
    return {
        "kernel": rows_of(history.kernel),
        "bias": history.bias,
        "steps": history.steps,
        "diverged": history.diverged,
        "losses": _losses(history),
        "final_loss": finite(history.final_loss),
        "floor": float(history.floor),
        "stable_rate": finite(history.largest_stable_learning_rate),
        "best_kernel": rows_of(best.kernel),
        "best_bias": float(best.bias),
        "teacher": None if teacher is None else rows_of(teacher.weights),
        "error": None if teacher is None else _error(history.kernel, teacher.weights),
        "history": saved(save_history(history, stem)),
        "pictures": _pictures(experiment, history, stem),
    }


def _losses(history: History) -> list[tuple[int, float | None]]:
    at = np.unique(np.linspace(0, len(history.losses) - 1, _MOST_LOSSES).astype(int))
    return [(int(step) + 1, finite(history.losses[step])) for step in at]


def _error(kernel: np.ndarray, teacher: np.ndarray) -> float:
    shape = tuple(map(max, kernel.shape, teacher.shape))
    return kernel_error(pad_to(kernel, shape), pad_to(teacher, shape))


def _pictures(experiment: Experiment, history: History, stem: str) -> dict[str, Any]:
    """Return the map that was learned and the one that was wanted, on one scale."""
    if history.diverged or experiment.target.size > _MOST_DRAWN:
        return {}
    maps = {"learned": experiment.feature_map(history.kernel, history.bias), "wanted": experiment.target}
    limit = max(float(np.abs(made).max()) for made in maps.values()) or 1.0
    return {name: as_png(to_picture(made, limit=limit).pictures[0], f"{stem}-{name}") for name, made in maps.items()}


ENDPOINTS = (Endpoint(learn, "learn", 4), Endpoint(learn_pair, "learn", 4))
