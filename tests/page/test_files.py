"""The folder of the visitors' files: one's own, emptied at the start, cleaned by age."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from convdemo.ui.parts.files import own_folder, remove_old, save_file, write_whole
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
    for path in (old, used):
        for each in (path, path.parent):
            os.utime(each, (1000, 1000))
    assert save_file(b"used", "used.png") == used
    remove_old(upload_folder, 2000)
    assert not old.exists()
    assert used.exists()
    assert new.exists()
    os.utime(old.parent, (1000, 1000))  # it was changed when it became empty
    remove_old(upload_folder, 2000)
    assert not old.parent.exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "photo.png"
    write_whole(path, b"one", modified=1_234_567_890)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (b"one", 1_234_567_890)
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]
