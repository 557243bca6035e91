"""The network whose filters are shipped: it is what the script makes, and it is a convolution."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from convdemo.correlation import im2col
from convdemo.filters import GOOD, Denoiser, example_photographs, fit_gabors, trained_network
from convdemo.filters.denoiser import CHUNK, COUNT, FILE, NOISE, SIDE, denoising_error, main, save, train
from convdemo.filters.ica import sample_patches


@pytest.fixture(scope="module")
def photos():
    return example_photographs()


def share_of_gabors(network):
    return np.mean([fit.explained >= GOOD for fit in fit_gabors(network.filters)])


def test_the_script_makes_a_network_like_the_shipped_one(photos):
    # Another seed and half the steps: the numbers differ, the error and the share of oriented filters hardly.
    shipped = trained_network()
    *_, training = train(photos, steps=1000, seed=7)
    errors = [denoising_error(network, photos, seed=5) for network in (shipped, training.network)]
    assert errors[1] == pytest.approx(errors[0], rel=0.1)
    assert max(errors) < NOISE**2  # better than to leave the noise
    assert share_of_gabors(shipped) > 0.8
    assert share_of_gabors(training.network) > 0.6
    assert share_of_gabors(Denoiser(rngs=nnx.Rngs(0))) < 0.1  # before training


def test_the_error_falls_and_is_that_of_fresh_noise(photos):
    start, first, second = train(photos, steps=2 * CHUNK)
    assert (start.steps, first.steps, second.steps) == (0, CHUNK, 2 * CHUNK)
    assert start.error is None
    assert denoising_error(start.network, photos) > first.error > second.error
    assert second.error == pytest.approx(denoising_error(second.network, photos), rel=0.1)


def test_the_first_layer_is_a_convolution():
    # nnx.Conv with the filters is the oracle: they sum to 0, so it need not take the mean off every window.
    network, image = trained_network(), np.random.default_rng(0).normal(size=(20, 27)).astype(np.float32)
    layer = nnx.Conv(1, COUNT, (SIDE, SIDE), padding="VALID", rngs=nnx.Rngs(0))
    layer.kernel[...] = jnp.asarray(np.moveaxis(network.filters, 0, -1)[:, :, None])
    layer.bias[...] = network.see.bias[...]
    expected = nnx.relu(layer(jnp.asarray(image)[None, :, :, None]))[0]
    windows = np.asarray(im2col(image, SIDE))
    found = network.activity(windows - windows.mean(axis=1, keepdims=True)).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.shape == (9, 16, COUNT)
    np.testing.assert_allclose(network.filters.sum(axis=(1, 2)), 0, atol=1e-5)


def test_few_units_are_at_work_at_a_time(photos):
    patches = sample_patches(photos, SIDE)[:2000].reshape(2000, -1)
    patches /= patches.std()
    trained, untrained = (
        np.mean(network.activity(patches) > 0.01) for network in (trained_network(), Denoiser(rngs=nnx.Rngs(0)))
    )
    assert trained < 0.5 * untrained


def test_a_file_gives_the_network_back(tmp_path):
    network = Denoiser(rngs=nnx.Rngs(4))
    save(network, tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz") as saved, np.load(FILE) as shipped:
        assert {name: (saved[name].shape, saved[name].dtype) for name in saved} == {
            name: (shipped[name].shape, shipped[name].dtype) for name in shipped
        }
        np.testing.assert_array_equal(saved["see_kernel"], network.see.kernel[...])
    assert FILE.stat().st_size < 100_000


def test_the_same_seed_gives_the_same_network_and_another_seed_another(photos):
    one, again, other = (list(train(photos[:1], steps=1, seed=seed))[-1].network.filters for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)
    assert one.shape == (COUNT, SIDE, SIDE)


def test_training_can_be_stopped_and_compiles_once(photos, compilations):
    list(train(photos, steps=1))
    compilations.clear()
    training = train(photos[2:3], steps=100_000, seed=1)
    assert [next(training).steps for _ in range(3)] == [0, CHUNK, 2 * CHUNK]
    training.close()
    assert compilations == []


def test_the_script_writes_the_file(tmp_path, capsys):
    main(steps=CHUNK, path=tmp_path / "made.npz")
    assert (tmp_path / "made.npz").stat().st_size == FILE.stat().st_size
    assert capsys.readouterr().out.startswith(f"step {CHUNK}: error 0.")


def test_the_photographs_are_the_six_examples(photos):
    assert sorted(photo.shape for photo in photos) == [(300, 451), (400, 600), (427, 640), *[(512, 512)] * 3]
    assert all(photo.dtype == np.float32 and photo.min() >= 0 and photo.max() <= 1 for photo in photos)


@pytest.mark.parametrize(
    ("images", "steps", "said"),
    [
        ([np.ones((40, 50))], 10, "the pictures are blank"),
        ([np.ones((8, 50))], 10, "image is 50 × 8, smaller than a patch"),
        ([], 10, "images is empty"),
        ([np.eye(40)], 0, "steps is 0, but it must be a whole number from 1 to 100000: use 1"),
    ],
)
def test_what_cannot_be_trained_on_is_said_at_once(images, steps, said):
    with pytest.raises(ValueError, match=said):
        train(images, steps=steps)
