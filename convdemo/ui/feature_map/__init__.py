"""The lesson: a feature map is the image cross-correlated with a kernel."""
