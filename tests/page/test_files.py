"""The folder of the visitors' files: one's own, emptied at the start, cleaned by age."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from convdemo.ui.parts.files import KEEP_FOR, StorageError, own_folder, save_file, tidy, write_whole
from tests.serving import ROOT

KILLED = """
import os
from convdemo.ui.parts.files import own_folder, save_file
with own_folder() as folder:
    print(save_file(b"a visitor's", "photo.png"), flush=True)
    os._exit(1)
"""


def test_each_process_has_a_folder_that_goes_with_it(upload_folder):
    other = upload_folder / "of-another-program.png"
    other.write_bytes(b"x")
    with own_folder() as folder:
        assert get_upload_folder() == str(folder)
        assert folder.parent == upload_folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert save_file(b"a map", "map.png").is_relative_to(folder)
    assert not folder.exists()
    assert {path.name for path in upload_folder.iterdir()} == {other.name, "labs.lock"}


def test_what_a_killed_process_has_left_is_removed_and_that_of_a_running_one_stays(upload_folder, monkeypatch):
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, check=False)
    left = Path(killed.stdout.strip())
    assert left.read_bytes() == b"a visitor's"
    with own_folder() as first:
        assert not left.exists()
        mine = save_file(b"mine", "photo.png")
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(upload_folder))
        with own_folder() as second:
            assert second != first
            assert mine.exists()
    assert [path.name for path in upload_folder.iterdir()] == ["labs.lock"]


def test_files_go_by_age_and_what_is_asked_for_again_stays(upload_folder):
    old, used, new = (save_file(name.encode(), f"{name}.png") for name in ("old", "used", "new"))
    now = time.time()
    for path in (old, used):
        for each in (path, path.parent):
            os.utime(each, (1000, 1000))
    assert save_file(b"used", "used.png") == used
    tidy(upload_folder, now, keep_for=60)
    assert not old.exists()
    assert used.exists()
    assert new.exists()
    os.utime(old.parent, (1000, 1000))  # it was changed when it became empty
    tidy(upload_folder, now, keep_for=60)
    assert not old.parent.exists()


def test_of_too_many_files_the_oldest_go(upload_folder):
    files = [save_file(bytes([number]) * 1000, "map.png") for number in range(5)]
    now = time.time()
    for age, path in enumerate(files):
        os.utime(path, (now - 50 + age, now - 50 + age))
    tidy(upload_folder, now, most_bytes=2999)
    assert [path.exists() for path in files] == [False, False, False, True, True]
    assert len(list(upload_folder.iterdir())) == 2  # the folders go with their files
    tidy(upload_folder, now, most_bytes=2000)
    assert [path.exists() for path in files[3:]] == [True, True]


def test_a_clock_that_is_set_back_keeps_no_file_for_ever(upload_folder):
    path = save_file(b"from tomorrow", "map.png")
    now = time.time() - 86_400
    tidy(upload_folder, now)
    assert path.exists()
    tidy(upload_folder, now + KEEP_FOR + 1)
    assert not path.exists()


def test_a_folder_that_was_taken_away_is_made_again(upload_folder):
    with own_folder() as folder:
        before = save_file(b"a map", "map.png")
        shutil.rmtree(folder)
        tidy(folder, time.time())
        assert save_file(b"a map", "map.png") == before
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_tidied_away_while_a_file_is_written_is_made_again(upload_folder, monkeypatch):
    def write_late(path, data, write=write_whole, gone=[]):  # noqa: B006 - it remembers that it was called
        if not gone:
            gone.append(path.parent.rmdir())
        write(path, data)

    monkeypatch.setattr("convdemo.ui.parts.files.write_whole", write_late)
    assert save_file(b"a map", "map.png").read_bytes() == b"a map"


def test_a_file_for_which_there_is_no_room_is_told_in_a_sentence_and_in_the_log_a_few_times(upload_folder, caplog):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))  # the system itself refuses
    try:
        for _ in range(20):
            with pytest.raises(StorageError, match="The disk of the lab's host is full"):
                save_file(b"more than ten bytes", "map.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path for path in upload_folder.rglob("*") if path.is_file()] == []
    assert len(caplog.messages) <= 2
    assert set(caplog.messages) <= {"no file can be written: File too large"}


def test_a_folder_that_may_not_be_written_to_is_told(upload_folder):
    folder = upload_folder / "file"
    folder.write_bytes(b"no folder")
    os.environ["GRADIO_TEMP_DIR"] = str(folder)  # `upload_folder` puts it back
    with pytest.raises(StorageError, match="cannot write files on its host"):
        save_file(b"a map", "map.png")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "photo.png"
    write_whole(path, b"one", modified=1_234_567_890)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (b"one", 1_234_567_890)
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]
