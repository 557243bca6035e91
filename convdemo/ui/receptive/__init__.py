"""The lesson: local kernels plus depth see far."""
