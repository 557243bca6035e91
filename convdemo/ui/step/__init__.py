"""The lesson: every output pixel is one window times the kernel, summed."""
