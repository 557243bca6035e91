"""How does gradient descent find a kernel?

Nobody has to design a kernel: take an image and the feature map that is wanted, start from any kernel, and repeat

    kernel = kernel - learning_rate * gradient

with the gradient of the squared error between the map that the kernel makes and the map that is wanted ("Learning a
Kernel" in the chapter "Convolutions for Images", Dive into Deep Learning). The line stands in `_take_steps`.

For squared error a step of `learn_kernel` needs only what `least_squares` gathers, so it costs microseconds on a
picture of any size, and is the same step. `descend` does the same piece by piece, for whoever wants to watch, pause or
stop.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax

from convdemo.chart import Line, draw_lines
from convdemo.checks import check_choice, check_number, check_whole
from convdemo.correlation import as_float32
from convdemo.learning.least_squares import MAX_SIDE, MAX_UNKNOWNS, LeastSquares, least_squares
from convdemo.numbers import format_number
from convdemo.showing import fill, show_matrix

OPTIMIZERS = ("sgd", "momentum", "adam")
"""Plain gradient descent; with momentum (the heavy ball); Adam. As optax defines them."""

LOSSES = ("sum", "mean")
"""Squared errors summed, as in the chapter, or averaged over the outputs."""

MAX_STEPS = 20_000
"""The most steps of a run: a tenth of a second to a second of work."""

LEARNING_RATES = (1e-30, 1e6)
"""The least and the largest learning rate: with them, no kernel of a run ever leaves the range of float32."""

MAX_WEIGHT = 1e6
"""The largest magnitude of a cell, or a bias, to start from."""

MOST_MOMENTUM = 0.999
"""The most of its last update that gradient descent with momentum can go on with."""

EXPLODED = 1e6
"""A run has diverged when its loss is this many times the first one, or that of a kernel of zeros if it is larger."""

CHUNK = 256
"""The most steps between two looks at a run. One compiled program for each optimizer takes up to so many."""

_MOST_POINTS = 400  # of the curve that a run shows

MOST_KEPT = 1000
"""How many kernels a run keeps, about: every one of a run as long, every 20th of 20,000, and always the last."""


@dataclass(frozen=True, eq=False)
class History:
    """A run of gradient descent, or its beginning. Arrays are read-only.

    The loss at step t, `losses[t - 1]`, is the one before the step's update, as in the chapter. A run that diverged
    ends with the loss that exploded, and makes no update from it: then there is one loss more than updates.

    Attributes:
        steps: The updates made.
        losses: float64 [steps], or [steps + 1] if it diverged, summed or mean as was asked for.
        final_loss: The loss of `kernel`, after the last update.
        kernel: float32 [height, width], after the last update.
        bias: After the last update; 0 when none is learned.
        kept: int [kept], the numbers of updates after which the kernel was kept: 0 for the start, the last at the end.
        kernels: float32 [kept, height, width], the kernels after so many updates.
        biases: float32 [kept], their biases.
        diverged: Whether the loss exploded, or was not finite, after the last update.
        floor: The least loss that any kernel has, to compare `losses` with.
        largest_stable_learning_rate: As from the function of that name.
        least_squares: The kernel and the bias that have the least loss, and how well the pictures determine them.
    """

    steps: int
    losses: np.ndarray
    final_loss: float
    kernel: np.ndarray
    bias: float
    kept: np.ndarray
    kernels: np.ndarray
    biases: np.ndarray
    diverged: bool
    floor: float
    largest_stable_learning_rate: float | None
    least_squares: LeastSquares

    def _repr_html_(self) -> str:
        """The curve of the loss, and the kernel that was learned beside the best one."""
        losses = [*self.losses] if self.diverged else [*self.losses, self.final_loss]
        shown = np.unique(np.linspace(0, len(losses) - 1, _MOST_POINTS).astype(int))
        lines = [Line("", [(int(at), float(losses[at])) for at in shown])]
        legend = [("loss", lines[0].colour, False)]
        if self.floor > 1e-12 * losses[0]:
            lines.append(Line("", [(0, self.floor), (self.steps, self.floor)], "#94a3b8", is_dashed=True))
            legend.append(("least squares", "#94a3b8", True))
        chart = draw_lines(
            lines, x_title="updates made", y_title="loss", x_range=(0, max(1, len(losses) - 1)), log=True
        )
        stable = self.largest_stable_learning_rate
        facts = [
            f"{self.steps} updates, loss {format_number(self.final_loss)}; the least is {format_number(self.floor)}."
        ]
        if self.diverged:
            facts.append("The run diverged.")
        if stable is not None and math.isfinite(stable):
            facts.append(f"It converges below a learning rate of {format_number(stable)}.")
        best = self.least_squares.kernel
        limit = float(np.abs(best).max()) or None
        matrices = show_matrix(self.kernel.tolist(), "Learned", limit=limit) + show_matrix(
            best.tolist(), "Least squares"
        )
        return fill("plot", chart=chart, legend=legend, facts=facts) + matrices


def learn_kernel(
    image,
    target,
    kernel_shape,
    *,
    learning_rate,
    steps,
    optimizer="sgd",
    seed=0,
    start="random",
    start_bias=0.0,
    loss="sum",
    bias=False,
    momentum=0.9,
    stride=1,
    padding=0,
    padding_mode="zeros",
    dilation=1,
) -> History:
    """Learn the kernel that turns `image` into `target`, by gradient descent on the squared error.

    >>> image = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
    >>> edges = [[0, 1, 0, 0, 0, -1, 0]] * 6
    >>> learn_kernel(image, edges, (1, 2), learning_rate=0.03, steps=10, start="zeros").kernel.round(3)
    array([[ 0.988, -0.988]], dtype=float32)

    Args:
        image: [height, width], as in `least_squares`, as are all arguments that are not described here.
        target: [height, width] of the feature map.
        kernel_shape: the (height, width) of the kernel, or one int for both.
        learning_rate: how far to go along the gradient, within `LEARNING_RATES`.
        steps: how many updates to make, from 1 to `MAX_STEPS`; fewer are made if the run diverges.
        optimizer: one of `OPTIMIZERS`.
        seed: a whole number from 0 to 2^32 - 1, for the random start: the kernel that `Conv2D` starts from.
        start: "random", from N(0, 0.01^2); "zeros"; "identity", a 1 in the middle (before it, for an even side); or
            the kernel itself, [height, width].
        start_bias: where the bias starts.
        loss: one of `LOSSES`.
        bias: whether to learn a bias too.
        momentum: the share of its last update that "momentum" goes on with, from 0 to `MOST_MOMENTUM`; for it alone.
        stride: pixels from one window to the next.
        padding: pixels per side.
        padding_mode: "zeros", "reflect" or "replicate".
        dilation: pixels between the cells of the kernel.

    Raises:
        ValueError: an argument is not as described, no window fits, or the target has another size.
    """
    settings = {"stride": stride, "padding": padding, "padding_mode": padding_mode, "dilation": dilation}
    problem = least_squares(image, target, kernel_shape, bias=bias, **settings)
    run = descend(
        problem,
        learning_rate=learning_rate,
        steps=steps,
        optimizer=optimizer,
        seed=seed,
        start=start,
        start_bias=start_bias,
        loss=loss,
        momentum=momentum,
    )
    for history in run:  # noqa: B007 - only the last one is wanted, and only one is held at a time
        pass
    return history


def descend(
    problem,
    *,
    learning_rate,
    steps,
    optimizer="sgd",
    seed=0,
    start="random",
    start_bias=0.0,
    loss="sum",
    momentum=0.9,
    every=CHUNK,
) -> Iterator[History]:
    """Go down step by step: the history at the start, then after every so many updates, at last the whole one.

    Between two of them nothing runs: ask for the next later to pause, with `every=1` to take single steps, and not at
    all to stop. `problem` is what to learn, from `least_squares`; `every` is how many updates, from 1 to `CHUNK`; the
    other arguments and the errors are those of `learn_kernel`. All of them are checked at once.

    >>> problem = least_squares([[1, 1, 0, 0, 0, 0, 1, 1]] * 6, [[0, 1, 0, 0, 0, -1, 0]] * 6, (1, 2))
    >>> for history in descend(problem, learning_rate=0.03, steps=10, start="zeros", every=5):
    ...     print(history.steps, round(history.final_loss, 3))
    0 12.0
    5 0.138
    10 0.002
    """
    check_choice("optimizer", optimizer, OPTIMIZERS)
    check_choice("loss", loss, LOSSES)
    momentum = check_number("momentum", momentum, 0, MOST_MOMENTUM, "0.9")
    stable = largest_stable_learning_rate(problem, optimizer=optimizer, loss=loss, momentum=momentum)
    is_known = stable is not None and math.isfinite(stable)
    remedy = f"less than {stable:.3g} to converge" if is_known else "0.01"
    learning_rate = check_number("learning_rate", learning_rate, *LEARNING_RATES, remedy)
    check_whole("steps", steps, 1, MAX_STEPS)
    check_whole("every", every, 1, CHUNK)
    start = _start(problem, start, start_bias, seed)
    return _run(problem, start, learning_rate, steps, optimizer, loss, momentum, every, stable)


def largest_stable_learning_rate(problem, *, optimizer="sgd", loss="sum", momentum=0.9) -> float | None:
    """The learning rate below which gradient descent converges, and above which it diverges.

    The error is a bowl whose steepest curvature is 2 lambda, lambda the largest eigenvalue of the Gram matrix. A step
    leaves of the error along that pattern 1 - 2 learning_rate lambda, which must stay above -1: below 1 / lambda. A
    heavy ball with momentum m allows (1 + m) / lambda (Polyak 1964). A mean error is flatter, by the number of outputs.

    >>> problem = least_squares([[1, 1, 0, 0, 0, 0, 1, 1]] * 6, [[0, 1, 0, 0, 0, -1, 0]] * 6, (1, 2))
    >>> round(1 / largest_stable_learning_rate(problem), 3)
    30.0

    Returns:
        None for Adam, whose steps do not shrink with the gradient; inf if the image is black, so that nothing moves.
    """
    if optimizer == "adam":
        return None
    curvature = float(problem.eigenvalues[-1]) / (problem.positions if loss == "mean" else 1)
    return (1 + (momentum if optimizer == "momentum" else 0)) / curvature if curvature else math.inf


def kernel_error(kernel, teacher) -> float:
    """How far a kernel is from the one that made the target: |kernel - teacher| / |teacher|, each a root of squares.

    A low loss is not a recovered kernel: this is what the loss does not show.

    >>> round(kernel_error([[0.5, -1]], [[1, -1]]), 3)
    0.354

    Args:
        kernel: [height, width].
        teacher: [height, width], the same; not all zeros.

    Raises:
        ValueError: the shapes differ, or the teacher is all zeros.
    """
    kernel, teacher = np.asarray(kernel, np.float64), np.asarray(teacher, np.float64)
    if kernel.shape != teacher.shape:
        raise ValueError(
            f"teacher has shape {teacher.shape}, but the kernel has {kernel.shape}: surround the smaller with zeros"
        )
    if not teacher.any():
        raise ValueError(
            "teacher is all zeros, but the error is a share of its size: take a teacher that does something"
        )
    return float(np.linalg.norm(kernel - teacher) / np.linalg.norm(teacher))


# --- The run ------------------------------------------------------------------------------------------------


@functools.partial(jax.jit, static_argnames="optimizer")
def _take_steps(kernel, memory, windows, targets, learning_rate, momentum, count, *, optimizer):
    """Make `count` updates, at most `CHUNK`. The kernel is laid out in a row, with the bias as one cell more.

    Returns:
        The kernel and the optimizer's memory; and after each update the loss [CHUNK] and the kernel
        [CHUNK, MAX_UNKNOWNS]. The losses lack the floor, which no kernel changes.
    """
    rule = _optax_rule(optimizer, learning_rate, momentum)
    loss_and_gradient = jax.value_and_grad(lambda kernel: jnp.sum((windows @ kernel - targets) ** 2))

    def step(t, state):
        kernel, gradient, memory, losses, kernels = state
        if optimizer == "sgd":
            kernel = kernel - learning_rate * gradient
        else:
            with jax.numpy_dtype_promotion("standard"):  # optax mixes ints and floats
                update, memory = rule.update(gradient, memory)
            kernel = kernel + update
        loss, gradient = loss_and_gradient(kernel)
        return kernel, gradient, memory, losses.at[t].set(loss), kernels.at[t].set(kernel)

    _, gradient = loss_and_gradient(kernel)
    room = jnp.zeros(CHUNK), jnp.zeros((CHUNK, kernel.size))
    kernel, _, memory, losses, kernels = lax.fori_loop(0, count, step, (kernel, gradient, memory, *room))
    return kernel, memory, losses, kernels


def _optax_rule(optimizer, learning_rate, momentum):
    if optimizer == "adam":
        return optax.adam(learning_rate)
    return optax.sgd(learning_rate, momentum if optimizer == "momentum" else None)


def _run(problem, start, learning_rate, steps, optimizer, loss, momentum, every, stable):
    """The histories of `descend`, whose arguments are checked."""
    outputs = problem.positions if loss == "mean" else 1
    floor, energy = problem.floor / outputs, problem.energy / outputs
    # Filled up with zeros to one size, so that kernels of all sizes share a program: a zero stays a zero.
    room = MAX_UNKNOWNS - problem.targets.size
    windows = np.float32(np.pad(problem.windows, (0, room)) / math.sqrt(outputs))
    targets = np.float32(np.pad(problem.targets, (0, room)) / math.sqrt(outputs))
    kernel = np.pad(start, (0, MAX_UNKNOWNS - start.size))

    losses = np.array([np.sum((windows @ kernel - targets) ** 2) + floor])
    limit = EXPLODED * max(losses[0], energy)
    kept, kernels = np.array([0]), start[None]
    apart = math.ceil(steps / MOST_KEPT)
    yield make_history(problem, floor, stable, losses, kept, kernels, start)

    kernel, windows, targets = jax.device_put((kernel, windows, targets))
    numbers = np.float32(learning_rate), np.float32(momentum)
    memory = _optax_rule(optimizer, *numbers).init(kernel)
    done, diverged = 0, False
    while done < steps and not diverged:
        count = min(every, steps - done)
        kernel, memory, new_losses, new_kernels = _take_steps(
            kernel, memory, windows, targets, *numbers, np.int32(count), optimizer=optimizer
        )
        new_losses = np.asarray(new_losses, np.float64)[:count] + floor
        exploded = np.flatnonzero(~(new_losses <= limit))  # a comparison that nan fails too
        if exploded.size:
            diverged, count = True, int(exploded[0]) + 1
        losses = np.append(losses, new_losses[:count])

        updates = np.arange(done + 1, done + count + 1)
        new_kernels = np.asarray(new_kernels)[:count, : start.size]
        done += count
        keep = updates % apart == 0
        keep[-1] |= diverged or done == steps
        kept, kernels = np.append(kept, updates[keep]), np.append(kernels, new_kernels[keep], axis=0)
        yield make_history(problem, floor, stable, losses, kept, kernels, new_kernels[-1], diverged)


def make_history(problem, floor, stable, losses, kept, kernels, kernel, diverged=False):
    """The history with these losses, one for each kernel from the start on, and kernels laid out in rows."""
    steps, shape = losses.size - 1, problem.kernel.shape
    return History(
        steps=steps,
        losses=read_only(losses[: steps + diverged]),
        final_loss=float(losses[-1]),
        kernel=read_only(kernel[:-1].reshape(shape)),
        bias=float(kernel[-1]),
        kept=read_only(kept),
        kernels=read_only(kernels[:, :-1].reshape(-1, *shape)),
        biases=read_only(kernels[:, -1]),
        diverged=diverged,
        floor=floor,
        largest_stable_learning_rate=stable,
        least_squares=problem,
    )


def read_only(array):
    """The array itself, which nobody can write to any more."""
    array = np.array(array)
    array.flags.writeable = False
    return array


# --- What is accepted, and what is refused ------------------------------------------------------------------


def _start(problem, start, start_bias, seed):
    """The kernel to start from, laid out in a row, and the bias behind it: float32 [cells + 1]."""
    shape = problem.kernel.shape
    check_whole("seed", seed, 0, 2**32 - 1)
    start_bias = check_number("start_bias", start_bias, -MAX_WEIGHT, MAX_WEIGHT, "0")
    if start_bias and not problem.learns_bias:
        raise ValueError(f"start_bias is {start_bias:g}, but no bias is learned: use bias=True, or start_bias 0")
    if isinstance(start, str):
        kernel = _named_start(start, shape, seed)
    else:
        kernel = as_float32("start", start, dimensions=2)
        if kernel.shape != shape:
            raise ValueError(f"start has shape {kernel.shape}, but the kernel to learn has {shape}: give it that shape")
        largest = np.abs(kernel).max()
        if largest > MAX_WEIGHT:
            raise ValueError(
                f"start holds numbers up to {largest:.3g}, "
                f"but they must lie within plus or minus {MAX_WEIGHT:.0f}: scale it"
            )
    return np.append(kernel, np.float32(start_bias))


def _named_start(name, shape, seed):
    check_choice("start", name, ("random", "zeros", "identity"))
    if name == "random":
        # The first numbers of one long draw are those of a short one, and only one program is compiled.
        draw = nnx.initializers.normal(stddev=0.01)(nnx.Rngs(int(seed)).params(), (MAX_SIDE**2,))
        return np.asarray(draw)[: math.prod(shape)].reshape(shape)
    kernel = np.zeros(shape, np.float32)
    if name == "identity":
        kernel[(shape[0] - 1) // 2, (shape[1] - 1) // 2] = 1
    return kernel
