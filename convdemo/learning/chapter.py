"""What does the chapter print when it learns its kernel?

Its picture is white with a black band, and its kernel [1, -1] is to be found from the edges alone ("Learning a Kernel"
in the chapter "Convolutions for Images", Dive into Deep Learning). Here the run is written as the chapter would write
it, with `nnx.Conv`; `descent` makes the same steps in another way.
"""

import functools

import jax.numpy as jnp
import numpy as np
from flax import nnx

from convdemo.learning.descent import History, largest_stable_learning_rate, make_history, read_only
from convdemo.learning.least_squares import least_squares

CHAPTER_IMAGE = read_only(np.float32([[1, 1, 0, 0, 0, 0, 1, 1]] * 6))
"""float32 [6, 8]: white with a black band. Its vertical edges are what the chapter's kernel [1, -1] finds."""

CHAPTER_TARGET = read_only(np.float32([[0, 1, 0, 0, 0, -1, 0]] * 6))
"""float32 [6, 7]: the edge map of `CHAPTER_IMAGE`."""


@functools.cache
def chapter_run() -> History:
    """The chapter's run, through `nnx.Conv` as it would be written: ten steps at 0.03 from a small random kernel.

    The seed is one whose run prints the five lines of the chapter, digit by digit.

    >>> print(format_epochs(chapter_run().losses))
    epoch 2, loss 5.003
    epoch 4, loss 0.842
    epoch 6, loss 0.142
    epoch 8, loss 0.024
    epoch 10, loss 0.004
    >>> chapter_run().kernel.round(4)
    array([[ 0.9902, -0.9866]], dtype=float32)
    """
    conv = nnx.Conv(
        1,
        1,
        kernel_size=(1, 2),
        use_bias=False,
        padding="VALID",
        kernel_init=nnx.initializers.normal(stddev=0.01),
        rngs=nnx.Rngs(2762),
    )
    images, targets = CHAPTER_IMAGE[None, :, :, None], CHAPTER_TARGET[None, :, :, None]

    @nnx.jit
    @nnx.value_and_grad
    def squared_error(conv):
        return jnp.sum((conv(images) - targets) ** 2)

    losses, kernels = [], []
    for _ in range(11):  # the eleventh time only to see what ten steps have reached
        loss, gradient = squared_error(conv)
        losses.append(float(loss))
        kernels.append([*np.ravel(conv.kernel[...]), 0])
        conv.kernel[...] = conv.kernel[...] - 0.03 * gradient["kernel"][...]

    problem, kernels = least_squares(CHAPTER_IMAGE, CHAPTER_TARGET, (1, 2)), np.float32(kernels)
    stable = largest_stable_learning_rate(problem)
    return make_history(problem, problem.floor, stable, np.array(losses), np.arange(11), kernels, kernels[-1])


def format_epochs(losses) -> str:
    """Write the loss of every second step in a line, as the chapter prints it."""
    epochs = enumerate(losses, start=1)
    return "\n".join(f"epoch {step}, loss {loss:.3f}" for step, loss in epochs if step % 2 == 0)
