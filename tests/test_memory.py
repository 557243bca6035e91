"""The heaps of a process with many threads, as glibc itself counts them (`malloc_info`)."""

import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from convdemo.memory import stay_small

if sys.argv[1] == "few":
    stay_small()
libc = ctypes.CDLL(None)
libc.fopen.restype = libc.malloc.restype = ctypes.c_void_p
ready = threading.Barrier(16)

def take():
    ready.wait()  # all threads are there at once
    kept.append(libc.malloc(5000))
    ready.wait()

kept = []
threads = [threading.Thread(target=take) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(folder, which: str) -> int:
    """The heaps of a process in which sixteen threads have taken memory."""
    subprocess.run([sys.executable, "-c", HEAPS, which, str(folder / which)], check=True, timeout=60)
    return (folder / which).read_text().count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no glibc")
def test_threads_share_two_heaps(tmp_path):
    assert heaps(tmp_path, "as it is") > 2  # else the next line would show nothing
    assert heaps(tmp_path, "few") <= 2
