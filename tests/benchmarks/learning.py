"""How fast is learning a kernel? `python -m tests.benchmarks.learning` prints seconds and ratios.

A run is `STEPS` full-batch steps of plain gradient descent for a 7x7 kernel, with the gathering of the statistics. Its
peers take the same steps on the same picture in the same process: nnx.Conv in a scan, and PyTorch's conv2d with
autograd, if PyTorch is installed (tests/benchmarks/requirements.txt). They are slow, so they take only `PEER_STEPS`
steps, which are scaled up to a run: the printed times are theirs times STEPS / PEER_STEPS. All start from the same
kernel, and are compared with each other after these steps: they must have gone the same way. They take turns, and the
shortest time of each counts: what else a machine does only ever adds to it.

The aim: at least 100 times faster than PyTorch, and a step that takes as long on 4 megapixels as on 0.25.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from convdemo.correlation import cross_correlate
from convdemo.learning import descend, largest_stable_learning_rate
from convdemo.learning.least_squares import least_squares

try:
    import torch
except ImportError:
    torch = None

SIDE = 7
STEPS, PEER_STEPS = 2000, 20
SIZES = {"0.25": (417, 600), "1": (833, 1200), "4": (1667, 2400)}
ROUNDS = 4


def seconds(function):
    """How long a call takes, and what it returns."""
    start = time.perf_counter()
    result = jax.block_until_ready(function())
    return time.perf_counter() - start, result


def ours(image, target, rate, steps):
    """The times of the statistics and of the steps, and the kernel."""
    gathering, problem = seconds(lambda: least_squares(image, target, SIDE))
    stepping, histories = seconds(lambda: list(descend(problem, learning_rate=rate, steps=steps, start="zeros")))
    return gathering, stepping, histories[-1].kernel


def through_nnx_conv(image, target, rate):
    """A function that takes `PEER_STEPS` steps through nnx.Conv, in one scan, and returns the kernel."""
    layer = nnx.Conv(1, 1, (SIDE, SIDE), padding="VALID", use_bias=False, rngs=nnx.Rngs(0))
    images, targets = jnp.asarray(image)[None, :, :, None], jnp.asarray(target)[None, :, :, None]

    @nnx.jit
    def run(layer):
        def step(layer, _):
            gradient = nnx.grad(lambda layer: jnp.sum((layer(images) - targets) ** 2))(layer)
            layer.kernel[...] = layer.kernel[...] - rate * gradient["kernel"][...]
            return layer, None

        layer.kernel[...] = jnp.zeros((SIDE, SIDE, 1, 1))
        layer, _ = nnx.scan(step, length=PEER_STEPS)(layer, None)
        return layer.kernel[:, :, 0, 0]

    return lambda: run(layer)


def through_torch(image, target, rate):
    """The same loop in PyTorch, eager, as its tutorials write it."""
    images, targets = (torch.tensor(array.tolist(), dtype=torch.float32)[None, None] for array in (image, target))

    def run():
        kernel = torch.zeros((1, 1, SIDE, SIDE), requires_grad=True)
        for _ in range(PEER_STEPS):
            loss = torch.sum((torch.nn.functional.conv2d(images, kernel) - targets) ** 2)
            loss.backward()
            with torch.no_grad():
                kernel -= rate * kernel.grad
                kernel.grad = None
        return np.array(kernel.detach()[0, 0].tolist())

    return run


def main():
    generator = np.random.default_rng(0)
    teacher = generator.standard_normal((SIDE, SIDE)).astype(np.float32)
    contenders = {"nnx.Conv in a scan": through_nnx_conv} | ({"PyTorch autograd": through_torch} if torch else {})
    versions = f"jax {jax.__version__}, {jax.devices()[0].platform}"
    versions += f", PyTorch {torch.__version__}, {torch.get_num_threads()} threads" if torch else ""
    print(f"{STEPS} steps of a {SIDE}x{SIDE} kernel, {versions}")
    if not torch:
        print(
            "PyTorch IS NOT INSTALLED: compared with nnx.Conv only (pip install -r tests/benchmarks/requirements.txt)"
        )

    print(f"\nSeconds for {STEPS} steps; the peers' are {PEER_STEPS} measured steps, times {STEPS // PEER_STEPS}")
    print(f"{'megapixels':>12}{'statistics':>12}{'steps':>10}{'together':>10}{'us a step':>12}")
    for name, shape in SIZES.items():
        image = generator.random(shape, np.float32)
        target = np.asarray(cross_correlate(image, teacher))
        rate = np.float32(0.9 * largest_stable_learning_rate(least_squares(image, target, SIDE)))
        ours(image, target, rate, 1)  # compiles
        *_, kernel = ours(image, target, rate, PEER_STEPS)

        runs = {peer: make(image, target, rate) for peer, make in contenders.items()}
        kernels = {peer: run() for peer, run in runs.items()}  # compiles, and warms up
        rounds = []
        for _ in range(ROUNDS):
            own = ours(image, target, rate, STEPS)[:2]
            rounds.append([*own, *(seconds(run)[0] * STEPS / PEER_STEPS for run in runs.values())])
        gathering, stepping, *peers = map(min, zip(*rounds, strict=True))

        together = gathering + stepping
        step = 1e6 * stepping / STEPS
        print(f"{name:>12}{gathering:>12.3f}{stepping:>10.4f}{together:>10.3f}{step:>12.2f}")
        for peer, time_of_peer in zip(runs, peers, strict=True):
            apart = np.abs(kernels[peer] - kernel).max() / np.abs(kernel).max()
            print(
                f"{'':>12}{peer}: {time_of_peer:.1f} s, {time_of_peer / together:.0f} times as long; "
                f"kernels {apart:.0e} apart after {PEER_STEPS} steps"
            )


if __name__ == "__main__":
    main()
