"""The convolutional layer: two parameters, and the chapter's run that learns a kernel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from convdemo.correlation import cross_correlate_loops, same_padding
from convdemo.layers import Conv2D

# The chapter's 6x8 picture of ones with a dark band in columns 2 to 5, and its edge map.
EDGES = np.ones((6, 8), np.float32)
EDGES[:, 2:6] = 0
EDGE_MAP = np.tile(np.float32([0, 1, 0, 0, 0, -1, 0]), (6, 1))

# Section "Learning a Kernel" of the chapter, as it prints it: every second epoch's loss.
PRINTED = "epoch 2, loss 5.003 epoch 4, loss 0.842 epoch 6, loss 0.142 epoch 8, loss 0.024 epoch 10, loss 0.004"


def squared_error(layer):
    return jnp.sum((layer(EDGES) - EDGE_MAP) ** 2)


def learn_kernel(layer, steps=10, learning_rate=0.03):
    """The chapter's loop: plain gradient descent on the kernel alone. The loss before each step."""
    value_and_gradient = nnx.jit(nnx.value_and_grad(squared_error))
    losses = []
    for _ in range(steps):
        loss, gradient = value_and_gradient(layer)
        layer.kernel[...] = layer.kernel[...] - learning_rate * gradient["kernel"][...]
        losses.append(float(loss))
    return losses


def as_the_chapter_prints_it(losses):
    lines = [f"epoch {i + 1}, loss {loss:.3f}" for i, loss in enumerate(losses) if (i + 1) % 2 == 0]
    return " ".join(lines)


def chapter_layer(seed):
    return Conv2D((1, 2), rngs=nnx.Rngs(seed))


def test_from_a_zero_kernel_the_learning_run_is_exact_on_paper():
    # P^T P = [[18, 12], [12, 18]] acts on [1, -1] as multiplication by 6, so each step keeps 1 - 2 * 0.03 * 6 = 0.64 of
    # what is missing: the kernel is (1 - 0.64^t) [1, -1] and the loss 12 * 0.64^(2 t) = 12 * 0.4096^t.
    layer = chapter_layer(0)
    layer.kernel[...] = jnp.zeros((1, 2))
    losses = learn_kernel(layer)
    np.testing.assert_allclose(losses, 12 * 0.4096 ** np.arange(10), rtol=1e-4)
    np.testing.assert_allclose(layer.kernel[...], (1 - 0.64**10) * np.array([[1, -1]]), rtol=1e-5)


def test_seed_2762_reproduces_the_printed_run_of_the_chapter():
    layer = chapter_layer(2762)
    assert as_the_chapter_prints_it(learn_kernel(layer)) == PRINTED
    # The kernel that nnx.Conv ends at from this seed (the next test).
    np.testing.assert_allclose(layer.kernel[...], [[0.9902, -0.9866]], atol=5e-5)


def test_nnx_conv_with_seed_2762_reproduces_it_too():
    initializer = nnx.initializers.normal(stddev=0.01)
    conv = nnx.Conv(
        1, 1, kernel_size=(1, 2), use_bias=False, padding="VALID", kernel_init=initializer, rngs=nnx.Rngs(2762)
    )
    np.testing.assert_array_equal(conv.kernel[...].reshape(1, 2), chapter_layer(2762).kernel[...])

    def loss_of(conv):
        return jnp.sum((conv(EDGES[None, :, :, None]) - EDGE_MAP[None, :, :, None]) ** 2)

    losses = []
    for _ in range(10):
        loss, gradient = nnx.value_and_grad(loss_of)(conv)
        conv.kernel[...] = conv.kernel[...] - 0.03 * gradient["kernel"][...]
        losses.append(float(loss))
    assert as_the_chapter_prints_it(losses) == PRINTED
    np.testing.assert_allclose(conv.kernel[...].reshape(1, 2), [[0.9902, -0.9866]], atol=5e-5)


def test_a_learning_rate_above_the_limit_diverges():
    # The larger eigenvalue of P^T P is 30, so gradient descent converges only below 1/30 = 0.0333.
    below, above = (learn_kernel(chapter_layer(0), steps=40, learning_rate=rate) for rate in (0.033, 0.034))
    assert below[-1] < 1e-3
    assert above[-1] > above[-11]


def test_a_layer_has_a_kernel_and_a_scalar_bias_and_nothing_else_to_learn():
    # The chapter: 9 weights plus one bias for 3x3, whatever the image size.
    parameters = nnx.state(Conv2D((3, 3), padding=((1, 1), (0, 2)), rngs=nnx.Rngs(0)), nnx.Param)
    assert sorted(parameters) == ["bias", "kernel"]
    assert sum(leaf.size for leaf in jax.tree.leaves(parameters)) == 9 + 1
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(parameters))


def test_the_first_kernel_is_small_random_and_set_by_the_seed():
    # 10,000 draws from N(0, 0.01^2): mean and deviation are known to a hundredth of the deviation, about 1e-4.
    layer = Conv2D((100, 100), rngs=nnx.Rngs(0))
    assert abs(float(layer.kernel[...].mean())) < 5e-4
    assert float(layer.kernel[...].std()) == pytest.approx(0.01, abs=5e-4)
    assert float(layer.bias[...]) == 0
    np.testing.assert_array_equal(layer.kernel[...], Conv2D((100, 100), rngs=nnx.Rngs(0)).kernel[...])
    assert not np.array_equal(layer.kernel[...], Conv2D((100, 100), rngs=nnx.Rngs(1)).kernel[...])


def test_the_layer_cross_correlates_with_all_its_settings_and_adds_the_bias():
    options = {
        "stride": (2, 1),
        "padding": same_padding((2, 3)),
        "padding_mode": "reflect",
        "dilation": (1, 2),
    }
    layer = Conv2D((2, 3), **options, rngs=nnx.Rngs(0))
    layer.kernel[...] = jnp.arange(6.0).reshape(2, 3)
    layer.bias[...] = jnp.float32(-1.5)
    image = np.random.default_rng(0).standard_normal((9, 11)).astype(np.float32)
    expected = cross_correlate_loops(image, np.arange(6).reshape(2, 3), bias=-1.5, **options)
    np.testing.assert_allclose(layer(image), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(nnx.jit(lambda layer, image: layer(image))(layer, image), expected, rtol=1e-5, atol=1e-5)


def test_the_gradient_reaches_kernel_and_bias():
    # The derivative of a sum of outputs: for the bias the number of outputs, for a cell the sum of what it meets.
    # In the edge image, 24 of the 48 pixels are bright; leaving out the last (or first) column of 6 leaves 18.
    gradient = nnx.grad(lambda layer: layer(EDGES).sum())(chapter_layer(0))
    np.testing.assert_allclose(gradient["kernel"][...], [[18, 18]])
    np.testing.assert_allclose(gradient["bias"][...], 6 * 7)


def test_what_a_layer_cannot_do_it_refuses_with_the_sentence_of_the_core():
    with pytest.raises(ValueError, match="stride is 0, but it must be a whole number"):
        Conv2D((1, 2), stride=0, rngs=nnx.Rngs(0))(EDGES)
    with pytest.raises(ValueError, match="kernel 7x7 spans 7 pixels, but the padded image is 6x8"):
        Conv2D((7, 7), rngs=nnx.Rngs(0))(EDGES)
