"""What did someone mean by the kernel that they pasted?

`convdemo.kernel_text` reads and writes the lab's own way: rows of numbers. People have kernels in other ways: a matrix
with a divisor behind it, LaTeX, MATLAB, what NumPy, PyTorch or a spreadsheet print, ImageMagick. `read_kernel` reads
what is meant, and where two readings are possible, it gives both, for whoever pasted it to choose. Nothing is ever
evaluated, and nothing is left out but comments: what is not understood is refused, with the place.
"""

from convdemo.kernel_notation.reading import Reading, parse_kernel, read_kernel

__all__ = ["Reading", "parse_kernel", "read_kernel"]
