"""How are the sums of all windows worked out at the speed of the machine?

`ways` says which way is the quickest for a kernel, and `sliding` goes it. By NumPy, `pieces` shares a picture out to
the processors, and `bands` makes matrix products of kernels. By XLA, `programs` has what is compiled, and a
picture is cut for it: as it lies in memory (`rows`), with what is added to it (`strips`), or into tiles (`fourier`).
`windows` says which pixels a window sees.
"""

from convdemo.sums.sliding import slide, warm_up
from convdemo.sums.ways import Way, choose, factors
from convdemo.sums.windows import Windows

__all__ = ["Way", "Windows", "choose", "factors", "slide", "warm_up"]
