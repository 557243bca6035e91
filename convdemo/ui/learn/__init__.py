"""The lesson: gradient descent finds kernels."""
