"""The shared picture in a real browser: upload, drop, paste, and what can go wrong."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageCms

from convdemo.images import decode_image
from tests.serving import ROOT

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


def test_a_photo_from_disk_gets_its_feature_map(open_lab):
    lab = open_lab()
    with lab.redraw():
        lab.page.set_input_files('[data-part="file"]', EXAMPLES / "rocket.jpg")
    assert "rocket.jpg: 640 × 427 pixels, colour" in lab.text(".picture-panel .caption")
    assert "638 × 425" in lab.caption


def test_a_small_picture_is_not_reduced(open_lab):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (20, 31, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    lab = open_lab("?kernel=identity")
    with lab.redraw():
        choose(lab, "noise.png", file.getvalue(), "image/png")
    assert np.array_equal(lab.pixels(".picture-panel .stage img"), pixels)


def test_a_phone_photo_is_reduced_before_it_travels_upright_without_exif(open_lab, kept):
    lab = open_lab()
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


def test_what_is_lossless_travels_as_it_is_and_what_is_reduced_here_has_the_servers_numbers(open_lab, kept):
    """A JPEG, and a PNG that is larger than may be sent, are reduced by the browser; all else by the server."""
    lab = open_lab("?kernel=identity")

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


@pytest.mark.parametrize(("event", "target"), [("drop", ".picture-panel .stage"), ("paste", "body")])
def test_a_picture_can_be_dropped_or_pasted(open_lab, event, target):
    lab = open_lab()
    with lab.redraw():
        lab.page.evaluate(DROP, [f"{event}.jpg", "image/jpeg", list(photo(90, 70)), event, target])
    assert f"{event}.jpg: 90 × 70 pixels" in lab.text(".picture-panel .caption")


def test_pasting_text_into_a_cell_is_not_a_picture(open_lab):
    lab = open_lab()
    lab.cell(1, 1).focus()
    with lab.redraw():
        lab.page.evaluate(
            """() => {
                const transfer = new DataTransfer();
                transfer.setData("text", "1 2; 3 4");
                const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
                document.activeElement.dispatchEvent(paste);
            }"""
        )
    assert lab.cells() == [["1", "2"], ["3", "4"]]
    assert not lab.page.locator(".picture-panel .problem").is_visible()


def test_an_example_is_one_click(open_lab):
    lab = open_lab()
    with lab.redraw():
        lab.page.click('.examples [data-name="brick"]')
    assert "512 × 512 pixels, grey" in lab.text(".picture-panel .caption")
    assert lab.page.locator('.examples [data-name="brick"]').get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize(
    ("name", "kind", "data", "sentence"),
    [
        ("notes.txt", "text/plain", b"hello", "not a picture"),
        ("empty.png", "image/png", b"", "empty"),
        ("broken.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "damaged"),
        ("cut.jpg", "image/jpeg", photo(200, 100)[:900], "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence_and_the_last_picture_stays(open_lab, name, kind, data, sentence):
    lab = open_lab()
    choose(lab, name, data, kind)
    problem = lab.page.locator(".picture-panel .problem")
    problem.wait_for(state="visible")
    assert sentence in problem.inner_text()
    with lab.redraw():  # and the lab goes on with the picture that is still on screen
        lab.pick("emboss")
    assert "Coffee cup, Emboss" in lab.caption
    assert problem.is_visible()  # still there to be read
    with lab.redraw():
        choose(lab, "good.jpg", photo(120, 80))
    assert not problem.is_visible()


def test_the_same_file_can_be_chosen_twice(open_lab):
    lab = open_lab()
    data = photo(64, 48)
    with lab.redraw():
        choose(lab, "one.jpg", data)
    with lab.redraw():
        lab.page.click('.examples [data-name="camera"]')
    with lab.redraw():
        choose(lab, "one.jpg", data)
    assert "one.jpg: 64 × 48" in lab.text(".picture-panel .caption")


def test_a_photo_that_the_server_has_deleted_is_sent_again_by_itself(open_lab, lab):
    opened = open_lab()
    with opened.redraw():
        choose(opened, "deleted.png", photo(77, 55, image_format="PNG"), "image/png")
    (path,) = lab.uploads.rglob("deleted.png")
    path.unlink()
    with opened.redraw():
        opened.pick("emboss")
    assert "deleted.png, Emboss: 75 × 53" in opened.caption
    assert not opened.page.locator(".picture-panel .problem").is_visible()


def test_progress_is_shown_while_a_photo_travels(open_lab):
    lab = open_lab()
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


@pytest.mark.browser_says("ERR_FAILED")
def test_progress_ends_also_where_the_picture_cannot_be_shown(open_lab):
    lab = open_lab()
    lab.page.route("**/rocket.webp", lambda route: route.abort())
    with lab.redraw():
        lab.page.click('.examples [data-name="rocket"]')
    lab.page.wait_for_selector(".picture-panel .progress", state="hidden")
    assert "Rocket: 640 × 427" in lab.text(".picture-panel .caption")
    assert lab.page.eval_on_selector(".picture-panel .stage img", "image => image.naturalWidth") == 0  # it did not come


def test_the_working_picture_can_be_saved(open_lab):
    lab = open_lab()
    with lab.redraw():
        choose(lab, "big.jpg", photo(2000, 1000))
    with lab.page.expect_download() as download:
        lab.page.click('[data-part="save"]')
    with Image.open(download.value.path()) as picture:
        assert picture.size == (1024, 512)
        assert picture.mode == "RGB"
