"""The shared picture in a real browser: upload, drop, paste, and what can go wrong."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageCms
from playwright.sync_api import expect

from convdemo.images import decode_image
from convdemo.kernels import KERNELS
from tests.serving import ROOT
from tests.ui.lab import settle

EXAMPLES = ROOT / "examples"


def photo(width: int, height: int, *, orientation: int = 1, image_format: str = "JPEG") -> bytes:
    """A photo-like file: the cat, enlarged, with an EXIF orientation and a GPS place."""
    with Image.open(EXAMPLES / "chelsea.png") as cat:
        picture = cat.convert("RGB").resize((width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    picture.save(file, image_format, exif=exif)
    return file.getvalue()


def choose(lab, name: str, data: bytes, kind: str = "image/jpeg") -> None:
    """Chooses a file as the file dialog would."""
    lab.page.set_input_files('[data-part="file"]', {"name": name, "mimeType": kind, "buffer": data})


DROP = """([name, type, bytes, event, target]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const options = event === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer };
    const made = event === "paste" ? new ClipboardEvent("paste", { ...options, bubbles: true })
                                   : new DragEvent(event, { ...options, bubbles: true, cancelable: true });
    document.querySelector(target).dispatchEvent(made);
}"""


@pytest.fixture
def kept(lab):
    """The bytes of an upload as the server keeps them, by its name, which no other test may use."""

    def read(name: str) -> bytes:
        (path,) = lab.uploads.rglob(name)
        return path.read_bytes()

    return read


def test_a_photo_is_chosen_dropped_pasted_saved_and_an_example_is_one_click(open_map, lab):
    opened = open_map()
    page, caption = opened.page, ".picture-panel .caption"
    with opened.redraw():
        page.set_input_files('[data-part="file"]', EXAMPLES / "rocket.jpg")
    assert "rocket.jpg: 640 × 427 pixels, colour" in opened.text(caption)
    assert "638 × 425" in opened.caption

    for event, target in (("drop", ".picture-panel .stage"), ("paste", "body")):
        with opened.redraw():
            page.evaluate(DROP, [f"{event}.jpg", "image/jpeg", list(photo(90, 70)), event, target])
        assert f"{event}.jpg: 90 × 70 pixels" in opened.text(caption)

    with opened.redraw():
        page.click('.examples [data-name="brick"]')
    assert "512 × 512 pixels, grey" in opened.text(caption)
    assert page.locator('.examples [data-name="brick"]').get_attribute("aria-pressed") == "true"

    # The same file twice, and what is loaded can be saved.
    for choice in ("file", "example", "file"):
        with opened.redraw():
            if choice == "file":
                choose(opened, "one.jpg", photo(2000, 1000))
            else:
                page.click('.examples [data-name="camera"]')
    assert "one.jpg: 1024 × 512" in opened.text(caption)
    with page.expect_download() as download:
        page.click('[data-part="save"]')
    with Image.open(download.value.path()) as picture:
        assert picture.size == (1024, 512)
        assert picture.mode == "RGB"

    # One that the server has deleted is sent again by itself.
    with opened.redraw():
        choose(opened, "deleted.png", photo(77, 55, image_format="PNG"), "image/png")
    (path,) = lab.uploads.rglob("deleted.png")
    path.unlink()
    with opened.redraw():
        opened.pick("emboss")
    assert "deleted.png, Emboss: 75 × 53" in opened.caption
    expect(page.locator(".picture-panel .problem")).to_be_hidden()

    # Text that is pasted into a cell is not a picture.
    opened.cell(1, 1).focus()
    with opened.redraw():
        page.evaluate(
            """() => {
                const transfer = new DataTransfer();
                transfer.setData("text", "1 2; 3 4");
                const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
                document.activeElement.dispatchEvent(paste);
            }"""
        )
    assert opened.cells() == [["1", "2"], ["3", "4"]]
    expect(page.locator(".picture-panel .problem")).to_be_hidden()


def test_a_phone_photo_is_reduced_before_it_travels_upright_without_exif(open_map, kept):
    lab = open_map()
    data = photo(4000, 3000, orientation=6)  # the camera was held upright: 3000 wide, 4000 high
    with lab.redraw(), lab.page.expect_request("**/gradio_api/upload*") as sent:
        choose(lab, "phone.jpg", data)
    # A quarter of a megabyte, against 10 MB from a phone.
    assert 10_000 < int(sent.value.all_headers()["content-length"]) < min(len(data), 250_000)
    assert b"Exif" not in kept("phone.jpg")
    assert "phone.jpg: 768 × 1024 pixels" in lab.text(".picture-panel .caption")
    assert "reduced from 3000 × 4000" in lab.text(".picture-panel .caption")
    lab.page.wait_for_selector(".lab-figure img[src$='feature-map.png']")  # after its preview
    assert lab.pixels(".picture-panel .stage img").size == (768, 1024)


def test_what_is_lossless_travels_as_it_is_and_what_is_reduced_here_has_the_servers_numbers(open_map, kept):
    """A JPEG, and a PNG that is larger than may be sent, are reduced by the browser; all else by the server."""
    lab = open_map("?kernel=identity")

    pixels = np.random.default_rng(7).integers(0, 256, (20, 31, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    with lab.redraw():
        choose(lab, "noise.png", file.getvalue(), "image/png")
    assert np.array_equal(lab.pixels(".picture-panel .stage img"), pixels)  # a small picture is not reduced

    def sent(name, picture, **options):
        file = io.BytesIO()
        picture.save(file, name.rpartition("_")[2].upper(), **options)
        with lab.redraw(), lab.page.expect_request("**/gradio_api/upload*") as request:
            choose(lab, f"{name}.png", file.getvalue(), "image/png")  # whatever it is called
        with Image.open(io.BytesIO(kept(f"{name}.{'jpg' if name.endswith('jpeg') else 'png'}"))) as opened:
            reduced = np.asarray(opened)
        expected = np.squeeze(decode_image(file.getvalue()))
        at_most = file.tell() + 1000
        return int(request.value.all_headers()["content-length"]), at_most, reduced, expected

    deep = Image.fromarray(np.linspace(0, 65535, 1200 * 1500).astype(np.uint16).reshape(1200, 1500))
    size, whole, reduced, expected = sent("deep_png", deep)
    assert whole - 1000 < size < whole
    assert reduced.dtype == np.uint16
    assert np.abs(reduced / 65535 - expected).max() < 1e-5

    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(EXAMPLES / "coffee.png") as coffee:
        cup = coffee.convert("RGB").resize((1500, 1000), Image.Resampling.BICUBIC)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()  # not a screen's, and not applied
    size, whole, reduced, expected = sent("lying_webp", cup, exif=exif, lossless=True, icc_profile=profile)
    assert whole - 1000 < size < whole
    assert reduced.shape == (1024, 683, 3)
    assert np.abs(reduced / 255 - expected).max() < 1e-6

    size, whole, reduced, expected = sent("lying_jpeg", cup, exif=exif, quality=95, icc_profile=profile)
    assert size < 240_000
    assert reduced.shape == (1024, 683, 3)
    assert 255 * np.abs(reduced / 255 - expected).mean() < 2  # two JPEGs, one of the other

    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8))
    size, whole, reduced, expected = sent("huge_png", noise)
    assert whole > 8_000_000 > size
    assert 255 * np.abs(reduced / 255 - expected).max() < 1.01
    assert "reduced from 2000 × 1500" in lab.text(".picture-panel .caption")


def test_what_is_no_picture_is_refused_in_a_sentence_and_the_last_picture_stays(open_map):
    lab = open_map()
    problem, last = lab.page.locator(".picture-panel .problem"), "Coffee cup"
    for (name, kind, data, sentence), kernel in zip(
        (
            ("notes.txt", "text/plain", b"hello", "not a picture"),
            ("empty.png", "image/png", b"", "empty"),
            ("broken.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "damaged"),
            ("cut.jpg", "image/jpeg", photo(200, 100)[:900], "damaged"),
        ),
        ("emboss", "sharpen", "outline", "gaussian"),
        strict=True,
    ):
        choose(lab, name, data, kind)
        problem.wait_for(state="visible")
        assert sentence in problem.inner_text(), name
        with lab.redraw():  # and the lab goes on with the picture that is still on screen
            lab.pick(kernel)
        assert f"{last}, {KERNELS[kernel].title}" in lab.caption, name
        expect(problem).to_be_visible()  # still there to be read
        with lab.redraw():
            choose(lab, f"instead-of-{name}.jpg", photo(120, 80))
        expect(problem).to_be_hidden()
        last = f"instead-of-{name}.jpg"


@pytest.mark.browser_says("ERR_FAILED")
def test_progress_is_shown_while_a_photo_travels_and_ends_also_where_the_picture_cannot_be_shown(open_map):
    lab = open_map()
    seen = []
    lab.page.expose_function("sawProgress", lambda text: seen.append(text))
    lab.page.evaluate(
        """() => new MutationObserver(() => {
            const status = document.querySelector("[data-part=status]");
            if (status.textContent) window.sawProgress(status.textContent);
        }).observe(document.querySelector("[data-part=status]"), { childList: true })"""
    )
    network = lab.page.context.new_cdp_session(lab.page)
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 40, "downloadThroughput": -1, "uploadThroughput": 80_000},
    )
    with lab.redraw():
        choose(lab, "slow.jpg", photo(1000, 700))
    lab.page.wait_for_selector(".picture-panel .progress", state="hidden")  # the photo may come after its feature map
    assert any("Reading" in text for text in seen)
    assert any(re.fullmatch(r"Sending… \d+ %", text) for text in seen)

    lab.page.route("**/rocket.webp", lambda route: route.abort())
    with lab.redraw():
        lab.page.click('.examples [data-name="rocket"]')
    lab.page.wait_for_selector(".picture-panel .progress", state="hidden")
    assert "Rocket: 640 × 427" in lab.text(".picture-panel .caption")
    assert lab.page.eval_on_selector(".picture-panel .stage img", "image => image.naturalWidth") == 0  # it did not come


def test_after_two_bad_pictures_in_quick_succession_the_good_one_is_back(open_map):
    lab = open_map()
    asked = []

    def answer(route):
        """Holds what is asked for secondly: the good picture, since the first one is bad."""
        asked.append(route)
        if len(asked) != 2:
            route.continue_()

    lab.page.route("**/gradio_api/run/predict*", answer)
    choose(lab, "first.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "image/png")
    while len(asked) < 2:
        lab.page.wait_for_function("() => true")  # lets what the browser asks for arrive
    with lab.page.expect_response("**/gradio_api/upload*"):
        choose(lab, "second.png", b"\x89PNG\r\n\x1a\n" + b"y" * 50, "image/png")
    lab.page.evaluate("window.inFlight.frames(4)")
    asked[1].continue_()  # the good one is answered when another one is chosen already
    settle(lab.page)
    with lab.redraw():
        lab.pick("emboss")
    lab.has_caption("Coffee cup, Emboss")
