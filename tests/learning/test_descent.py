"""Gradient descent on a kernel, against paper, and against nnx.Conv with autodiff and optax."""

import itertools
import math
import threading
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convdemo.correlation import cross_correlate, output_size
from convdemo.layers import Conv2D
from convdemo.learning import (
    CHAPTER_IMAGE,
    CHAPTER_TARGET,
    OPTIMIZERS,
    chapter_run,
    descend,
    descent,
    format_epochs,
    kernel_error,
    largest_stable_learning_rate,
    learn_kernel,
)
from convdemo.learning.least_squares import least_squares

EXAMPLES = Path(__file__).parents[2] / "examples"
CHAPTER = (CHAPTER_IMAGE, CHAPTER_TARGET, (1, 2))


def picture(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width), np.float32)


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


def test_from_a_zero_kernel_the_run_is_exact_on_paper():
    # P'P = [[18, 12], [12, 18]] multiplies [1, -1] by 6, so each step keeps 1 - 2 * 0.03 * 6 = 0.64 of what is missing.
    run = learn_kernel(*CHAPTER, learning_rate=0.03, steps=20, start="zeros")
    steps = np.arange(21)
    np.testing.assert_allclose(run.losses, 12 * 0.4096 ** steps[:20], rtol=1e-3)
    np.testing.assert_allclose(run.final_loss, 12 * 0.4096**20, rtol=1e-3)
    np.testing.assert_array_equal(run.kept, steps)
    np.testing.assert_allclose(run.kernels, (1 - 0.64**steps)[:, None, None] * [[1, -1]], rtol=1e-5)
    np.testing.assert_array_equal(run.kernel, run.kernels[-1])


# --- The same trajectory as nnx.Conv, autodiff and optax ---


def through_nnx_conv(
    image, target, start, start_bias, rule, steps, loss, bias, stride, padding, padding_mode, dilation
):
    """Losses before each step, and all kernels and biases: the whole pictures through nnx.Conv at every step."""
    if padding_mode != "zeros":  # which is all that nnx.Conv knows
        image, padding = np.pad(image, padding, {"reflect": "reflect", "replicate": "edge"}[padding_mode]), "VALID"
    conv = nnx.Conv(
        1, 1, start.shape, strides=stride, padding=padding, kernel_dilation=dilation, use_bias=bias, rngs=nnx.Rngs(0)
    )
    conv.kernel[...] = jnp.asarray(start)[:, :, None, None]
    if bias:
        conv.bias[...] = jnp.full(1, start_bias)
    images, targets = jnp.asarray(image)[None, :, :, None], jnp.asarray(target)[None, :, :, None]

    def squared_error(conv):
        error = (conv(images) - targets) ** 2
        return error.sum() if loss == "sum" else error.mean()

    @nnx.jit
    def step(conv, optimizer):
        value, gradient = nnx.value_and_grad(squared_error)(conv)
        with jax.numpy_dtype_promotion("standard"):  # optax mixes ints and floats
            optimizer.update(conv, gradient)
        return value

    optimizer = nnx.Optimizer(conv, rule, wrt=nnx.Param)
    losses, kernels, biases = [], [np.asarray(start)], [start_bias]
    for _ in range(steps):
        losses.append(float(step(conv, optimizer)))
        kernels.append(np.asarray(conv.kernel[...])[:, :, 0, 0])
        biases.append(float(conv.bias[0]) if bias else 0.0)
    return losses, np.array(kernels), np.array(biases)


SETTINGS = [
    {},
    {"stride": (2, 1), "padding": ((1, 0), (2, 3)), "dilation": (1, 2)},
    {"padding": ((1, 1), (1, 2)), "padding_mode": "reflect"},
    {"stride": (1, 3), "padding": ((0, 2), (1, 0)), "padding_mode": "replicate", "dilation": (2, 1)},
]
RULES = {"sgd": optax.sgd, "momentum": lambda rate: optax.sgd(rate, 0.8), "adam": optax.adam}


@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize(
    ("optimizer", "options"), [*itertools.product(["sgd"], SETTINGS), ("momentum", SETTINGS[1]), ("adam", SETTINGS[1])]
)
def test_the_trajectory_is_that_of_nnx_conv_and_autodiff(optimizer, options, loss, bias):
    options = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "padding_mode": "zeros", "dilation": (1, 1)} | options
    image, shape = picture(17, 23), (3, 2)
    sizes = {name: options[name] for name in ("stride", "padding", "dilation")}
    target = picture(*output_size(image.shape, shape, **sizes), seed=1)
    start, start_bias = np.random.default_rng(2).normal(size=shape).astype(np.float32), 0.5 if bias else 0.0
    problem = least_squares(image, target, shape, bias=bias, **options)
    stable = largest_stable_learning_rate(problem, optimizer=optimizer, loss=loss, momentum=0.8)
    rate = 0.02 if optimizer == "adam" else stable / 2

    run = learn_kernel(
        image, target, shape, learning_rate=rate, steps=40, optimizer=optimizer, momentum=0.8, start=start,
        start_bias=start_bias, loss=loss, bias=bias, **options,
    )  # fmt: skip
    losses, kernels, biases = through_nnx_conv(
        image, target, start, start_bias, RULES[optimizer](rate), 40, loss, bias, **options
    )
    np.testing.assert_allclose(run.losses, losses, rtol=2e-5)
    np.testing.assert_allclose(run.kernels, kernels, atol=2e-5)
    np.testing.assert_allclose(run.biases, biases, atol=2e-5)
    assert not run.diverged


def test_a_long_run_on_a_photo_stays_on_the_trajectory_of_nnx_conv():
    # 300 steps, more than one chunk, of a 5x5 kernel on 60x90 pixels of a photo. There float32 has had time to differ.
    photo = grey("camera.png")[100:160, 200:290]
    teacher = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)
    target = np.asarray(cross_correlate(photo, teacher))
    problem = least_squares(photo, target, 5)
    rate = 0.9 * largest_stable_learning_rate(problem)
    *_, run = descend(problem, learning_rate=rate, steps=300, start="zeros")
    losses, kernels, _ = through_nnx_conv(
        photo, target, np.zeros((5, 5), np.float32), 0.0, optax.sgd(rate), 300, "sum", False, 1, 0, "zeros", 1
    )
    np.testing.assert_allclose(run.losses, losses, rtol=1e-3)
    np.testing.assert_allclose(run.kernels, kernels, atol=1e-4)


def test_the_gradient_of_the_visible_step_is_that_of_the_squared_error():
    # One step from a kernel k: k - rate * 2 P'(P k - y), spelled out in float64.
    image, target, start = picture(5, 6), picture(4, 4, seed=1), picture(2, 3, seed=2)
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 3)).reshape(-1, 6).astype(np.float64)
    expected = start.ravel() - 0.01 * 2 * windows.T @ (windows @ start.ravel() - target.ravel())
    run = learn_kernel(image, target, (2, 3), learning_rate=0.01, steps=1, start=start)
    np.testing.assert_allclose(run.kernel, expected.reshape(2, 3), rtol=1e-5, atol=1e-6)


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_a_stable_run_goes_down_at_every_step_and_never_below_the_floor(height, width, bias, seed):
    # Plain descent on a bowl, below the largest stable rate, cannot go up.
    image, target = picture(13, 19, seed), picture(14 - height, 20 - width, seed + 1)
    problem = least_squares(image, target, (height, width), bias=bias)
    rate = 0.95 * largest_stable_learning_rate(problem)
    *_, run = descend(problem, learning_rate=rate, steps=100, seed=seed)
    losses = np.append(run.losses, run.final_loss)
    assert np.all(np.diff(losses) <= 1e-5 * losses[0])
    assert losses.min() >= run.floor == problem.floor


# --- Starts ---


def test_a_random_start_is_the_one_of_the_layer_with_the_same_seed():
    for seed, shape in [(0, (1, 1)), (2762, (3, 4)), (7, (15, 15)), (2**32 - 1, (1, 2))]:
        problem = least_squares(picture(15, 15), picture(16 - shape[0], 16 - shape[1]), shape)
        first = next(descend(problem, learning_rate=0.01, steps=1, seed=seed))
        np.testing.assert_array_equal(first.kernel, Conv2D(shape, rngs=nnx.Rngs(seed)).kernel[...])


def test_other_starts_are_what_they_are_called():
    problem = least_squares(picture(9, 12), picture(7, 9), (3, 4), bias=True)

    def first(start, **options):
        return next(descend(problem, learning_rate=0.01, steps=1, start=start, **options))

    assert not first("zeros").kernel.any()
    np.testing.assert_array_equal(first("identity").kernel, [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(first(np.arange(12).reshape(3, 4), start_bias=-2).kernel, np.arange(12).reshape(3, 4))
    assert first("zeros", start_bias=-2).bias == -2


def test_a_run_of_plain_descent_goes_on_where_another_ended():
    whole = learn_kernel(*CHAPTER, learning_rate=0.03, steps=10, bias=True)
    half = learn_kernel(*CHAPTER, learning_rate=0.03, steps=5, bias=True)
    rest = learn_kernel(
        *CHAPTER, learning_rate=0.03, steps=5, bias=True, start=half.kernel, start_bias=half.bias
    )  # fmt: skip
    np.testing.assert_array_equal(rest.kernel, whole.kernel)
    assert half.final_loss == pytest.approx(rest.losses[0], rel=1e-6)


# --- Stable and not ---


@pytest.mark.parametrize(
    ("optimizer", "loss", "limit"),
    [
        ("sgd", "sum", 1 / 30),  # the larger eigenvalue of P'P = [[18, 12], [12, 18]] is 30
        ("sgd", "mean", 42 / 30),  # of 6x7 outputs
        ("momentum", "sum", 1.9 / 30),  # Polyak 1964: 2 (1 + m) over the curvature, 60
        ("momentum", "mean", 1.9 * 42 / 30),
    ],
)
def test_descent_converges_just_below_the_largest_stable_rate_and_diverges_just_above(optimizer, loss, limit):
    options = {"optimizer": optimizer, "loss": loss, "momentum": 0.9}
    stable = largest_stable_learning_rate(least_squares(*CHAPTER), **options)
    assert stable == pytest.approx(limit)
    below = learn_kernel(*CHAPTER, learning_rate=0.995 * stable, steps=3000, **options)
    above = learn_kernel(*CHAPTER, learning_rate=1.005 * stable, steps=20_000, **options)
    assert below.largest_stable_learning_rate == stable
    assert not below.diverged
    np.testing.assert_allclose(below.kernel, [[1, -1]], atol=1e-3)
    assert above.diverged


@pytest.mark.parametrize("every", [1, 2, 256])
def test_a_run_that_diverges_stops_at_the_first_loss_that_exploded(every):
    *_, run = descend(least_squares(*CHAPTER), learning_rate=0.1, steps=1000, start=[[0.5, 0.5]], every=every)
    # On paper: [1/2, 1/2] is (0, 1/2) in the patterns [1, -1] and [1, 1], 2 * 6 * 1 and 2 * 30 * 1/4 of the error; a
    # step multiplies them by 1 - 0.2 * 6 = -0.2 and 1 - 0.2 * 30 = -5, so the loss by 0.04 and 25.
    t = np.arange(len(run.losses))
    np.testing.assert_allclose(run.losses, 12 * 0.04**t + 15 * 25.0**t, rtol=1e-4)
    assert run.diverged
    assert run.losses[-1] > 1e6 * run.losses[0] > run.losses[-2]
    assert run.steps == len(run.losses) - 1 == run.kept[-1]
    assert run.final_loss == run.losses[-1]
    assert np.isfinite(run.kernel).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_kernels_stay_finite_whatever_the_rate(optimizer):
    # A large picture in every sense, the largest rate.
    image = picture(300, 400) * 60_000
    problem = least_squares(image, image[:-14, :-14], 15)
    for history in descend(problem, learning_rate=1e6, steps=300, optimizer=optimizer):
        assert np.isfinite(history.kernels).all()
    assert history.diverged or optimizer == "adam"


def test_adam_has_no_largest_stable_rate_and_black_has_no_limit():
    assert largest_stable_learning_rate(least_squares(*CHAPTER), optimizer="adam") is None
    black = least_squares(np.zeros((4, 5)), np.ones((4, 5)), 1)
    assert largest_stable_learning_rate(black) == math.inf
    *_, run = descend(black, learning_rate=0.01, steps=5, start="identity")
    np.testing.assert_array_equal(run.losses, np.full(5, 20))
    np.testing.assert_array_equal(run.kernel, [[1]])


def test_a_start_at_the_optimum_stays_there_and_is_no_divergence():
    image = picture(9, 12)
    run = learn_kernel(image, image, 1, learning_rate=0.01, steps=300, start="identity")
    assert not run.diverged
    np.testing.assert_allclose(run.kernel, [[1]], rtol=1e-6)


def test_a_constant_picture_is_learned_but_not_determined():
    # The kernel's sum becomes 1; what it is made of stays as it started, at zeros equal shares of 1/9.
    run = learn_kernel(np.full((9, 12), 0.5), np.full((7, 10), 0.5), 3, learning_rate=0.001, steps=2000, start="zeros")
    np.testing.assert_allclose(run.kernel, np.full((3, 3), 1 / 9), rtol=1e-4)
    assert run.least_squares.undetermined == 8


def test_a_low_loss_is_not_a_recovered_kernel():
    # The lesson on a photo: 2,000 steps near the largest stable rate, for Sobel's kernel in the middle of 7x7.
    photo, sobel = grey("coffee.png"), np.pad([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 2)
    problem = least_squares(photo, cross_correlate(photo, sobel), 7)
    *_, run = descend(problem, learning_rate=0.95 * largest_stable_learning_rate(problem), steps=2000, start="zeros")
    assert run.final_loss < 0.06 * run.losses[0]
    assert kernel_error(run.kernel, sobel) > 0.5
    assert kernel_error(problem.kernel, sobel) < 1e-5


# --- Watching, pausing, stopping ---


@pytest.mark.parametrize("every", [1, 7, 256])
def test_a_run_in_pieces_is_the_same_run(every):
    problem = least_squares(picture(9, 12), picture(7, 9), (3, 4))
    options = {"learning_rate": 0.01, "steps": 300, "optimizer": "adam"}
    *_, whole = descend(problem, **options)
    pieces = list(descend(problem, **options, every=every))
    assert [history.steps for history in pieces] == [*range(0, 300, every), 300]
    for history in (pieces[0], pieces[len(pieces) // 2], pieces[-1]):
        np.testing.assert_array_equal(history.losses, whole.losses[: history.steps])
        np.testing.assert_array_equal(history.kernels, whole.kernels[: history.steps + 1])
        np.testing.assert_array_equal(history.kernel, whole.kernels[history.steps])
    np.testing.assert_array_equal([history.final_loss for history in pieces[:-1]], whole.losses[::every])


def test_a_long_run_keeps_a_thousand_kernels_and_the_last():
    history = learn_kernel(*CHAPTER, learning_rate=0.001, steps=19_999)
    assert history.losses.shape == (19_999,)
    np.testing.assert_array_equal(history.kept, [*range(0, 19_999, 20), 19_999])
    assert history.kernels.shape == (1001, 1, 2)
    np.testing.assert_array_equal(history.kernels[-1], history.kernel)


def test_what_is_handed_out_cannot_be_changed():
    history = learn_kernel(*CHAPTER, learning_rate=0.03, steps=3)
    for name in ("losses", "kernel", "kept", "kernels", "biases"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(history, name)[:] = 0


def test_after_one_run_with_each_optimizer_nothing_compiles_whatever_is_chosen(compilations):
    # Compiling is slow, and what is compiled stays in memory: it must not grow with what visitors choose.
    descent._take_steps.clear_cache()
    for optimizer in OPTIMIZERS:
        learn_kernel(*CHAPTER, learning_rate=0.01, steps=1, optimizer=optimizer)
    assert len(compilations) >= len(OPTIMIZERS), "the listener must hear a compilation"
    compilations.clear()

    for shape, optimizer in itertools.product([(1, 1), (3, 3), (7, 5), (15, 15)], OPTIMIZERS):
        image, target = picture(20, 23), picture(21 - shape[0], 24 - shape[1])
        options = {"optimizer": optimizer, "loss": "mean", "bias": True, "seed": 1}
        assert learn_kernel(image, target, shape, learning_rate=1e-5, steps=300, **options).steps == 300
        padded = {"padding": 15, "padding_mode": "reflect", "dilation": 2, "stride": 2}
        target = picture(*output_size(image.shape, shape, 2, 15, 2))
        learn_kernel(image, target, shape, learning_rate=1e-5, steps=1, optimizer=optimizer, **padded)
    assert compilations == []


def test_runs_side_by_side_do_not_mix():
    rates = [0.03, 0.02, 0.01]
    runs = [descend(least_squares(*CHAPTER), learning_rate=rate, steps=50, start="zeros", every=1) for rate in rates]
    results = {}

    def last(rate, run):
        *_, results[rate] = run

    threads = [threading.Thread(target=last, args=pair) for pair in zip(rates, runs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rate in rates:  # on paper, as above: each step keeps 1 - 2 * rate * 6 of what is missing
        np.testing.assert_allclose(
            results[rate].losses, 12 * (1 - 12 * rate) ** (2 * np.arange(50)), rtol=1e-3, atol=1e-9
        )


# --- The error of a kernel ---


def test_the_error_of_a_kernel_is_a_share_of_its_teacher():
    assert kernel_error([[1, -1]], [[1, -1]]) == 0
    assert kernel_error(np.zeros((2, 3)), np.ones((2, 3))) == 1
    assert kernel_error([[3, 0]], [[0, 4]]) == pytest.approx(5 / 4)
    with pytest.raises(ValueError, match=r"teacher has shape \(1, 2\), but the kernel has \(1, 3\): surround"):
        kernel_error([[1, 2, 3]], [[1, 2]])
    with pytest.raises(ValueError, match="teacher is all zeros"):
        kernel_error([[1, 2]], [[0, 0]])


# --- What is refused ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0}, "learning_rate is 0, but it must be a number from 1e-30 to 1e+06: use less than 0.0333"),
        ({"learning_rate": -0.1}, "learning_rate is -0.1, but"),
        ({"learning_rate": math.nan}, "learning_rate is nan, but"),
        ({"learning_rate": math.inf}, "learning_rate is inf, but"),
        ({"learning_rate": "abc"}, "learning_rate is 'abc', but"),
        ({"learning_rate": None}, "learning_rate is None, but"),
        ({"learning_rate": True}, "learning_rate is True, but"),
        ({"learning_rate": 0, "optimizer": "adam"}, "use 0.01"),
        ({"steps": 0}, "steps is 0, but it must be a whole number from 1 to 20000: use 1"),
        ({"steps": 10_000_000}, "steps is 10000000, but it must be a whole number from 1 to 20000: use 20000"),
        ({"steps": 1.5}, "steps is 1.5, but"),
        ({"steps": "many"}, "steps is 'many', but"),
        ({"optimizer": "newton"}, "optimizer is 'newton', but the choices are sgd, momentum, adam: use sgd"),
        ({"loss": "huber"}, "loss is 'huber', but the choices are sum, mean: use sum"),
        ({"momentum": 1}, "momentum is 1, but it must be a number from 0 to 0.999: use 0.9"),
        ({"seed": -1}, "seed is -1, but it must be a whole number from 0 to 4294967295: use 0"),
        ({"start": "ones"}, "start is 'ones', but the choices are random, zeros, identity"),
        ({"start": [[1, 2, 3]]}, "start has shape (1, 3), but the kernel to learn has (1, 2)"),
        ({"start": [[1, math.nan]]}, "start holds nan at row 0, column 1"),
        ({"start": [[1, 1e7]]}, "start holds numbers up to 1e+07, but"),
        ({"start_bias": 1}, "start_bias is 1, but no bias is learned: use bias=True"),
        ({"bias": True, "start_bias": math.inf}, "start_bias is inf, but"),
        ({"stride": 2}, "target is 6x7, but a 1x2 kernel with these settings makes a 3x4 feature map"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(options, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        learn_kernel(*CHAPTER, **{"learning_rate": 0.03, "steps": 10} | options)
    assert message in str(refused.value)


@pytest.mark.parametrize("every", [0, 257, "1"])
def test_pieces_have_a_size_and_are_refused_before_anything_runs(every):
    with pytest.raises(ValueError, match=f"every is {every!r}, but it must be a whole number from 1 to 256"):
        descend(least_squares(*CHAPTER), learning_rate=0.03, steps=10, every=every)


def test_numbers_may_be_those_of_numpy_and_jax_is_left_as_it_was():
    run = learn_kernel(*CHAPTER, learning_rate=np.float32(0.03), steps=np.int64(10), seed=np.uint32(2762))
    assert format_epochs(run.losses) == format_epochs(chapter_run().losses)
    assert not jax.config.jax_enable_x64
