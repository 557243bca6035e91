"""Pictures are made here in memory, with known numbers; what they should become is worked out by hand, or by OpenCV."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from convdemo.images import ImageError, decode_image, read_photo, to_grey, to_one_white
from tests.image_files import EXAMPLES, error_of, png, png_chunk, png_rows, random_16_bit, random_bytes, saved

HEIGHT, WIDTH = 5, 7  # never square, so that a swap of rows and columns shows

# What a readable file becomes


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "camera.png", "brick.png", "rocket.jpg"])
def test_an_example_has_the_numbers_that_opencv_reads(name):
    expected = cv2.imread(str(EXAMPLES / name), cv2.IMREAD_UNCHANGED)
    expected = expected[:, :, np.newaxis] if expected.ndim == 2 else expected[:, :, ::-1]  # OpenCV: blue first

    photo = read_photo(EXAMPLES / name)

    assert photo.pixels.dtype == np.float32
    assert photo.pixels.shape == expected.shape
    assert photo.size == photo.original_size == expected.shape[:2]
    # PNG is lossless, hence equal; two JPEG decoders may round differently by one step.
    tolerance = 1 / 255 if name.endswith("jpg") else 0
    np.testing.assert_allclose(photo.pixels, expected / np.float32(255), rtol=0, atol=tolerance + 1e-7)


def test_pixels_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        decode_image(EXAMPLES / "camera.png")[0, 0] = 0


def test_a_path_its_text_bytes_and_an_open_file_give_the_same():
    path = EXAMPLES / "chelsea.png"
    expected = decode_image(path)
    np.testing.assert_array_equal(decode_image(str(path)), expected)
    np.testing.assert_array_equal(decode_image(path.read_bytes()), expected)
    with path.open("rb") as file:
        np.testing.assert_array_equal(decode_image(file), expected)


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
        ("PNG", {"interlace": 1}),
    ],
)
def test_every_lossless_format_is_exact(file_format, options):
    rgb = random_bytes(HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(decode_image(saved(rgb, file_format, **options)), rgb / np.float32(255))


@pytest.mark.parametrize(("file_format", "options"), [("JPEG", {}), ("AVIF", {}), ("WEBP", {}), ("MPO", {})])
def test_every_lossy_format_is_close(file_format, options):
    photo = Image.open(EXAMPLES / "coffee.png").crop((100, 100, 260, 200))
    decoded = decode_image(saved(photo, file_format, quality=90, **options))
    assert decoded.shape == (100, 160, 3)
    assert np.abs(decoded - np.asarray(photo) / 255).mean() < 0.03


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "TIFF", "PPM"])
def test_one_pixel_is_a_picture(file_format):
    decoded = decode_image(saved(np.full((1, 1), 51, np.uint8), file_format))
    np.testing.assert_array_equal(decoded, np.float32([[[0.2]]]))


# Orientation. The table of Exif 2.32, section 4.6.4: which side of the scene the stored row 0 and column 0 show.
STORED = {
    1: lambda scene: scene,  # top, left
    2: lambda scene: scene[:, ::-1],  # top, right
    3: lambda scene: scene[::-1, ::-1],  # bottom, right
    4: lambda scene: scene[::-1],  # bottom, left
    5: lambda scene: scene.swapaxes(0, 1),  # left, top
    6: lambda scene: scene[:, ::-1].swapaxes(0, 1),  # right, top
    7: lambda scene: scene[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda scene: scene[::-1].swapaxes(0, 1),  # left, bottom
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_a_photo_stands_upright(orientation, file_format):
    scene = random_bytes(HEIGHT, WIDTH, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    file = saved(np.ascontiguousarray(STORED[orientation](scene)), file_format, exif=exif, **options)

    photo = read_photo(file)

    np.testing.assert_array_equal(photo.pixels, scene / np.float32(255))
    assert photo.original_size == (HEIGHT, WIDTH)


@pytest.mark.parametrize("orientation", STORED)
def test_a_large_jpeg_photo_stands_upright(orientation):
    """A scene of 1200 rows and 3000 columns: the first column block is white, the bottom dark grey, the rest black."""
    scene = np.zeros((1200, 3000), np.uint8)
    scene[900:] = 60
    scene[:, :600] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(saved(np.ascontiguousarray(STORED[orientation](scene)), "JPEG", exif=exif))
    assert photo.original_size == (1200, 3000)
    assert photo.pixels.shape == (410, 1024, 1)  # 1200 * 1024 / 3000 = 409.6
    for (row, column), value in {(50, 50): 255, (400, 50): 255, (50, 900): 0, (400, 900): 60}.items():
        assert photo.pixels[row, column, 0] == pytest.approx(value / 255, abs=0.02)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's note for the log
def test_a_damaged_exif_block_does_not_cost_the_picture():
    grey = np.full((HEIGHT, WIDTH), 102, np.uint8)
    file = saved(grey, "JPEG", exif=b"Exif\0\0MM\0*" + b"\xff" * 30)
    np.testing.assert_allclose(decode_image(file), 0.4, atol=0.01)


# Modes


def test_palette_colours_become_rgb():
    indices = np.array([[0, 1, 2, 1], [2, 2, 0, 0], [1, 0, 2, 1]], np.uint8)
    colours = np.array([[255, 0, 0], [0, 128, 255], [10, 20, 30]], np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(colours.tobytes())
    for file_format in ("PNG", "GIF", "BMP", "TIFF"):
        decoded = decode_image(saved(image, file_format))
        np.testing.assert_array_equal(decoded, colours[indices] / np.float32(255))


def test_black_and_white_becomes_0_and_1():
    bits = random_bytes(HEIGHT, WIDTH) > 127
    for file_format in ("PNG", "TIFF", "BMP", "PPM"):
        decoded = decode_image(saved(bits, file_format))
        if decoded.shape[2] == 3:  # a 1-bit BMP has a palette of two colours
            decoded = decoded[:, :, :1]
        np.testing.assert_array_equal(decoded[:, :, 0], bits)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_keeps_all_its_bits(file_format):
    grey = random_16_bit(HEIGHT, WIDTH)
    decoded = decode_image(saved(grey, file_format))
    assert decoded.shape == (HEIGHT, WIDTH, 1)
    np.testing.assert_array_equal(decoded[:, :, 0], grey / np.float32(65535))


def test_16_bit_grey_as_opencv_writes_it():
    grey = random_16_bit(HEIGHT, WIDTH)
    for suffix in (".png", ".tiff", ".pgm"):
        file = cv2.imencode(suffix, grey)[1].tobytes()
        np.testing.assert_array_equal(decode_image(file)[:, :, 0], grey / np.float32(65535))


def test_16_bit_grey_in_big_endian_tiff():
    grey = random_16_bit(HEIGHT, WIDTH)
    file = saved(Image.fromarray(grey.astype(">u2")), "TIFF")
    np.testing.assert_array_equal(decode_image(file)[:, :, 0], grey / np.float32(65535))


def test_16_bit_grey_keeps_more_than_8_bits_when_reduced():
    ramp = np.tile(np.linspace(0, 65535, 2048).astype(np.uint16), (30, 1))
    decoded = decode_image(saved(ramp, "PNG"))
    assert decoded.shape == (15, 1024, 1)
    assert len(np.unique(decoded[0])) == 1024  # 8 bits would leave 256


def test_16_bit_colour_is_right_to_8_bits():
    rgb = random_16_bit(HEIGHT, WIDTH, 3)
    decoded = decode_image(png(WIDTH, HEIGHT, depth=16, rows=png_rows(rgb)))
    np.testing.assert_allclose(decoded, rgb / 65535, atol=1 / 255)


def test_12_bit_pgm_is_scaled_to_its_own_white():
    """Netpbm: the third number of the header is white; 1000 of 4000 is a quarter."""
    decoded = decode_image(b"P2\n3 1\n4000\n0 1000 4000\n")
    np.testing.assert_allclose(decoded[0, :, 0], [0, 0.25, 1], atol=1 / 65535)


@pytest.mark.parametrize(
    ("values", "black", "white"),
    [
        ([0, 70000, 5], 0, 70000),  # of any range: up to the largest
        ([0, 1, 1], 0, 1),  # a mask
        ([0, 200, 5], 0, 255),
        ([0, 1000, 4000], 0, 4095),
        ([0, 1000, 5], 0, 1023),
        ([0, 60000, 5], 0, 65535),
        ([-100, 300, 0], -100, 300),  # heights below the sea
        ([-7, -7, -7], -7, -6),
    ],
)
def test_whole_numbers_of_32_bits_are_stretched_and_told(values, black, white):
    photo = read_photo(saved(np.array([values], np.int32), "TIFF"))
    expected = (np.array(values) - black) / (white - black)
    np.testing.assert_allclose(photo.pixels[0, :, 0], expected, atol=1e-7)
    assert (photo.source.black, photo.source.white) == (black, white)


def test_whole_numbers_without_a_sign_are_not_taken_for_negative_ones():
    values = np.array([[0, 4_000_000_000, 2_000_000_000]], np.uint32)
    file = cv2.imencode(".tiff", values.view(np.int32))[1].tobytes()
    file = file.replace(struct.pack("<HHI", 339, 3, 1) + b"\2", struct.pack("<HHI", 339, 3, 1) + b"\1")
    photo = read_photo(file)
    np.testing.assert_allclose(photo.pixels[0, :, 0], [0, 1, 0.5], atol=1e-6)
    assert photo.source.white == 4_000_000_000


@pytest.mark.parametrize(
    ("most", "white"),
    [(4095, 4095), (1024, 4095), (1023, 1023), (255, 255), (1, 1), (4096, None), (65535, None), (0, None)],
)
@pytest.mark.parametrize("file_format", ["TIFF", "PNG"])
def test_12_bits_in_16_are_not_black(most, white, file_format):
    values = np.linspace(0, most, 12).astype(np.uint16).reshape(3, 4)
    photo = read_photo(saved(values, file_format))
    np.testing.assert_allclose(photo.pixels[:, :, 0], values / (white or 65535), atol=1e-7)
    assert photo.source.white == white


@pytest.mark.parametrize(("bits", "black"), [(np.uint16, 65535), (np.uint8, 0)])
def test_a_tiff_may_have_0_for_white(bits, black):
    """TIFF 6.0, PhotometricInterpretation 0, as scanners write; Pillow turns 8 bits over by itself, but not 16."""
    most = np.iinfo(bits).max
    values = np.linspace(0, most, 12).astype(bits).reshape(3, 4)
    written = values if bits == np.uint16 else most - values
    photo = read_photo(saved(written, "TIFF", tiffinfo={262: 0}))
    np.testing.assert_allclose(photo.pixels[:, :, 0], 1 - values / most, atol=1e-6)
    assert photo.source.black == black


def test_12_bit_colours_in_16_are_refused_as_8_bits_of_them_would_be_black():
    """As a microscope's mosaic in OpenImageIO's issue 2964: at most 4,095 of 65,535."""
    colours = np.uint16(random_16_bit(HEIGHT, WIDTH, 3) // 16)
    for suffix in (".tiff", ".png"):
        assert "lowest 12 bits" in error_of(cv2.imencode(suffix, colours)[1].tobytes())
    assert read_photo(cv2.imencode(".png", colours * 16)[1].tobytes()).pixels.max() > 0.9


def test_two_pictures_that_belong_together_have_one_white():
    bright, dark, deep, grey = (
        read_photo(saved(np.array([[0, most]], bits), "PNG"))
        for most, bits in ((4000, np.uint16), (200, np.uint16), (50000, np.uint16), (200, np.uint8))
    )
    first, second = to_one_white(bright, dark)
    assert (first.pixels.max(), second.pixels.max()) == pytest.approx((4000 / 4095, 200 / 4095))
    assert second.source.white == 4095
    first, second = to_one_white(dark, deep)
    assert (first.pixels.max(), second.pixels.max()) == pytest.approx((200 / 65535, 50000 / 65535))
    assert first.source.white is None
    assert to_one_white(dark, grey) == (dark, grey)
    assert to_one_white(bright, bright) == (bright, bright)


def test_a_png_that_says_its_bits_is_not_stretched():
    values = np.array([[0, 300, 900]], np.uint16)
    photo = read_photo(png(3, 1, depth=16, colour_type=0, rows=png_rows(values), extra=png_chunk(b"sBIT", b"\x10")))
    np.testing.assert_allclose(photo.pixels[0, :, 0], values[0] / 65535, atol=1e-7)
    assert photo.source.white is None


@pytest.mark.parametrize("size", [(60, 40), (1800, 1200)])
def test_what_the_first_frame_of_a_gif_leaves_out_is_paper(size):
    """GIF89a, section 20: an image may cover a part of the screen; browsers show nothing elsewhere."""
    width, height = size
    frame = Image.new("P", (width // 2, height // 2), 1)
    frame.putpalette([0, 0, 255, 255, 0, 0])
    data = bytearray(saved(frame, "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    at = data.index(b"," + bytes(4) + struct.pack("<HH", *frame.size))
    data[at + 1 : at + 5] = struct.pack("<HH", width // 4, height // 4)
    pixels = decode_image(bytes(data))
    rows, columns = pixels.shape[:2]
    assert (pixels[0] == 1).all()
    assert (pixels[:, 0] == 1).all()
    assert (pixels[-1, -1] == 1).all()
    np.testing.assert_array_equal(pixels[rows // 2, columns // 2], [1, 0, 0])
    assert pixels[:, :, 1].mean() == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("file_format", ["TIFF", "PPM"])
def test_floats_between_0_and_1_are_kept(file_format):
    grey = np.random.default_rng(0).random((HEIGHT, WIDTH), dtype=np.float32)
    np.testing.assert_array_equal(decode_image(saved(grey, file_format))[:, :, 0], grey)


def test_other_floats_are_refused():
    with pytest.raises(ImageError, match=r"from -1\.5 to 255, but they must lie between 0 and 1"):
        decode_image(saved(np.array([[-1.5, 255, 3]], np.float32), "TIFF"))
    with pytest.raises(ImageError, match="nan"):
        decode_image(saved(np.array([[0, np.nan, 1]], np.float32), "TIFF"))


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_looks_like_the_photo_it_was_made_from(file_format):
    """Adobe's CMYK JPEG is stored inverted; read plainly it would be the negative."""
    photo = Image.open(EXAMPLES / "coffee.png").crop((0, 0, 150, 100))
    decoded = decode_image(saved(photo.convert("CMYK"), file_format))
    assert np.abs(decoded - np.asarray(photo) / 255).mean() < 0.02


def test_lab_middle_grey():
    """CIE L* = 50.2 (128 of 255) without colour is sRGB 0.468: Y = ((50.2 + 16) / 116)^3 = 0.186, gamma-coded."""
    grey = Image.merge("LAB", [Image.new("L", (WIDTH, HEIGHT), value) for value in (128, 128, 128)])
    decoded = decode_image(saved(grey, "TIFF"))
    assert decoded.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_allclose(decoded, 0.468, atol=0.01)


def test_ycbcr_tiff():
    photo = Image.open(EXAMPLES / "coffee.png").crop((0, 0, 160, 96))
    decoded = decode_image(saved(photo.convert("YCbCr"), "TIFF", compression="jpeg", quality=95))
    assert np.abs(decoded - np.asarray(photo) / 255).mean() < 0.03


# Transparency: opacity a lays colour c on white as a * c + (1 - a).


def test_transparent_colours_lie_on_white_paper():
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [255, 0, 0, 51]]], np.uint8)
    for file_format, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        decoded = decode_image(saved(rgba, file_format, **options))
        np.testing.assert_allclose(decoded, [[[1, 0, 0], [1, 1, 1], [1, 0.8, 0.8]]], atol=1e-6)


def test_transparency_agrees_with_pillow():
    rgba = Image.fromarray(random_bytes(HEIGHT, WIDTH, 4))
    white = Image.new("RGBA", rgba.size, "white")
    expected = np.asarray(Image.alpha_composite(white, rgba).convert("RGB")) / 255
    np.testing.assert_allclose(decode_image(saved(rgba, "PNG")), expected, atol=1 / 255)


def test_transparent_grey_stays_grey():
    grey_alpha = np.array([[[0, 255], [0, 0], [0, 51], [102, 255]]], np.uint8)
    decoded = decode_image(saved(grey_alpha, "PNG"))
    assert decoded.shape == (1, 4, 1)
    np.testing.assert_allclose(decoded[0, :, 0], [0, 1, 0.8, 0.4], atol=1e-6)


def test_a_palette_may_be_partly_transparent():
    image = Image.fromarray(np.array([[0, 1, 2], [2, 1, 0]], np.uint8))
    image.putpalette([0, 0, 0, 0, 0, 255, 255, 0, 0])
    decoded = decode_image(saved(image, "PNG", transparency=bytes([0, 51, 255])))  # clear, a fifth, solid
    clear, fifth, solid = [1, 1, 1], [0.8, 0.8, 1], [1, 0, 0]
    np.testing.assert_allclose(decoded, [[clear, fifth, solid], [solid, fifth, clear]], atol=1e-6)


def test_a_gif_may_have_a_transparent_colour():
    image = Image.fromarray(np.array([[0, 1], [1, 1], [0, 0]], np.uint8))
    image.putpalette([0, 0, 0, 0, 0, 255])
    decoded = decode_image(saved(image, "GIF", transparency=0))
    clear, blue = [1, 1, 1], [0, 0, 1]
    np.testing.assert_array_equal(decoded, [[clear, blue], [blue, blue], [clear, clear]])


def test_one_value_of_a_png_may_be_transparent():
    """The tRNS chunk, PNG specification, section 11.3.2.1: one grey value or one colour stands for "nothing"."""
    grey = np.array([[10, 51, 102], [51, 0, 51]], np.uint8)
    file = png(3, 2, colour_type=0, rows=png_rows(grey), extra=png_chunk(b"tRNS", struct.pack(">H", 51)))
    np.testing.assert_array_equal(decode_image(file)[:, :, 0], np.where(grey == 51, 255, grey) / np.float32(255))

    deep = grey.astype(np.uint16) * 200 + 7
    key = png_chunk(b"tRNS", struct.pack(">H", 51 * 200 + 7))
    file = png(3, 2, depth=16, colour_type=0, rows=png_rows(deep), extra=key)
    expected = np.where(grey == 51, 65535, deep) / np.float32(65535)
    np.testing.assert_array_equal(decode_image(file)[:, :, 0], expected)

    rgb = np.array([[[1, 2, 3], [10, 20, 30]]], np.uint8)
    file = png(2, 1, rows=png_rows(rgb.reshape(1, 6)), extra=png_chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    np.testing.assert_array_equal(decode_image(file)[0], np.float32([[255, 255, 255], [10, 20, 30]]) / 255)


def test_what_is_hidden_by_transparency_does_not_shine_through_when_reduced():
    """Red beside clear black, halved: the edge is a mix of red and paper, not of red and black."""
    rgba = np.zeros((60, 3000, 4), np.uint8)
    rgba[:, :1500] = 255, 0, 0, 255
    decoded = decode_image(saved(rgba, "PNG"))
    assert decoded[:, :, 0].min() > 0.99  # red and white both have full red


# Animations


@pytest.mark.parametrize(
    ("file_format", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("AVIF", {})]
)
def test_an_animation_shows_its_first_frame(file_format, options):
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "blue", "lime")]
    file = saved(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    with Image.open(io.BytesIO(file)) as check:
        assert check.n_frames == 3
    np.testing.assert_allclose(decode_image(file), np.broadcast_to([1.0, 0, 0], (HEIGHT, WIDTH, 3)), atol=0.02)


# Reducing


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1024, 683, (683, 1024)),  # fits: untouched
        (1025, 7, (7, 1024)),  # 6.99
        (3000, 1999, (682, 1024)),  # 682.3
        (1999, 3000, (1024, 682)),
        (20000, 3, (1, 1024)),  # 0.15, but a picture has at least one row
        (3, 20000, (1024, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_the_long_side_becomes_the_working_side(width, height, expected, file_format):
    photo = read_photo(saved(Image.new("RGB", (width, height), (51, 102, 153)), file_format))
    assert photo.size == expected
    assert photo.original_size == (height, width)
    np.testing.assert_allclose(photo.pixels, np.broadcast_to([0.2, 0.4, 0.6], (*expected, 3)), atol=0.01)


def test_a_smaller_picture_is_never_enlarged():
    assert read_photo(EXAMPLES / "coffee.png").size == (400, 600)


def test_another_working_side():
    assert read_photo(EXAMPLES / "coffee.png", working_side=150).size == (100, 150)
    with pytest.raises(ValueError, match="working_side is 0: it must be at least 1"):
        decode_image(EXAMPLES / "coffee.png", working_side=0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_can_be_reduced(mode):
    """All of one colour stays so."""
    white = Image.new("F", (1500, 40), 1) if mode == "F" else Image.new("L", (1500, 40), 255)
    if mode == "I;16":
        white = Image.fromarray(np.full((40, 1500), 65535, np.uint16))
    elif mode == "CMYK":
        white = white.convert("RGB")
    decoded = decode_image(saved(white if mode in ("F", "I;16") else white.convert(mode), "TIFF"))
    assert decoded.shape == (27, 1024, 3 if mode in ("P", "RGB", "RGBA", "CMYK") else 1)  # 40 * 1024 / 1500 = 27.3
    assert (decoded == 1).all()


def test_reducing_averages_and_draws_no_halos():
    """A step from 0.2 to 0.6 stays a step: no value lies outside, and brightness never turns back across it."""
    step = np.full((50, 3000), 51, np.uint8)
    step[:, 1490:] = 153
    row = decode_image(saved(step, "PNG"))[8, :, 0]
    assert (row[0], row[-1]) == (np.float32(0.2), np.float32(0.6))
    assert (np.diff(row) >= 0).all()

    noise = random_bytes(900, 2400)
    assert decode_image(saved(noise, "PNG")).mean() == pytest.approx(noise.mean() / 255, abs=1e-3)


def shares(side, parts):
    """How much of each old pixel lies in each new one, [parts, side] in parts of the new one: by intervals."""
    starts = np.arange(parts)[:, None] * side / parts
    pixels = np.arange(side)
    covered = np.minimum(pixels + 1, starts + side / parts) - np.maximum(pixels, starts)
    return np.clip(covered, 0, None) * parts / side


def test_reducing_takes_the_mean_of_each_area_in_float():
    down, across = shares(1100, 845), shares(1333, 1024)
    values = random_bytes(1100, 1333, 3)
    for channel, decoded in enumerate(np.moveaxis(decode_image(saved(values, "PNG")), 2, 0)):
        expected = down @ values[:, :, channel].astype(float) @ across.T
        assert np.abs(255 * decoded - expected).max() < 0.501  # rounded to 8 bits, once
    deep = random_16_bit(1100, 1333)
    expected = down @ deep.astype(float) @ across.T
    assert np.abs(65535 * decode_image(saved(deep, "PNG"))[:, :, 0] - expected).max() < 0.6


def test_a_photo_reduced_while_it_is_decoded_is_as_good_as_one_reduced_after():
    photo = Image.open(EXAMPLES / "coffee.png").resize((4032, 2688), Image.Resampling.BICUBIC)
    jpeg = saved(photo, "JPEG", quality=92)
    expected = cv2.resize(
        cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB), (1024, 683), interpolation=cv2.INTER_AREA
    )
    decoded = decode_image(jpeg)  # 4032 to 2016 while decoding, then to 1024
    assert decoded.shape == (683, 1024, 3)
    assert np.abs(decoded - expected / 255).mean() < 0.5 / 255


# Grey


def test_grey_is_luminance_as_opencv_computes_it():
    pixels = decode_image(EXAMPLES / "coffee.png")
    grey = to_grey(pixels)
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), atol=1e-6)


def test_grey_is_luminance_as_pillow_computes_it():
    path = EXAMPLES / "chelsea.png"
    expected = np.asarray(Image.open(path).convert("L")) / 255
    np.testing.assert_allclose(to_grey(decode_image(path)), expected, atol=0.51 / 255)  # Pillow rounds to bytes


def test_grey_of_grey_is_itself_and_white_stays_1():
    grey = decode_image(EXAMPLES / "camera.png")
    np.testing.assert_array_equal(to_grey(grey), grey[:, :, 0])
    assert (to_grey(np.ones((HEIGHT, WIDTH, 3), np.float32)) == 1).all()


def test_grey_wants_channels():
    with pytest.raises(ValueError, match=r"pixels has shape \(5, 7\): it must be \[height, width, channels\]"):
        to_grey(np.zeros((HEIGHT, WIDTH)))
    with pytest.raises(ValueError, match=r"with 1 or 3 channels"):
        to_grey(np.zeros((HEIGHT, WIDTH, 4)))
