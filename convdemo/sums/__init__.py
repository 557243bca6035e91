"""How are the sums of all windows worked out at the speed of the machine?

`ways` says which way is the quickest for a kernel, `strips` and `fourier` cut a picture into pieces, `programs` has
what XLA compiles, and `sliding` puts them together. `windows` says which pixels a window sees.
"""

from convdemo.sums.sliding import slide, warm_up
from convdemo.sums.ways import Way, choose, factors
from convdemo.sums.windows import Windows

__all__ = ["Way", "Windows", "choose", "factors", "slide", "warm_up"]
