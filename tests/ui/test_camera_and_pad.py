"""The camera's video and the pad in the photo's place, in a real browser: what runs, what is sent, and when it ends.

Chromium's fake camera shows a light green disk, cut as a pie, on dark green, and a clock.
"""

import base64
import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import PHONE, Held, settle

STAGE = ".picture-panel .stage"
MAP = ".figure-panel .pictures"
LIVE = ".lab-figure [data-live]"
VIDEO = f"{STAGE} video"
PAD = f"{STAGE} canvas"
TRACK = "() => document.querySelector('.stage video').srcObject.getVideoTracks()[0]"

# Counts frames of the video; the map's own are made one after the other meanwhile.
FRAMES = """count => new Promise((resolve) => {
    const video = document.querySelector(".stage video");
    const next = () => (count-- ? video.requestVideoFrameCallback(next) : resolve());
    next();
})"""

# The frame that is frozen, as the camera has it: drawn from the video when the picture is made.
KEEP_FROZEN = """() => {
    const { toBlob } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.toBlob = function (...given) {
        const video = document.querySelector(".stage video");
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        window.frozen ??= canvas.toDataURL("image/png").split(",")[1];
        return toBlob.apply(this, given);
    };
}"""


def start(page) -> None:
    """Starts the camera, and waits for its first frame."""
    page.click('[data-part="camera"]')
    page.wait_for_function("() => document.querySelector('.stage video')?.videoWidth > 0")


def press(page, words: str) -> None:
    """Presses one of the tools."""
    page.click(f'.picture-panel .tools button:text-is("{words}")')


def on_screen(page, selector: str) -> np.ndarray:
    """What a visitor sees there, as integers [height, width, 3]."""
    png = page.locator(selector).screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def shared(lab) -> np.ndarray:
    """The shared picture, as integers [height, width, 3]."""
    return np.asarray(lab.pixels(f"{STAGE} img")).astype(int)


def is_even_with_sides(picture: np.ndarray) -> bool:
    """Whether it is what Sobel x makes of shapes on an even ground: white, which is zero, with red and blue sides."""
    red, _, blue = np.moveaxis(picture, -1, 0)
    sides = [(red > blue + 60).sum(), (blue > red + 60).sum()]
    return bool((picture.min(axis=-1) > 230).mean() > 0.8 and min(sides) > 20)


def watch(page) -> list[str]:
    """What the page asks of the server from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path) if "http" in request.url[:4] else None)
    return asked


def test_the_video_runs_through_the_kernel_only_a_frozen_frame_is_sent_and_its_light_goes_out(open_lab):
    lab = open_lab()
    page = lab.page
    photo_s_map = on_screen(page, MAP)
    start(page)
    page.wait_for_selector(LIVE)
    settle(page)  # the scripts that it takes are there
    asked = watch(page)
    page.evaluate(FRAMES, 20)
    assert asked == []
    map_of_video = on_screen(page, MAP)
    assert map_of_video.shape != photo_s_map.shape or (map_of_video != photo_s_map).any()
    assert is_even_with_sides(map_of_video)

    page.evaluate(KEEP_FROZEN)
    with lab.redraw():
        press(page, "Freeze")
    settle(page)
    assert [path for path in asked if path.endswith("/upload")] == ["/gradio_api/upload"]
    assert "your picture: 640 × 480 pixels, colour" in lab.text(".picture-panel .caption")
    expect(page.locator(VIDEO)).to_be_hidden()
    # As it was seen: mirrored, as no camera that faces away from us is; but for the loss of a JPEG.
    frozen = Image.open(io.BytesIO(base64.b64decode(page.evaluate("window.frozen")))).convert("RGB")
    differing = np.abs(shared(lab) - np.asarray(frozen).astype(int)[:, ::-1])
    assert differing.mean() < 2
    assert np.abs(shared(lab) - np.asarray(frozen).astype(int)).mean() > 2 * differing.mean()

    # Its light goes out, however it ends.
    settle(page)
    before = lab.text(".picture-panel .caption")

    def ends(act):
        start(page)
        page.evaluate(FRAMES, 2)
        track = page.evaluate_handle(TRACK)
        assert track.evaluate("track => track.readyState") == "live"
        act()
        page.wait_for_selector(VIDEO, state="detached")
        assert track.evaluate("track => track.readyState") == "ended"
        settle(page)

    ends(lambda: press(page, "Stop"))
    assert lab.text(".picture-panel .caption") == before
    assert page.evaluate("document.activeElement.dataset.part") == "camera"
    ends(
        lambda: page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        delete document.hidden;
    }""")
    )
    ends(lambda: page.click('.examples [data-name="brick"]'))
    assert "512 × 512 pixels" in lab.text(".picture-panel .caption")
    ends(lambda: page.click('[role="tab"][data-tab-id="why"]'))


# Chromium has one fake camera: a second name for it.
SECOND = """() => {
    const { mediaDevices } = navigator;
    const [enumerate, open] = ["enumerateDevices", "getUserMedia"].map((name) => mediaDevices[name].bind(mediaDevices));
    mediaDevices.enumerateDevices = async () => [...await enumerate(), { kind: "videoinput", deviceId: "second" }];
    mediaDevices.getUserMedia = ({ video: { deviceId, ...video } }) => {
        window.asked = deviceId?.exact;
        return open({ video });
    };
}"""


def test_beside_a_lesson_without_a_map_another_camera_takes_over_and_why_there_is_no_video_is_told(open_lab):
    why = open_lab("", "why")
    page = why.page
    page.evaluate(SECOND)
    start(page)
    track = page.evaluate_handle(TRACK)
    press(page, "Other camera")
    page.wait_for_function(
        "track => document.querySelector('.stage video').srcObject.getVideoTracks()[0] !== track", arg=track
    )
    assert page.evaluate("window.asked") == "second"
    assert track.evaluate("track => track.readyState") == "ended"
    press(page, "Mirror")  # no longer
    assert page.eval_on_selector(VIDEO, "video => getComputedStyle(video).scale") == "none"
    press(page, "Freeze")
    page.locator(".picture-panel .caption", has_text="your picture: 640 × 480").wait_for()

    # Why there is no video is one sentence, and the picture stays.
    settle(page)
    before = why.text(".picture-panel .caption")

    def tells(sentence):
        page.click('[data-part="camera"]')
        page.locator(".picture-panel .problem", has_text=sentence).wait_for()
        assert why.text(".picture-panel .caption") == before
        expect(page.locator('[data-part="choose"]')).to_be_visible()
        assert not page.locator(VIDEO).count()

    for name, sentence in (
        ("NotAllowed", "blocked"),
        ("NotFound", "no camera"),
        ("NotReadable", "busy"),
        ("Abort", "did not"),
    ):
        page.evaluate(
            "name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name) } }",
            f"{name}Error",
        )
        tells(sentence)
    page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")  # no https
    tells("https")


@pytest.mark.browser_says("Permissions policy violation")
def test_an_iframe_that_keeps_the_camera_from_the_lab_is_told_what_it_lacks(new_page, lab):
    page = new_page()
    page.goto(f"{lab.address}/robots.txt")
    page.set_content(f"""<iframe src="{lab.address}/why" width="900" height="700" allow="camera 'none'"></iframe>""")
    frame = page.frame_locator("iframe")
    frame.locator(".lab-picture [data-mounted]").wait_for()
    frame.locator('[data-part="camera"]').click()
    frame.locator(".picture-panel .problem", has_text='allow="camera"').wait_for()


def test_a_line_drawn_by_touch_on_a_phone_becomes_the_shared_picture(open_map):
    lab = open_map(**PHONE)
    page = lab.page
    page.click('[data-part="fold"]')
    page.tap('[data-part="draw"]')
    box = page.locator(PAD).bounding_box()
    touch = page.context.new_cdp_session(page)

    def move(kind, *place):
        points = (
            [{"x": box["x"] + place[0] * box["width"] / 320, "y": box["y"] + place[1] * box["height"] / 240}]
            if place
            else []
        )
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    with lab.redraw():
        move("touchStart", 60, 200)
        for step in range(1, 9):
            move("touchMove", 60 + 25 * step, 200 - 20 * step)  # to 260, 40
        move("touchEnd")
    assert "drawing: 320 × 240 pixels" in lab.text(".picture-panel .caption")
    pixels = shared(lab).max(axis=-1)
    for right, down in ((60, 200), (160, 120), (210, 80), (260, 40)):
        assert pixels[down, right] > 200
    assert pixels[40, 60] == pixels[200, 260] == 0
    assert page.evaluate("scrollY") == 0  # the finger draws, and does not scroll
    expect(page.locator(PAD)).to_be_visible()
    press(page, "Done")
    assert not page.locator(PAD).count()


def test_shapes_are_dropped_by_keys_turned_undone_and_the_newest_drawing_counts(open_map):
    lab = open_map()
    page = lab.page
    uploads = Held(page, "**/gradio_api/upload*")
    page.click('[data-part="draw"]')
    page.focus('.tools [title="Line"]')
    with page.expect_request("**/gradio_api/upload*"):
        page.keyboard.press("Enter")
    page.wait_for_selector(LIVE)
    assert is_even_with_sides(on_screen(page, MAP))  # before the server knows of the line
    # One drawing is under way; now the line is turned upright, and a stroke follows.
    page.locator(".tools [type=range]").fill("90")
    page.click('.tools [title="Pen"]')
    page.click('.tools [title="Thick"]')
    page.click('.tools [title="Grey"]')
    box = page.locator(PAD).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)  # 80, 60
    with page.expect_request("**/gradio_api/upload*"):
        page.mouse.down()
        page.mouse.up()
    with lab.redraw():
        uploads.let_go()
    settle(page)
    pixels = shared(lab)[..., 0]
    assert (pixels[65:175, 160] > 250).all()  # 120 pixels high, around the middle
    assert pixels[120, 200] == 0
    assert pixels[60, 80] == pixels[64, 80] == pixels[60, 76] == 128

    with lab.redraw():
        press(page, "Undo")
    assert shared(lab)[60, 80, 0] == 0
    press(page, "Clear")
    press(page, "Undo")
    expect(page.locator('.tools button:text-is("Clear")')).to_be_enabled()  # it is back
    with lab.redraw():
        page.click('.examples [data-name="brick"]')
    assert not page.locator(PAD).count()
