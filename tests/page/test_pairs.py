"""A visitor's own pair, without a browser: taken pixel by pixel, laid on each other, and what no kernel explains.

The pictures after are made by NumPy, SciPy and Pillow. Where the folder of shared cases lies beside the repository, all
its pairs are tried too.
"""

import html
import json
import runpy
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage, signal

from convdemo.images import pack, unpack
from convdemo.ui.layer.settings import Settings
from convdemo.ui.learn import lesson as tab
from convdemo.ui.learn.experiment import history_at, set_up
from convdemo.ui.learn.own_pair import open_pair
from convdemo.ui.learn.program import write_learn_program
from convdemo.ui.learn.settings import read_learn_settings
from convdemo.ui.learn.state import STATE
from convdemo.ui.picture import opening
from convdemo.ui.picture.opening import open_picture, read_upload
from tests.page.request import run_async
from tests.page.test_formats import FORMATS, SMALL
from tests.page.uploads import upload

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "cases" / "pictures"
LAYER = {"stride": 1, "padding": "none", "dilation": 1}
BOX = np.ones((3, 3)) / 9
LOPSIDED = np.array([[4, 3, 2], [3, 1, 1], [1, 1, 0]]) / 16
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], float)


# Pillow closes a file of many frames when the program ends.
_GIF_STAYS_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _own_folder(upload_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def large(height=1100, width=1300, seed=0):
    """A picture that the page would reduce, with detail in each of its pixels: uint8."""
    noise = np.random.default_rng(seed).integers(-60, 60, (height, width))
    return np.uint8(np.linspace(70, 180, width)[None] + noise)


def as_bytes(values):
    return np.uint8(np.rint(np.clip(values, 0, 255)))


def request(before, after, **changes):
    held = {"path": after["upload"], "name": after["name"], **changes.pop("held", {})}
    return {"picture": before, **LAYER, **STATE.defaults, "source": "pair", "after": held, "scrub": 0, **changes}


def shown(given):
    """What the status says, as text."""
    return html.unescape(given["status"])


def learned(given):
    """The least-squares kernel of a request, and the sentence of the status."""
    answer = tab.prepare(given)
    assert "Ready" in shown(answer), shown(answer)
    return tab._read(given).experiment.problem, shown(answer), answer


# ---- one thing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [[[0, 0, 0], [0, 1, 0], [0, 0, 0]], BOX, LOPSIDED])
def test_a_large_pair_is_learned_from_pixel_by_pixel(kernel):
    before, kernel = large(), np.asarray(kernel, float)
    after = as_bytes(ndimage.correlate(before.astype(float), kernel, mode="mirror"))
    problem, status, _ = learned(request(upload(before), upload(after, "after.png")))
    np.testing.assert_allclose(problem.kernel, kernel, atol=1e-3)
    assert problem.positions == 1098 * 1298
    assert "rounding" in status or "explains every value" in status


def test_a_large_pair_is_drawn_small_and_says_so():
    answer = tab.prepare(request(upload(large()), upload(large(seed=1), "after.png")))
    assert "1298 × 1098" in answer["wanted"]
    assert "one pixel in 2 × 2 drawn" in answer["wanted"]
    run = list(run_async(collect(tab.learn(request(upload(large()), upload(large(), "after.png"), steps=3)))))
    assert "Done" in shown(run[-1])
    assert len(run[0]["now"]) < 200_000  # a preview


async def collect(answers):
    return [answer async for answer in answers]


def test_what_the_browser_reduced_is_asked_for_whole():
    before, reduced = large(), upload(Image.fromarray(large()).resize((1024, 866)), "mine.jpg")
    reduced["original"] = [1100, 1300]
    after = upload(before, "after.png")
    for act in (tab.prepare, tab.show, tab.step_once):
        answer = act(request(reduced, after))
        assert answer["after"]["wanted"]["of"] == reduced["upload"]
        assert "whole" in shown(answer)
        assert set(answer) <= {"after", "status"}
    (answer,) = run_async(collect(tab.learn(request(reduced, after))))
    assert answer["after"]["wanted"]["of"] == reduced["upload"]
    whole = upload(before, "whole.png")
    sent = {"before": {"of": reduced["upload"], "path": whole["upload"]}}
    problem, *_ = learned(request(reduced, after, held=sent))
    np.testing.assert_allclose(problem.kernel, [[0, 0, 0], [0, 1, 0], [0, 0, 0]], atol=1e-6)
    # Another picture has been chosen: what was sent belongs to the one before.
    other = upload(Image.fromarray(large()).resize((1024, 866)), "other.jpg") | {"original": [1100, 1300]}
    assert tab.prepare(request(other, after, held=sent))["after"]["wanted"]["of"] == other["upload"]
    lost = {"before": {"of": reduced["upload"], "lost": True}}
    assert "reduced from 1300 × 1100 to 1024 × 866 pixels" in shown(tab.prepare(request(reduced, after, held=lost)))


def test_a_picture_that_the_server_reduced_is_asked_for_whole_and_a_small_one_is_not():
    tiff, after = upload(large(), "scan.tif"), upload(large(), "after.png")
    open_picture(tiff)  # the page has drawn it: the reduced one has taken the place of its file
    assert tab.prepare(request(tiff, after))["after"]["wanted"]["of"] == tiff["upload"]
    small = upload(large()[:300, :400], "small.png")
    open_picture(small)
    learned(request(small, upload(large()[:300, :400], "after.png")))


def test_what_is_larger_than_may_be_sent_is_cut_alike_and_the_page_says_where():
    before, after = upload(large()[:400, :600], "a.png"), upload(large()[:400, :600], "b.png")
    reduced = upload(large()[:866, :1024], "mine.png") | {"original": [3000, 3547]}
    waits = request(reduced, after)
    waits["after"] = {"name": "huge.png", "waits": True}
    assert tab.prepare(waits)["after"]["wanted"]["of"] == reduced["upload"]
    cut = {"row": 1296, "column": 1472, "height": 400, "width": 600}
    sent = {"cut": cut, "before": {"of": reduced["upload"], "path": before["upload"]}}
    _, status, answer = learned(request(reduced, after, held=sent))
    assert "the same 600 × 400 pixels of both are compared, from row 1297 and column 1473 on" in status
    assert "# Your own file, whole" in answer["code"]["value"]
    assert "image = image[1296 : 1696, 1472 : 2072]" in answer["code"]["value"]
    # Another picture at the side: both are to be cut anew.
    other = upload(large()[:400, :600], "other.png")
    for reference in (other, {"example": "coffee"}):
        wanted = tab.prepare(request(reference, after, held=sent))["after"]["wanted"]
        assert wanted["of"] == reference.get("upload", "")
    for wrong in ("x", {"row": "1"}, [], {"row": 1.5, "column": 0, "height": 1, "width": 1}):
        assert "pixels of both" not in learned(request(reduced, after, held=sent | {"cut": wrong}))[1]


def test_a_whole_upload_is_replaced_by_its_numbers_and_read_again():
    pixels = np.random.default_rng(0).integers(0, 256, (1100, 1200, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    sent = upload(pixels, "photo.png", exif=exif)
    path = Path(sent["upload"])
    assert b"where I live" in path.read_bytes()
    first = read_upload(sent["upload"])
    assert b"where I live" not in path.read_bytes()
    opening._kept_exact.cache_clear()
    for photo in (first, read_upload(sent["upload"])):
        np.testing.assert_array_equal(photo.pixels, pixels)
    scan = np.random.default_rng(1).integers(0, 65536, (1100, 1200), dtype=np.uint16)
    sent = upload(scan, "scan.png")
    for _ in range(2):
        np.testing.assert_array_equal(read_upload(sent["upload"]).pixels[:, :, 0], np.float32(scan / 65535))
        opening._kept_exact.cache_clear()


def test_a_packed_photo_is_the_photo():
    photo = open_picture(upload(large()[:40, :50])).photo
    assert pack(photo).pixels.dtype == np.uint8
    np.testing.assert_array_equal(unpack(pack(photo)).pixels, photo.pixels)
    finer = type(photo)(photo.pixels / 3, photo.original_size)
    assert pack(finer) is finer


# ---- sizes and places ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "words"),
    [("valid", "The after is 598 × 398 of 600 × 400"), ("full", "The after is 602 × 402, more than 600 × 400")],
)
def test_a_border_that_was_lost_or_won_is_told(mode, words):
    before = large(400, 600)
    after = as_bytes(signal.correlate2d(before.astype(float), LOPSIDED, mode))
    problem, status, _ = learned(request(upload(before), upload(after, "after.png")))
    np.testing.assert_allclose(problem.kernel, LOPSIDED, atol=3e-3)
    assert words in status


def test_other_sizes_are_refused_with_those_that_fit_and_a_kernel_that_does():
    before, after = upload(large(400, 600)), upload(large(200, 300), "after.png")
    status = shown(tab.prepare(request(before, after)))
    assert "after is 300 × 200 pixels, but the picture at the side is 600 × 400" in status
    assert "makes 600 × 400 or 598 × 398 or 602 × 402 of it" in status
    answer = tab.prepare(request(before, upload(large(394, 594), "after.png")))
    assert "one of 7 × 7 would fit" in shown(answer)
    assert (answer["offer"]["value"], answer["offer"]["visible"]) == ("Learn 7 × 7", True)
    taken = tab.take_offer(request(before, upload(large(394, 594), "after.png")))
    assert (taken["rows"]["value"], taken["columns"]["value"]) == (7, 7)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ([[1, -1]], "one column to the right"),
        ([[1], [-1]], "one row down"),
        ([[0.25, 0.25], [0.25, 0.25]], "one row down and one column to the right"),
        ([[0.375, 0.25, 0.125], [0.125, 0, 0.125]], "one row down"),
    ],
)
def test_the_place_of_an_even_kernel_is_found_and_told(kernel, words):
    before, kernel = large(300, 400), np.asarray(kernel, float)
    offset = 0 if kernel.sum() > 0.5 else 128
    after = as_bytes(ndimage.correlate(before.astype(float), kernel / (1 + (offset > 0)), mode="mirror") + offset)
    rows, columns = kernel.shape
    given = request(upload(before), upload(after, "after.png"), rows=rows, columns=columns, bias=True)
    problem, status, answer = learned(given)
    np.testing.assert_allclose(problem.kernel, kernel / (1 + (offset > 0)), atol=3e-3)
    assert f"The after lies {words}, as OpenCV’s and SciPy’s do for an even side" in status
    assert "image = image[0 : " in answer["code"]["value"]


# ---- what no kernel explains ---------------------------------------------------------------------------------------


def test_a_reason_is_told_with_its_number_and_a_button_that_helps():
    before = np.uint8(0.6 * large(300, 400) + 40)
    after = as_bytes(ndimage.correlate(before.astype(float), SOBEL, mode="mirror"))
    black = np.mean(after[1:-1, 1:-1] == 0)
    given = request(upload(before), upload(after, "after.png"))
    _, status, answer = learned(given)
    assert f"{100 * black:.0f} % of the after is exactly 0" in status
    assert "was it clipped?" in status
    assert answer["offer"] == {"value": "Leave these pixels out", "visible": True, "__type__": "update"}
    taken = tab.take_offer(given)
    assert taken["compare"]["value"] == "inside"
    problem, status, answer = learned(given | {"compare": taken["compare"]["value"]})
    np.testing.assert_allclose(problem.kernel, SOBEL, atol=1e-3)
    assert "Compared without what is exactly 0 or 1" in status
    assert answer["query"] == "learn_source=pair&learn_compare=inside"
    assert answer["offer"]["visible"] is False


def test_a_bias_is_offered_and_a_picture_of_two_values_has_nothing_inside():
    before = large(300, 400)
    after = as_bytes(ndimage.correlate(before.astype(float), SOBEL, mode="mirror") / 8 + 128)
    given = request(upload(before), upload(after, "after.png"))
    _, status, answer = learned(given)
    assert "Your program added about 0.5" in status
    assert "(128 of 255)" in status
    assert answer["offer"]["value"] == "Learn a bias too"
    assert tab.take_offer(given)["bias"]["value"] is True
    two = upload(np.uint8(255 * (before > 120)), "two.png")
    assert "exactly 0 or 1" in shown(tab.prepare(request(upload(before), two, compare="inside")))
    assert tab.take_offer(request(upload(before), two, compare="inside")) == {}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda before: ndimage.median_filter(before, 3), "100 % of the after are the median of their 3 × 3 window"),
        (lambda before: np.abs(ndimage.correlate(before.astype(float), SOBEL / 4)), "dropped the sign"),
        (lambda before: ndimage.correlate(before.astype(float), np.ones((5, 5)) / 25), "A kernel of 5 × 5 leaves"),
        (
            lambda before: (
                ndimage.correlate(before.astype(float), BOX) + np.random.default_rng(3).normal(0, 5, before.shape)
            ),
            "looks like noise",
        ),
        (lambda before: ndimage.convolve(before.astype(float), LOPSIDED), "turned by 180 degrees"),
        (lambda before: 255 * (ndimage.correlate(before.astype(float), BOX) / 255) ** 0.5, "raised to the power 2:"),
    ],
)
def test_each_reason_is_a_sentence(make, words):
    before = large(200, 300)
    assert words in learned(request(upload(before), upload(as_bytes(make(before)), "after.png")))[1]


def test_another_grey_and_linear_light_can_be_compared():
    colours = np.random.default_rng(2).integers(20, 230, (200, 300, 3), dtype=np.uint8)
    after = as_bytes(ndimage.correlate(colours @ np.array([0.2126, 0.7152, 0.0722]), BOX))
    given = request(upload(colours), upload(after, "after.png"))
    _, status, answer = learned(given)
    assert "0.21 red + 0.72 green + 0.07 blue, Rec. 709" in status
    assert answer["offer"]["value"] == "Compare in Rec. 709 grey"
    np.testing.assert_allclose(learned(given | {"compare": "rec709"})[0].kernel, BOX, atol=2e-3)

    grey = np.random.default_rng(3).integers(5, 250, (200, 300), dtype=np.uint8)
    light = ndimage.correlate(np.where(grey <= 10, grey / 255 / 12.92, ((grey / 255 + 0.055) / 1.055) ** 2.4), BOX)
    given = request(upload(grey), upload(as_bytes(255 * (1.055 * light ** (1 / 2.4) - 0.055)), "after.png"))
    assert "your program filters in linear light" in learned(given)[1]
    np.testing.assert_allclose(learned(given | {"compare": "linear"})[0].kernel, BOX, atol=2e-3)


@pytest.mark.parametrize("compare", ["inside", "linear", "rec709", "mean"])
def test_the_shown_program_compares_the_same(compare, tmp_path):
    pixels = np.random.default_rng(5).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    after = as_bytes(ndimage.correlate(pixels.mean(axis=2), [[1.5, -0.5]], mode="mirror"))
    sent = upload(pixels), upload(after, "after.png")
    given = request(*sent, rows=1, columns=2, compare=compare, steps=9, bias=True)
    asked = read_learn_settings({name: given[name] for name in STATE.defaults})
    before, filtered = open_pair(given["picture"], given["after"])
    picture = open_picture(sent[0])
    experiment = set_up(asked, Settings(), before, filtered)
    history = history_at(experiment, asked, 9)
    Image.fromarray(pixels).save(tmp_path / picture.save_as)
    Image.fromarray(after).save(tmp_path / "after.png")
    program = write_learn_program(asked, Settings(), picture, experiment.study)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        ran = runpy.run_path("program.py")
    np.testing.assert_allclose(ran["losses"], history.losses, rtol=2e-3)
    np.testing.assert_allclose(ran["kernel"], history.kernel, rtol=0, atol=2e-3 * np.abs(history.kernel).max())


def beginnings(reference, after, **changes):
    """What a request is learned from: by the page, and by its program, in a folder with the files that it opens."""
    given = request(reference, after, **changes)
    asked = tab._read(given)
    program = write_learn_program(asked.settings, asked.layer, asked.picture, asked.experiment.study, asked.cut)
    Path("beginning.py").write_text(program.partition("conv = ")[0], encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return asked.experiment, runpy.run_path("beginning.py"), program


def check_program(before, after):
    """The program learns from the page's numbers; a picture that the page reduced or stretched is the visitor's own."""
    sent = upload(before, "before.png"), upload(after, "after.png")
    picture = open_picture(sent[0])
    is_large = picture.original_size != picture.photo.size
    changes = {}
    if is_large:
        whole = upload(before, "whole.png")
        changes = {"held": {"before": {"of": sent[0]["upload"], "path": whole["upload"]}}}
    Path("after.png").write_bytes(after)
    Path("before.png").write_bytes(before if is_large else Path(picture.file).read_bytes())
    experiment, ran, program = beginnings(*sent, **changes)
    np.testing.assert_allclose(ran["image"], experiment.image, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ran["target"][..., 0], experiment.target, rtol=0, atol=1e-6)
    if not picture.is_changed:  # and the visitor's own file does as well
        Path("before.png").write_bytes(before)
        _, ran, _ = beginnings(*sent)
        np.testing.assert_allclose(ran["image"], experiment.image, rtol=0, atol=1e-6)
    return program


@_GIF_STAYS_OPEN
@pytest.mark.parametrize("name", FORMATS)
def test_the_shown_program_opens_every_kind_of_picture(name):
    data = FORMATS[name](SMALL)[0]
    check_program(data, data)


@_GIF_STAYS_OPEN
def test_the_shown_program_opens_a_gif_whose_first_frame_is_small_and_a_large_scan(shared_files):
    for name in ("gif-small.gif", "gradient16-large.png"):
        data = (shared_files / name).read_bytes()
        check_program(data, data)


def test_a_pair_of_12_bits_has_one_white_though_the_after_is_dark():
    before = np.random.default_rng(0).integers(0, 4096, (40, 50)).astype(np.uint16)
    after = np.uint16(np.rint(before / 20))
    for pixels in (before, after):
        Image.fromarray(pixels).save("after.png")
    problem, *_ = learned(request(upload(before, "a.png"), upload(after, "after.png")))
    np.testing.assert_allclose(problem.kernel, [[0, 0, 0], [0, 0.05, 0], [0, 0, 0]], atol=1e-3)
    sent = upload(before, "a.png"), upload(after, "after.png")
    Path("a.png").write_bytes(Path(open_picture(sent[0]).file).read_bytes())
    experiment, ran, program = beginnings(*sent)
    assert "after / 4095" in program
    np.testing.assert_allclose(ran["target"][..., 0], experiment.target, rtol=0, atol=1e-6)


@_GIF_STAYS_OPEN
def test_the_shown_program_runs_for_every_shared_case(shared_files):
    cases = json.loads((CASES / "pictures.json").read_text(encoding="utf-8"))["pictures"]
    for case in (case for case in cases if case["kind"] == 5):
        check_program(*((shared_files / name).read_bytes() for name in case["files"]))


# ---- the shared cases ----------------------------------------------------------------------------------------------

HINTS = {
    "odd-clipped-sobel": ("52 % of the after is exactly 0", "% is exactly 1: was it clipped?"),
    "odd-absolute-sobel": ("dropped the sign", "-1 0 1; -2 0 2; -1 0 1"),
    "odd-linear-light": ("raised to the power 2.3", "linear light"),
    "odd-noise": ("6 grey levels", "looks like noise"),
    "odd-flipped": ("turned by 180 degrees",),
    "odd-median": ("100 % of the after are the median of their 3 × 3 window",),
    "odd-jpeg30": ("saved as a JPEG",),
    "odd-jpeg30-sharpen": ("saved as a JPEG", "was it clipped as well?"),
    "odd-rec709": ("0.21 red + 0.72 green + 0.07 blue, Rec. 709",),
}
"""What the page must say of the pairs of kind 3: the hints of the shared cases, in its words."""


@pytest.fixture(scope="session")
def shared_files(tmp_path_factory):
    """The folder of the shared pictures, made, where the folder of the cases lies beside the repository."""
    if not (CASES / "make.py").is_file():
        pytest.skip("no shared cases beside the repository")
    folder = tmp_path_factory.mktemp("pairs")
    made = subprocess.run(
        [sys.executable, CASES / "make.py", ROOT / "examples", folder], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("the shared pictures cannot be made here")
    return folder


@pytest.fixture(scope="session")
def shared_pairs(shared_files):
    cases = json.loads((CASES / "pictures.json").read_text(encoding="utf-8"))["pictures"]
    return [case for case in cases if case["kind"] <= 3], shared_files


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_every_shared_pair_gives_its_right_answer(kind, shared_pairs):
    cases, folder = shared_pairs
    for case in (case for case in cases if case["kind"] == kind):
        sent = [upload((folder / name).read_bytes(), name) for name in case["files"]]
        problem, status, _ = learned(request(*sent, **case["learn"]))
        right = case["right"]
        if kind == 1:
            kernels = [right["made_by"], right["kernel"], right["with_clipped_pixels"]["kernel"]]
            assert min(np.abs(problem.kernel - kernel).max() for kernel in kernels) <= case["tolerance_per_weight"]
        elif kind == 2:
            np.testing.assert_allclose(problem.kernel, right["kernel_at_best_shift"], atol=2e-3)
            moved = right["best_shift_rows_columns"] != "0,0"
            assert ("as OpenCV’s" in status) == moved, case["id"]
        else:
            for words in HINTS[case["id"]]:
                assert words in status, (case["id"], status)
