"""Which filters does a network learn from photographs?

A small one is trained to take noise out of photos, with few of its units at work at a time: a sparse denoising
autoencoder ("Stacked denoising autoencoders", Vincent et al., 2010; "Sparse coding with an overcomplete basis set",
Olshausen and Field, 1997). It needs no labels, for the photo without the noise is the answer. Its first layer is a
convolution with 64 filters of 12x12 and a ReLU, its second lays down a learned pattern for each unit that is at work.
Of the tasks that were tried, its filters came out most oriented (CONTRIBUTING.md, measured facts).

While it trains the network sees one window at a time. There a convolution is a matrix product (`correlation.im2col`),
so its layers are `nnx.Linear`: 70 times as fast on a CPU as `nnx.Conv` on the same windows, with the same numbers.

`python -m convdemo.filters` trains it on the example photographs and writes filters/denoiser.npz;
`trained_network` reads that file.
"""

import functools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax

from convdemo.checks import check_whole
from convdemo.filters.ica import PATCHES, sample_patches
from convdemo.images import decode_image, to_grey

SIDE = 12
"""Rows and columns of a filter."""

COUNT = 64
"""How many filters."""

NOISE = 0.5
"""The standard deviation of the noise, in standard deviations of the patches."""

PRICE = 0.02
"""What a unit at work costs: this many times its activity and the length of its pattern."""

STEPS = 2000
BATCH = 512
LEARNING_RATE = 0.01

CHUNK = 100
"""The steps from one look at the training to the next, made by one compiled program."""

FILE = Path(__file__).with_name("denoiser.npz")
"""The trained network: float32 arrays of about 75 kB in all."""

_EXAMPLES = Path(__file__).parents[2] / "examples"
_PHOTOS = ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg")


class Denoiser(nnx.Module):
    """Two layers that look at windows of log intensity, less their mean, in standard deviations.

    Args:
        rngs: where the first weights come from.
    """

    def __init__(self, *, rngs: nnx.Rngs):
        self.see = nnx.Linear(SIDE**2, COUNT, rngs=rngs)
        self.draw = nnx.Linear(COUNT, SIDE**2, rngs=rngs)

    def activity(self, windows: jax.Array) -> jax.Array:
        """How much each unit is at work: float32 [windows, `COUNT`], at least 0, of float32 [windows, `SIDE`^2]."""
        return nnx.relu(self.see(windows))

    def __call__(self, windows: jax.Array) -> jax.Array:
        """The windows without their noise, as float32 of the same shape."""
        return self.draw(self.activity(windows))

    @property
    def filters(self) -> np.ndarray:
        """The kernels of the first layer: float32 [`COUNT`, `SIDE`, `SIDE`], each less its mean.

        Windows less their mean do not feel the mean of a kernel; without it, the kernels can be laid on any window.
        """
        kernels = np.asarray(self.see.kernel[...])
        return (kernels - kernels.mean(axis=0)).T.reshape(COUNT, SIDE, SIDE)


@dataclass(frozen=True, eq=False)
class Training:
    """A network on its way.

    Attributes:
        steps: How many were made.
        error: The mean squared error of a pixel over the last steps, in variances of the pixels: 1 is as bad as an
            answer of grey, `NOISE`^2 = 0.25 as bad as leaving the noise. Of the start, None.
        network: The network then.
    """

    steps: int
    error: float | None
    network: Denoiser


def train(images: Sequence[np.ndarray], *, steps: int = STEPS, seed: int = 0) -> Iterator[Training]:
    """Train a network on photos: at the start, then after every `CHUNK` steps.

    Between two of them nothing runs: ask for the next later to pause, and not at all to stop. Errors come at once.

    Args:
        images: each [height, width] in [0, 1], as in `sample_patches`.
        steps: at most how many, rounded up to whole chunks; the learning rate falls to 0 over them.
        seed: where patches, noise and the first weights come from: the same seed gives the same network on the same
            machine, and one like it on another.

    Raises:
        ValueError: an argument is not as described, or the pictures are blank.
    """
    check_whole("steps", steps, 1, 100_000)
    return _train(sample_patches(images, SIDE, seed).reshape(PATCHES, -1), steps, seed)


def denoising_error(network: Denoiser, images: Sequence[np.ndarray], seed: int = 0) -> float:
    """The mean squared error of a pixel over fresh patches and noise, as in `Training`.

    Raises:
        ValueError: as `sample_patches`.
    """
    patches = sample_patches(images, SIDE, seed).reshape(PATCHES, -1)
    patches /= patches.std()
    noise = np.random.default_rng((seed, 2)).normal(scale=NOISE, size=patches.shape)
    return float(np.mean(np.square(network(patches + np.float32(noise)) - patches)))


def trained_network() -> Denoiser:
    """The network that was trained on the example photographs, from `FILE`."""
    network = Denoiser(rngs=nnx.Rngs(0))
    with np.load(FILE) as arrays:
        for name, parameter in _parameters(network).items():
            parameter[...] = jnp.asarray(arrays[name])
    return network


def save(network: Denoiser, path: Path = FILE) -> None:
    """Write a network to a file for `trained_network`."""
    np.savez(path, **{name: np.asarray(parameter[...]) for name, parameter in _parameters(network).items()})


def example_photographs() -> list[np.ndarray]:
    """The six photographs of examples/ in grey: float32 [height, width] in [0, 1]."""
    return [to_grey(decode_image(_EXAMPLES / name)) for name in _PHOTOS]


# --- The training -------------------------------------------------------------------------------------------


def _train(patches: np.ndarray, steps: int, seed: int) -> Iterator[Training]:
    patches = jax.device_put(patches / patches.std())
    graph, weights = nnx.split(Denoiser(rngs=nnx.Rngs(seed)))
    memory = optax.scale_by_adam().init(weights)
    yield Training(0, None, nnx.merge(graph, weights))
    chunks = -(-steps // CHUNK)
    left = 1 - np.arange(chunks * CHUNK) / (chunks * CHUNK)
    rates = np.float32(LEARNING_RATE * np.sin(np.pi / 2 * left) ** 2).reshape(chunks, CHUNK)  # half a cosine
    for chunk in range(chunks):
        key = jax.random.fold_in(jax.random.key(seed), chunk)
        weights, memory, error = _take_steps(weights, memory, patches, rates[chunk], key, graph=graph)
        yield Training((chunk + 1) * CHUNK, float(error), nnx.merge(graph, weights))


@functools.partial(jax.jit, static_argnames="graph")
def _take_steps(weights, memory, patches, rates, key, *, graph):
    """A step for each learning rate; the weights, Adam's memory, and the mean error."""

    def loss(weights, noisy, clean):
        network = nnx.merge(graph, weights)
        activity = network.activity(noisy)
        error = jnp.mean((network.draw(activity) - clean) ** 2)
        lengths = jnp.linalg.norm(network.draw.kernel[...], axis=1)
        return error + PRICE * jnp.mean(activity @ lengths), error

    def step(state, now):
        weights, memory = state
        rate, key = now
        chosen, noise = jax.random.split(key)
        clean = patches[jax.random.randint(chosen, (BATCH,), 0, len(patches))]
        noisy = clean + NOISE * jax.random.normal(noise, clean.shape)
        gradient, error = jax.grad(loss, has_aux=True)(weights, noisy, clean)
        with jax.numpy_dtype_promotion("standard"):  # optax mixes ints and floats
            update, memory = optax.scale_by_adam().update(gradient, memory)
        weights = jax.tree.map(lambda weight, change: weight - rate * change, weights, update)
        return (weights, memory), error

    (weights, memory), errors = lax.scan(step, (weights, memory), (rates, jax.random.split(key, len(rates))))
    return weights, memory, jnp.mean(errors)


def _parameters(network: Denoiser) -> dict[str, nnx.Param]:
    return {
        "see_kernel": network.see.kernel,
        "see_bias": network.see.bias,
        "draw_kernel": network.draw.kernel,
        "draw_bias": network.draw.bias,
    }


def main(steps: int = STEPS, path: Path = FILE) -> None:
    """Train on the example photographs, and write the network to a file."""
    for training in train(example_photographs(), steps=steps):
        if training.error is not None:
            line = f"step {training.steps}: error {training.error:.3f}"
            sys.stdout.write(f"{line}\n")
    save(training.network, path)
