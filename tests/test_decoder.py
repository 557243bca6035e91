"""A decoder that crashes, hangs, grows or lies takes nothing down. Pictures are compared with those of `read_photo`."""

import io
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdemo.decoder import BusyError, Decoder
from convdemo.images import MAX_BYTES, ImageError, read_photo
from tests.serving import HANG, ROOT

PIXELS = np.random.default_rng(0).integers(0, 256, (37, 53, 3), np.uint8)


def png(pixels=PIXELS):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def decoder():
    """A decoder that has all the time in the world."""
    decoder = Decoder(seconds=HANG, patience=HANG)
    yield decoder
    decoder.stop()


def broken(program, seconds=HANG):
    """A decoder whose process runs another program."""
    return Decoder(seconds=seconds, patience=HANG, program=("-c", program))


def test_pictures_are_those_of_read_photo(decoder):
    large = np.zeros((1500, 1100), np.uint8)
    for data in (png(), png(PIXELS[:, :, 0]), png(large), (ROOT / "examples" / "rocket.jpg").read_bytes()):
        photo, expected = decoder.read(data), read_photo(data)
        np.testing.assert_array_equal(photo.pixels, expected.pixels)
        assert photo.original_size == expected.original_size
        assert not photo.pixels.flags.writeable
    assert photo.pixels.dtype == np.float32


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", png()[:200], b"\0" * (MAX_BYTES + 1)], ids=len)
def test_what_is_no_picture_is_told_in_the_same_words(decoder, data):
    with pytest.raises(ImageError) as expected:
        read_photo(data)
    with pytest.raises(ImageError) as told:
        decoder.read(data)
    assert str(told.value) == str(expected.value)
    assert decoder.read(png()).size == (37, 53)


def test_after_a_crash_the_next_picture_is_opened(decoder):
    decoder.start()
    for _ in range(2):
        decoder._process.kill()
        decoder._process.wait(HANG)
        assert decoder.read(png()).size == (37, 53)


SHAPE = b'{"shape": [9, 9, 3], "original_size": [9, 9]}'
LIE = len(SHAPE).to_bytes(8, "big") + SHAPE + (8).to_bytes(8, "big") + bytes(8)  # 2 numbers for 243


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import sys; sys.stdin.buffer.read(20)",  # ends in the middle of the file
        "import sys; sys.stdout.buffer.write(b'x' * 100)",  # no length
        "import sys; sys.stdout.buffer.write(b'\\xff' * 8)",  # more than all that there is
        "import sys; sys.stdout.buffer.write(b'\\0' * 7 + b'\\2[]')",
        "import sys; sys.stdout.buffer.write(b'\\0' * 7 + b'\\2{}' + b'\\0' * 8)",
        f"import sys; sys.stdout.buffer.write({LIE!r})",
    ],
)
def test_a_process_that_ends_or_says_something_else_is_a_file_that_cannot_be_opened(program):
    decoder = broken(program)
    for _ in range(2):
        with pytest.raises(ImageError, match="The file broke the program that opens pictures: save it again"):
            decoder.read(png())
    decoder.stop()


def test_a_file_that_takes_too_long_is_given_up():
    decoder = broken("import sys, threading; sys.stdin.buffer.read(9); threading.Event().wait()", seconds=0.1)
    with pytest.raises(ImageError, match=r"^The file took more than 0\.1 seconds to open"):
        decoder.read(png())


def test_who_waits_too_long_for_others_is_told_to_come_again(decoder, monkeypatch):
    monkeypatch.setattr(decoder, "patience", 0.01)
    with (
        decoder._turn(),
        pytest.raises(BusyError, match="Too many pictures are being opened"),
    ):
        decoder.read(png())
    assert decoder.read(png()).size == (37, 53)


def test_many_at_once_get_each_their_own(decoder):
    files = [png(np.full((5, 7), value, np.uint8)) for value in range(12)]
    with ThreadPoolExecutor(6) as threads:
        photos = list(threads.map(decoder.read, files))
    assert [round(255 * photo.pixels[0, 0, 0]) for photo in photos] == list(range(12))


def resident(decoder):
    """The memory of its process, in bytes."""
    pages = Path(f"/proc/{decoder._process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def test_memory_is_given_back(decoder):
    decoder.read(png())
    before = resident(decoder)
    assert decoder.read(png(np.zeros((3000, 4000, 3), np.uint8))).size == (768, 1024)  # 12 bytes a pixel: 144 MB
    decoder.read(png())  # only after it has tidied up does it read on
    assert resident(decoder) < before + 20_000_000


def test_the_process_has_a_limit_of_memory_and_writes_no_file(tmp_path):
    program = f"""
import resource
from convdemo.decoder import _limit
_limit(100_000_000)
bytearray(60_000_000)
try:
    bytearray(150_000_000)
except MemoryError:
    print("no more memory")
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open({str(tmp_path / "file")!r}, "w") as file:
        file.write("x")
except OSError:
    print("no file")
"""
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[:2] == ["no more memory", "no file"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY  # it was another process


def test_it_ends_with_the_lab():
    # Its input ends with the process that started it, however that one ended.
    process = subprocess.Popen([sys.executable, "-m", "convdemo.decoder"], cwd=ROOT, stdin=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(HANG) == 0
