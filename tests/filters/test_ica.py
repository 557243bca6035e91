"""Independent components of photos: uncorrelated, sparser than random filters, like Gabors; and found when known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from convdemo.filters import GOOD, fit_gabors, ica, learn_filters
from convdemo.filters.ica import CONVERGED, PATCHES, excess_kurtosis, sample_patches

EXAMPLES = Path(__file__).parents[2] / "examples"
PHOTOS = ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg")


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


@pytest.fixture(scope="module")
def photos():
    return [grey(name) for name in PHOTOS]


@pytest.fixture(scope="module")
def runs(photos):
    return list(learn_filters(photos, seed=3))


def noise(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width), np.float32)


def responses(filters, patches):
    return patches.reshape(len(patches), -1).astype(np.float64) @ filters.reshape(len(filters), -1).T


# --- What is learned from photographs ---


def test_responses_are_uncorrelated_with_variance_1(photos, runs):
    patches = sample_patches(photos, seed=3)
    for run in (runs[0], runs[2], runs[-1]):  # at every stage, for the filters are kept orthogonal
        values = responses(run.filters, patches)
        np.testing.assert_allclose(values.T @ values / len(values), np.eye(64), atol=2e-3)


def test_independent_components_are_sparser_than_random_filters(photos, runs):
    # The start is random among the filters with uncorrelated responses: nothing but the turn differs.
    assert runs[0].iterations == 0
    first, last = runs[0].kurtosis, runs[-1].kurtosis
    assert last.mean() > 1.5 * first.mean()
    assert np.median(last) > np.median(first)
    # SciPy's kurtosis of responses to patches that were not learned from.
    values = responses(runs[-1].filters, sample_patches(photos, seed=99))
    random = responses(np.random.default_rng(0).normal(size=(64, 12, 12)), sample_patches(photos, seed=99))
    assert np.median(stats.kurtosis(values)) > 1.5 * np.median(stats.kurtosis(random)) > 0


def test_they_converge_and_say_so(runs):
    assert [run.converged for run in runs] == [False] * (len(runs) - 1) + [True]
    assert runs[-1].change <= CONVERGED < runs[1].change
    assert [run.iterations for run in runs] == list(range(0, 5 * len(runs), 5))


def test_filters_keep_their_place_and_sign_while_they_converge(runs):
    one, other = (run.filters.reshape(64, -1) for run in runs[-2:])
    cosines = np.sum(one * other, axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert np.median(cosines) > 0.99
    assert cosines.min() > 0


def test_most_are_like_gabors_of_many_orientations(runs):
    # Bell and Sejnowski 1997, van Hateren and van der Schaaf 1998: local, oriented, band-pass.
    before, after = ([fit.explained for fit in fit_gabors(run.filters)] for run in (runs[0], runs[-1]))
    assert np.mean(np.array(after) >= GOOD) > 0.5
    assert np.mean(np.array(before) >= GOOD) < 0.1
    angles = [fit.angle for fit in fit_gabors(runs[-1].filters) if fit.explained >= GOOD]
    counts, _ = np.histogram(angles, bins=[0, 22.5, 67.5, 112.5, 157.5, 180])
    assert min(counts[0] + counts[4], *counts[1:4]) >= 3  # each of the four directions
    assert np.abs(runs[-1].filters.sum(axis=(1, 2))).max() < 1e-3 * np.abs(runs[-1].filters).sum(axis=(1, 2)).max()


def test_one_photo_is_enough_and_a_seed_is_honoured():
    photo = [grey("coffee.png")]
    one, again, other = (list(learn_filters(photo, count=16, side=8, seed=seed, iterations=20)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one[-1].filters, again[-1].filters)
    assert one[-1].filters.shape == (16, 8, 8)
    assert one[-1].filters.dtype == np.float32
    assert not one[-1].filters.flags.writeable
    assert not np.allclose(one[-1].filters, other[-1].filters)


# --- The method, where the answer is known ---


def test_mixed_sources_are_found_again():
    # 16 independent Laplacian sources, turned at random: whitened already. FastICA must find the turn, up to order
    # and sign.
    numbers = np.random.default_rng(0)
    sources = numbers.laplace(size=(PATCHES, 16)) / np.sqrt(2)
    turn = np.linalg.qr(numbers.normal(size=(16, 16)))[0]
    mixed = np.float32(sources @ turn)
    start = np.float32(numbers.normal(size=(16, 16)))
    *_, last = ica._learn(mixed, np.eye(16, dtype=np.float32), start, 4, 100, 10)
    assert last.converged
    found = np.abs(last.filters.reshape(16, 16) @ turn.T)
    np.testing.assert_allclose(np.sort(found.max(axis=1)), 1, atol=0.01)
    assert sorted(found.argmax(axis=1)) == list(range(16))
    np.testing.assert_allclose(last.kurtosis, 3, atol=1)  # a Laplacian's, on paper


def test_excess_kurtosis_is_scipys():
    values = np.random.default_rng(0).laplace(size=(500, 3)) ** 3
    np.testing.assert_allclose(excess_kurtosis(values), stats.kurtosis(values))


# --- Patches ---


def test_patches_are_windows_of_log_intensity_without_their_mean():
    image = noise(13, 40)
    patches = sample_patches([image], side=12, seed=5)
    assert patches.shape == (PATCHES, 12, 12)
    assert patches.dtype == np.float32
    np.testing.assert_allclose(patches.mean(axis=(1, 2)), 0, atol=1e-6)
    windows = np.lib.stride_tricks.sliding_window_view(np.log(image + 1 / 255), (12, 12)).reshape(-1, 144)
    windows = windows - windows.mean(axis=1, keepdims=True)
    assert len(windows) == 2 * 29
    matches = [np.abs(windows - patch.ravel()).max(axis=1).min() for patch in patches[:50]]
    assert max(matches) < 1e-5


def test_pictures_give_equally_many_patches():
    faint, strong = noise(20, 30), np.float32(noise(40, 25) > 0.5)
    patches = sample_patches([faint * 0.01 + 0.5, strong], side=6)
    assert np.mean(np.ptp(patches, axis=(1, 2)) > 1) == 0.5


# --- Streaming ---


def test_filters_come_one_by_one_and_can_be_stopped():
    run = learn_filters([grey("camera.png")], count=16, iterations=12, every=5)
    assert next(run).iterations == 0
    assert next(run).iterations == 5
    run.close()
    assert [found.iterations for found in learn_filters([grey("camera.png")], count=16, iterations=12, every=5)] == [
        0,
        5,
        10,
        12,
    ]


def test_a_program_serves_every_picture_and_size_of_patch(compilations):
    ica._improve.clear_cache()
    photo = [grey("rocket.jpg")]
    list(learn_filters(photo, count=25, iterations=2))
    assert compilations, "the listener must hear a compilation"
    compilations.clear()
    for side, seed, every in ((8, 1, 1), (16, 2, 3)):
        list(learn_filters([grey("brick.png"), *photo], count=25, side=side, seed=seed, iterations=4, every=every))
    assert compilations == []


# --- What is refused ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"images": [noise(11, 50)]}, "image is 50 × 11, smaller than a patch of 12x12: take a larger picture, or"),
        ({"images": [np.full((40, 50), 0.3)]}, "the pictures are blank, and there is nothing to learn from"),
        ({"images": [np.zeros((40, 50))] * 2}, "the pictures are blank"),
        ({"images": []}, "images is empty, but filters are learned from pictures: give at least one"),
        ({"images": [255 * noise(40, 50)]}, "image has values from .* to 25.*, but they must lie between 0 and 1"),
        ({"images": [np.ones((40, 50, 3))]}, "image has shape"),
        ({"count": 7}, "count is 7, but the choices are 16, 25, 36, 49, 64, 100: use 16"),
        ({"count": 64, "side": 8}, "count is 64, but patches of these pictures vary in only 63 ways: learn 49 filters"),
        ({"side": 40}, "side is 40, but it must be a whole number from 6 to 20: use 20"),
        ({"seed": -1}, "seed is -1"),
        ({"iterations": 0}, "iterations is 0"),
        ({"every": 0}, "every is 0"),
    ],
)
def test_what_cannot_be_learned_from_is_said_at_once(arguments, said):
    with pytest.raises(ValueError, match=said):
        learn_filters(**{"images": [noise(40, 50)], **arguments})


def test_stripes_vary_in_too_few_ways():
    # Upright stripes of any brightness: a 12x12 patch is one row, repeated: 11 ways without the mean.
    stripes = np.tile(noise(1, 300), (40, 1))
    with pytest.raises(ValueError, match=r"count is 16, .* vary in only 11 ways: take a picture with more in it"):
        learn_filters([stripes], count=16)
