"""The program that the page shows is run here as a visitor would run it, and makes the numbers that the page draws.

Both sum in float32, but in another order: XLA's convolution adds up window by window, the page shift by shift. Each is
within about n * 2^-24 times the sum of |weight| * |pixel| of the true sum of n products, with pixels of at most 1, so
two right answers differ by at most twice that (`rounding`). A wrong one differs by a pixel times a weight, which is
thousands of times more.
"""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

from convdemo.kernels import KERNELS, custom_kernel, parse_kernel
from convdemo.ui.feature_map import lesson
from convdemo.ui.feature_map.program import write_program
from convdemo.ui.layer.settings import Settings, make_feature_map
from convdemo.ui.picture.opening import EXAMPLE_FOLDER, open_picture
from tests.page.test_formats import FORMATS, LARGE, SMALL
from tests.page.uploads import upload

HEIGHT, WIDTH = 21, 30


# Pillow closes a file of many frames when the program ends.
_GIF_STAYS_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _own_folders(upload_folder, tmp_path, monkeypatch):
    """Uploads go to a folder of the test, and the program runs in another, which holds the picture and nothing else."""
    (tmp_path / "somewhere").mkdir()
    monkeypatch.chdir(tmp_path / "somewhere")


def opened(image, *name, **options):
    """What the page opens when someone uploads this picture."""
    return open_picture(upload(image, *name, **options))


def random_image(channels=3, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, channels), dtype=np.uint8)
    return Image.fromarray(values if channels > 1 else values[:, :, 0])


def program_of(picture, kernel, settings):
    """The program that the page shows, and beside it the picture that it opens."""
    shutil.copy(picture.file if (picture.example is None) else EXAMPLE_FOLDER / picture.save_as, picture.save_as)
    return lesson._program(picture, kernel, settings)


def run(program):
    """The variable `feature_map` after the program has run with JAX as it comes (the tests have a stricter one)."""
    Path("program.py").write_text(program, encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return np.asarray(runpy.run_path("program.py")["feature_map"])


def rounding(kernel, settings):
    products = kernel.weights.size + 8  # and the few roundings of the luminance and the bias
    return 2 * products * 2**-24 * (np.abs(kernel.weights).sum(dtype=np.float64) + abs(settings.bias))


def check(picture, kernel, settings):
    page = make_feature_map(picture.photo, kernel, settings)
    program = run(program_of(picture, kernel, settings))
    assert program.dtype == page.dtype == np.float32
    assert program.shape == page.shape
    np.testing.assert_allclose(program, page, rtol=0, atol=rounding(kernel, settings))
    return program


@pytest.mark.parametrize("name", ["sobel_x", "roberts_down"])
def test_the_program_of_a_kernel(name):
    check(opened(random_image()), KERNELS[name], Settings())


@pytest.mark.parametrize("flip", ["no", "yes"])
def test_every_kernel_stands_in_its_program_exactly(flip):
    picture = opened(random_image(1))
    for kernel in KERNELS.values():
        program = program_of(picture, kernel, Settings(flip=flip))
        Path("beginning.py").write_text(program.partition("conv = ")[0], encoding="utf-8")  # without the slow part
        expected = kernel.weights[::-1, ::-1] if flip == "yes" else kernel.weights
        np.testing.assert_array_equal(runpy.run_path("beginning.py")["kernel"], expected)


EVEN, ODD = "1 2 3; 4 -5 6; 7 8 -9; 0 1 0", "1 0 -1; 2 0.5 -2; 1/9 0 -1"  # even: one pixel of padding more after


@pytest.mark.parametrize(
    ("padding", "stride", "dilation", "text"),
    [
        ("none", 3, 2, ODD),
        ("zeros", 2, 3, EVEN),
        ("zeros", 16, 1, "1 -2"),
        ("reflect", 1, 2, EVEN),
        ("reflect", 1, 16, "1; -2"),
        ("replicate", 1, 3, EVEN),
        ("replicate", 1, 1, "1 -2"),
    ],
)
def test_padding_stride_and_dilation(padding, stride, dilation, text):
    settings = Settings(padding=padding, stride=stride, dilation=dilation)
    channels = 1 + 2 * (stride % 2)  # both grey and colour pictures
    check(opened(random_image(channels)), custom_kernel(parse_kernel(text)), settings)


@pytest.mark.parametrize("flip", ["no", "yes"])
@pytest.mark.parametrize("activation", ["none", "relu"])
@pytest.mark.parametrize("bias", [0.0, -0.35])
@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_flip_bias_relu_and_colour(flip, activation, bias, channels):
    kernel = custom_kernel(np.random.default_rng(3).normal(size=(2, 3)))
    settings = Settings(flip=flip, activation=activation, bias=bias, channels=channels, padding="reflect")
    feature_map = check(opened(random_image()), kernel, settings)
    assert feature_map.shape == ((HEIGHT, WIDTH, 3) if channels == "colour" else (HEIGHT, WIDTH))
    assert (feature_map.min() >= 0) == (activation == "relu")


@pytest.mark.parametrize(
    ("directions", "flip", "channels"), [("other", "yes", "grey"), ("all", "no", "grey"), ("all", "yes", "colour")]
)
def test_the_other_and_all_directions(directions, flip, channels):
    kernel = custom_kernel(np.random.default_rng(6).normal(size=(2, 3)))
    settings = Settings(directions=directions, flip=flip, channels=channels, padding="zeros", stride=2, bias=0.5)
    check(opened(random_image()), kernel, settings)


def test_each_colour_of_a_grey_picture_is_the_one_that_it_has():
    feature_map = check(opened(random_image(1)), KERNELS["sobel_y"], Settings(channels="colour"))  # not three alike
    assert feature_map.shape == (HEIGHT - 2, WIDTH - 2)


def test_a_tall_and_narrow_kernel():
    check(opened(random_image()), custom_kernel(np.random.default_rng(4).normal(size=(14, 1))), Settings(bias=0.25))


def test_a_gabor_of_15_by_15():
    kernel = KERNELS["gabor"].with_parameters(angle=30, wavelength=5, sigma=2.1, phase=45)
    assert kernel.weights.shape == (15, 15)
    check(opened(random_image()), kernel, Settings(padding="reflect", activation="relu", flip="yes", stride=2))


@pytest.mark.parametrize(
    ("example", "settings"),
    [
        ("coffee", Settings(channels="colour", stride=2, padding="replicate", dilation=3, bias=0.1, flip="yes")),
        ("camera", Settings(padding="reflect", activation="relu")),
        ("rocket", Settings(stride=4, dilation=2)),  # a JPEG
    ],
    ids=str,
)
def test_the_program_of_an_example_opens_the_file_that_is_shipped(example, settings):
    picture = open_picture({"example": example})
    check(picture, KERNELS["sobel_x"], settings)


def uploads():
    """Uploads in many formats: which working file has which pixels?"""
    rng = np.random.default_rng(5)
    palette = random_image().quantize(17)
    punched = random_image(4)
    punched.putalpha(punched.getchannel("A").point(lambda opacity: 255 * (opacity > 99)))  # all or nothing
    turned = Image.Exif()
    turned[0x0112] = 6  # a phone held upright: a quarter turn clockwise sets the picture upright
    return {
        "RGB PNG": (random_image(), {}),
        "grey PNG": (random_image(1), {}),
        "palette PNG": (palette, {}),
        "1-bit PNG": (random_image(1).convert("1"), {}),
        "16-bit grey PNG": (Image.fromarray(rng.integers(0, 65536, (HEIGHT, WIDTH), dtype=np.uint16)), {}),
        "JPEG with EXIF": (random_image(), {"name": "p.jpg", "exif": turned}),
        "CMYK JPEG": (random_image().convert("CMYK"), {"name": "p.jpg"}),
        "larger than the working size": (random_image(1).resize((1100, 70)), {}),
        "PNG with holes": (punched, {}),
        "half transparent PNG": (random_image(4), {}),
        "half transparent grey PNG": (random_image(2), {}),
    }


@pytest.mark.parametrize("kind", list(uploads()))
def test_the_working_file_of_an_upload_has_the_pixels_that_the_page_computes_with(kind):
    image, options = uploads()[kind]
    check(opened(image, **options), KERNELS["sharpen"], Settings(channels="colour"))


def test_a_jpeg_is_opened_upright():
    image, options = uploads()["JPEG with EXIF"]
    picture = opened(image, **options)
    assert picture.photo.size == (WIDTH, HEIGHT)  # turned
    assert check(picture, KERNELS["identity"], Settings(padding="zeros")).shape == (WIDTH, HEIGHT)


def test_the_working_file_has_no_exif():
    image, options = uploads()["JPEG with EXIF"]
    with Image.open(opened(image, **options).file) as file:
        assert not file.getexif()
        assert file.format == "PNG"


def test_weights_and_bias_are_exactly_those_of_the_page():
    # An identity of one weight: 1/3 and its neighbours in float32 are told apart, and so is the bias.
    picture = opened(Image.new("L", (3, 2), 255))
    for weight in (np.float32(1 / 3), np.nextafter(np.float32(1 / 3), np.float32(1)), np.float32(1e-7)):
        np.testing.assert_array_equal(run(program_of(picture, custom_kernel([[weight]]), Settings())), weight)
    black = opened(Image.new("L", (3, 2), 0), "black.png")
    for bias in (-0.35, 4.0, 0.05):
        np.testing.assert_array_equal(
            run(program_of(black, KERNELS["identity"], Settings(bias=bias, padding="zeros"))), np.float32(bias)
        )


@pytest.mark.parametrize("name", ["it's.png", 'a "b".png', "back\\slash.png", "naïve {x}.png", "'); import os; ('.png"])
def test_no_file_name_breaks_the_program(name):
    random_image(1).save(Path(name), "PNG")
    settings = Settings(padding="zeros")
    feature_map = run(write_program(name, is_grey=True, kernel=KERNELS["identity"], settings=settings))
    np.testing.assert_allclose(feature_map, np.asarray(random_image(1)) / 255, atol=1e-7)  # a byte is 1/255


def test_the_program_runs_by_itself():
    """In a fresh Python that knows nothing of this project, it prints the shape and the range."""
    picture = opened(random_image())
    kernel, settings = KERNELS["difference_x"], Settings(channels="colour", bias=0.5)
    saving = "\nnp.save('feature_map.npy', feature_map)\n"
    Path("program.py").write_text(program_of(picture, kernel, settings) + saving, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "program.py"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"({HEIGHT}, {WIDTH - 1}, 3) ")
    page = make_feature_map(picture.photo, kernel, settings)
    np.testing.assert_allclose(np.load("feature_map.npy"), page, rtol=0, atol=rounding(kernel, settings))
    _, smallest, largest = done.stdout.rsplit(maxsplit=2)
    assert (float(smallest), float(largest)) == pytest.approx((page.min(), page.max()), abs=1e-6)


def test_the_program_uses_only_what_a_course_has_installed():
    program = write_program("coffee.png", is_grey=False, kernel=KERNELS["gabor"], settings=Settings(padding="zeros"))
    imports = [line for line in program.splitlines() if line.startswith(("import", "from"))]
    assert {line.split()[1].split(".")[0] for line in imports} == {"jax", "numpy", "flax", "PIL"}


# ---- every kind of picture -----------------------------------------------------------------------------------------


def beginning(program):
    """What a program knows before it makes the layer, which is the slow part."""
    Path("beginning.py").write_text(program.partition("conv = ")[0], encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return runpy.run_path("beginning.py")


@_GIF_STAYS_OPEN
@pytest.mark.parametrize("name", FORMATS)
def test_the_program_opens_every_kind_of_picture(name):
    """The one that the page saves, and the visitor's own file where that has the same numbers."""
    for size in (SMALL, LARGE) if "PNG" in name else (SMALL,):
        data, _ = FORMATS[name](size)
        picture = opened(data, "chart.png")
        settings = Settings(channels="colour")
        page = picture.photo.pixels
        program = program_of(picture, KERNELS["identity"], settings)
        found = np.moveaxis(np.asarray(beginning(program)["images"])[..., 0], 0, 2)
        np.testing.assert_allclose(found, page, rtol=0, atol=1e-6)
        assert ("as this page saves it" in program) == picture.is_changed
        if not picture.is_changed:
            Path("chart.png").write_bytes(data)
            found = np.moveaxis(np.asarray(beginning(program)["images"])[..., 0], 0, 2)
            np.testing.assert_allclose(found, page, rtol=0, atol=1e-6)


def test_a_plain_picture_takes_two_lines_and_one_on_its_side_no_more():
    program = program_of(opened(random_image()), KERNELS["identity"], Settings(channels="colour"))
    assert "image = np.asarray(Image.open('mine.png'))\nimage = (image / " in program
    assert "ImageOps" not in program
    turned = FORMATS["PNG on its side"](SMALL)[0]
    program = program_of(opened(turned, "mine.png"), KERNELS["identity"], Settings(channels="colour"))
    assert "np.asarray(ImageOps.exif_transpose(Image.open('mine.png')))\nimage = (image / " in program
