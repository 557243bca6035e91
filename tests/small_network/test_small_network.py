"""The face network: against `lax.conv_general_dilated`, and the table that was measured when the weights were taken.

The table is from the README beside the weights' source: examples/astronaut.png, reduced with Pillow's BILINEAR.
"""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from convdemo.images import decode_image
from convdemo.receptive_field import measure_receptive_field, receptive_field
from convdemo.small_network import (
    FIELD,
    JUMP,
    LAYERS,
    MOST_PIXELS,
    PYRAMID,
    STAGES,
    WEIGHTS,
    face_map,
    heights_of,
    load_small_network,
    proposals,
    reduce_to_height,
    run_network,
    strongest,
    take_apart,
)
from convdemo.small_network.running import TILE

with np.load(WEIGHTS) as arrays:
    W = dict(arrays)
ASTRONAUT = decode_image("examples/astronaut.png")


def oracle(image):
    """The maps by `lax.conv_general_dilated`, and those before PReLU."""

    def conv(x, name):
        numbers = ("NHWC", "HWIO", "NHWC")
        y = lax.conv_general_dilated(x[None], W[f"{name}_kernel"], (1, 1), "VALID", dimension_numbers=numbers)[0]
        return np.asarray(y) + W[f"{name}_bias"]

    def prelu(x, name):
        return np.where(x > 0, x, W[f"{name}_slope"] * x)

    sums, maps = {}, {}
    sums["conv1"] = conv(np.float32((255 * np.float64(image) - 127.5) / 128), "conv1")
    maps["conv1"] = prelu(sums["conv1"], "conv1")
    height, width, _ = maps["conv1"].shape
    blocks = np.full((height + height % 2, width + width % 2, 10), -np.inf)
    blocks[:height, :width] = maps["conv1"]
    maps["pool1"] = np.float32(blocks.reshape(len(blocks) // 2, 2, -1, 2, 10).max(axis=(1, 3)))
    for before, name in (("pool1", "conv2"), ("conv2", "conv3")):
        sums[name] = conv(maps[before], name)
        maps[name] = prelu(sums[name], name)
    two = conv(maps["conv3"], "face").astype(np.float64)
    maps["face"] = (1 / (1 + np.exp(two[..., 0] - two[..., 1])))[..., None]
    return maps, sums


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (12, 13),  # one row of units, and an odd column that is pooled alone
        (60, 61),
        (2 * TILE + 10, 2 * TILE + 11),  # one tile, filled; and one odd column beyond it
        (2 * TILE + 12, 4 * TILE + 13),
    ],
)
def test_every_map_is_that_of_lax_for_every_size(height, width):
    image = np.random.default_rng(height).random((height, width, 3), np.float32)
    expected, _ = oracle(image)
    made = run_network(image)
    assert list(made) == list(expected) == list(STAGES)
    whole = load_small_network()(image) if height == 60 else made
    for name, values in expected.items():
        assert made[name].dtype == np.float32
        assert made[name].shape == values.shape == (*values.shape[:2], STAGES[name])
        np.testing.assert_allclose(made[name], values, atol=1e-4)
        np.testing.assert_allclose(whole[name], values, atol=1e-4)


@pytest.mark.parametrize(
    ("height", "side", "largest", "unit", "at_the_face", "elsewhere"),
    [
        (40, 15, 0.9773, (1, 6), 3, 0),
        (60, 25, 0.9996, (4, 10), 7, 2),
        (80, 35, 0.9979, (6, 15), 11, 1),
        (100, 45, 0.9988, (8, 21), 10, 1),
        (160, 75, 0.9838, (14, 37), 3, 6),
        (256, 123, 0.9870, (56, 34), 4, 5),
        (512, 251, 0.9939, (172, 148), 1, 17),
    ],
)
def test_it_finds_the_face_of_the_astronaut_where_the_table_says(height, side, largest, unit, at_the_face, elsewhere):
    faces = face_map(reduce_to_height(ASTRONAUT, height) / np.float32(255))
    assert faces.shape == (side, side)
    found = proposals(faces)
    assert found[0].unit == unit
    assert found[0].probability == pytest.approx(largest, abs=6e-5)
    # At the face: the middle of the window within 60 pixels of row 120, column 225 of 512.
    middles = [np.add(JUMP * np.array(one.unit), FIELD / 2) * 512 / height for one in found]
    near = sum(bool((np.abs(middle - (120, 225)) <= 60).all()) for middle in middles)
    assert (near, len(found) - near) == (at_the_face, elsewhere)


def test_the_maps_at_height_60_have_the_ranges_of_the_table():
    image = reduce_to_height(ASTRONAUT, 60) / np.float32(255)
    made, (_, sums) = run_network(image), oracle(image)
    assert made["conv1"].min() == pytest.approx(-3.510984, abs=1e-4)
    assert made["conv1"].mean() == pytest.approx(0.515147, abs=1e-5)
    assert (made["pool1"].shape, made["pool1"].min()) == ((29, 29, 10), pytest.approx(-1.785658, abs=1e-4))
    assert made["pool1"].mean() == pytest.approx(0.895189, abs=1e-5)
    for name, low, high, mean in (
        ("conv1", -10.108655, 9.188711, 0.084078),
        ("conv2", -30.602304, 14.029170, -1.105298),
        ("conv3", -17.381430, 10.868544, -1.340646),
    ):
        assert (sums[name].min(), sums[name].max()) == pytest.approx((low, high), abs=1e-4)
        assert sums[name].mean() == pytest.approx(mean, abs=5e-5)


@pytest.mark.parametrize(("name", "height", "count"), [("coffee", 60, 8), ("camera", 80, 5), ("chelsea", 60, 2)])
def test_it_says_yes_to_things_as_well(name, height, count):  # the table's last line
    faces = face_map(reduce_to_height(decode_image(f"examples/{name}.png"), height) / np.float32(255))
    assert len(proposals(faces)) == count


def test_it_sees_twelve_pixels_two_apart():
    assert (FIELD, JUMP) == (12, 2)
    assert receptive_field(LAYERS).padding == (0, 0)
    network = load_small_network()
    found = measure_receptive_field(lambda image: network(image)["conv3"], (20, 18, 3), (2, 1))
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 15, 2, 13)  # 2 * 2 and 2 * 1, and 11 on


def test_no_size_compiles_a_program_of_its_own(compilations):
    run_network(np.zeros((60, 60, 3)))
    before = len(compilations)
    for size in ((61, 67, 3), (140, 77), (12, 300, 1)):
        run_network(np.zeros(size))
    assert len(compilations) == before


@pytest.mark.parametrize("stage", ["conv1", "conv2", "conv3", "face"])
def test_a_value_is_the_sum_over_all_channels_before_it(stage):
    image = reduce_to_height(ASTRONAUT, 60) / np.float32(255)
    maps = run_network(image)
    unit, channel = (4, 10), 1
    step = take_apart(image, maps, stage, channel, unit)
    assert step.window.shape == step.kernel.shape == W[f"{stage}_kernel"].shape[:3]
    assert np.array_equal(step.kernel, W[f"{stage}_kernel"][..., channel])
    total = float((step.window.astype(np.float64) * step.kernel).sum() + step.bias)
    assert step.sums.sum() + step.bias == pytest.approx(total, abs=1e-4)
    if stage == "face":
        assert step.slope is None
        no = take_apart(image, maps, stage, 0, unit).value
        assert 1 / (1 + np.exp(no - step.value)) == pytest.approx(maps["face"][4, 10, 0], abs=1e-5)
    else:
        assert step.value == pytest.approx(maps[stage][4, 10, channel], abs=1e-4)
        assert step.slope == W[f"{stage}_slope"][channel]


def test_the_network_is_one_of_flax_that_a_gradient_goes_through():
    network = load_small_network()
    gradient_of = jax.jit(
        jax.grad(lambda image: jnp.sum(network(image)["face"])),
        compiler_options={"xla_backend_optimization_level": 0},  # it runs once
    )
    gradient = gradient_of(np.full((12, 12, 3), 0.4, np.float32))
    assert gradient.shape == (12, 12, 3)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((11, 40, 3)), "the photo has 11 rows and 40 columns, but the network sees 12 x 12: make it larger"),
        (np.zeros((600, 1000)), "the photo has 600 x 1000 pixels, and at most 524\u202f288 are taken"),
        (np.full((20, 20), 2.0), "image has values from 2.0 to 2.0, but they must be in"),
        (np.full((20, 20), np.nan), "image has values from nan"),
        (np.zeros((20, 20, 4)), "image has shape .*without its opacity"),
        ("photo", "image has shape"),
    ],
)
def test_what_is_no_photo_for_it_is_said(image, said):
    with pytest.raises(ValueError, match=said):
        face_map(image)


@pytest.mark.parametrize("size", [(400, 600), (512, 512), (1024, 100), (100, 1024), (13, 900), (768, 1024), (12, 12)])
def test_every_height_that_is_offered_can_be_run(size):
    least, most = heights_of(size)
    for height in {least, most}:
        rows, columns, _ = reduce_to_height(np.zeros((*size, 1)), height).shape
        assert rows == height
        assert columns >= FIELD
        assert rows * columns <= MOST_PIXELS
    with pytest.raises(ValueError, match=f"height is {most + 1}, but it must be a whole number from {least} to {most}"):
        reduce_to_height(np.zeros((*size, 3)), most + 1)


def test_a_photo_as_narrow_as_a_line_is_refused():
    with pytest.raises(ValueError, match="is too narrow"):
        heights_of((1000, 1))


def test_the_heights_that_stand_for_all_step_by_less_than_half():
    assert all(low < high <= 1.45 * low for low, high in pairwise(PYRAMID))


def test_places_that_answer_most_are_apart():
    values = np.zeros((9, 9), np.float32)
    values[2, 2], values[2, 3], values[7, 8] = 5, 4, 3
    assert strongest(values, 2, apart=1) == [(2, 2), (7, 8)]
    assert len(strongest(values, 50, apart=9)) == 1


def test_a_threshold_that_is_none_is_refused():
    with pytest.raises(ValueError, match="threshold is 2"):
        proposals(np.zeros((2, 2)), 2)
