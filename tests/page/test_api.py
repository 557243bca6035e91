"""The lab called by a program: over HTTP, with Gradio's own client."""

import re

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.serving import HANG


@pytest.fixture(scope="module")
def call(lab, tmp_path_factory):
    """Calls /feature_map; the answer, with the numbers and the first picture read from their files."""
    client = Client(
        lab.address,
        verbose=False,
        download_files=tmp_path_factory.mktemp("answers"),
        httpx_kwargs={"timeout": HANG},  # Gradio's own 20 s are too few where others use the processors
    )

    def ask(*arguments, **options):
        answer = client.predict(*arguments, **options, api_name="/feature_map")
        with Image.open(answer["pictures"][0]) as picture:
            return answer | {"numbers": np.load(answer["numbers"]), "picture": np.asarray(picture.convert("RGB"))}

    yield ask
    client.close()


@pytest.fixture
def photo(tmp_path):
    """Random grey values [20, 31] in [0, 1], and their PNG file."""
    values = np.random.default_rng(7).integers(0, 256, (20, 31), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "photo.png")
    return values / 255, handle_file(tmp_path / "photo.png")


def test_a_photo_that_is_sent_gets_its_feature_map(call, photo):
    values, file = photo
    answer = call(file, kernel="1,2,-3;0.5,0,1/4", stride=2, bias=0.25)
    kernel = [[1, 2, -3], [0.5, 0, 0.25]]
    expected = scipy.signal.correlate2d(values, kernel, mode="valid")[::2, ::2] + 0.25  # SciPy shares no code with ours
    assert answer["numbers"].dtype == np.float32
    np.testing.assert_allclose(answer["numbers"], expected, atol=1e-5)
    assert answer["size"] == [10, 15]  # (20 - 2) / 2 + 1, (31 - 3) / 2 + 1
    assert answer["minimum"] == pytest.approx(expected.min(), abs=1e-5)
    assert answer["maximum"] == pytest.approx(expected.max(), abs=1e-5)


def test_true_convolution_and_relu_are_what_scipy_says(call, photo):
    values, file = photo
    answer = call(file, kernel="1,2;3,-4", padding="zeros", flip="yes", relu=True)
    # A 2x2 kernel keeps the size with one row after and one column after (as in Flax), and is flipped.
    padded = np.pad(values, ((0, 1), (0, 1)))
    expected = np.maximum(scipy.signal.convolve2d(padded, [[1, 2], [3, -4]], mode="valid"), 0)
    np.testing.assert_allclose(answer["numbers"], expected, atol=1e-5)


def test_the_picture_is_blue_where_negative_and_red_where_positive(call, photo):
    _, file = photo
    answer = call(file, kernel="1,-1")
    assert answer["picture"].shape == (20, 30, 3)
    red, _, blue = np.moveaxis(answer["picture"].astype(int), 2, 0)
    strong = np.abs(answer["numbers"]) > 0.2 * answer["limit"]
    assert strong.any()
    np.testing.assert_array_equal((red > blue)[strong], (answer["numbers"] > 0)[strong])


def test_an_edge_picture_is_what_scipy_says(call, photo):
    values, file = photo
    answer = call(file, directions="all", relu=True, bias=-1)  # a strength has no sign that they could change
    down, across = (scipy.ndimage.sobel(values, axis)[1:-1, 1:-1] for axis in (0, 1))
    np.testing.assert_allclose(answer["numbers"], np.sqrt(down**2 + across**2), atol=1e-5)
    assert answer["picture"][np.unravel_index(answer["numbers"].argmax(), (18, 29))].tolist() == [0, 0, 0]  # black


def test_an_example_in_each_colour_has_three_pictures(call):
    answer = call("astronaut", kernel="sobel_y", channels="colour")
    assert answer["numbers"].shape == (510, 510, 3)  # 512 - 3 + 1; the size is in examples/SOURCES.md
    assert len(answer["pictures"]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"picture": "nope"}, "not one of the examples"),
        ({"picture": {"path": "/etc/passwd"}}, "not one of the examples and was not uploaded here"),
        ({"picture": {"path": "http://127.0.0.1/photo.png"}}, "not one of the examples and was not uploaded here"),
        ({"picture": None}, "not one of the examples"),
        ({"picture": "coffee", "kernel": "1 2; 3"}, "row 2 has 1 number but row 1 has 2"),
        ({"picture": "coffee", "stride": 99}, "stride is 99: it must be a whole number from 1 to 16, so try 16"),
        ({"picture": "coffee", "directions": "both"}, "it must be one of one, other, all"),
        ({"picture": "coffee", "kernel": "sobel_z"}, "no kernel has this name: write one such as sobel_x"),
        ({"picture": "coffee", "kernel": None}, "kernel is None: it must be a text"),
        ({"picture": "coffee", "kernel": {"a": 1}}, "kernel is {'a': 1}: it must be a text"),
        ({"picture": "coffee", "relu": "maybe"}, "it must be true or false"),
        ({"picture": "coffee", "kernel": "gaussian:sigma=5", "dilation": 16}, "use dilation"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(map(str, value)),
)
def test_what_is_wrong_is_said_in_the_sentence_of_the_page(call, arguments, said):
    with pytest.raises(AppError, match=re.escape(said)):
        call(**arguments)


def test_a_file_that_is_no_picture_goes_through_the_same_checks(call, tmp_path):
    (tmp_path / "photo.png").write_text("not a picture at all")
    with pytest.raises(AppError, match="The file is a text file and cannot be read here"):
        call(handle_file(tmp_path / "photo.png"))
