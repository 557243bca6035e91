"""The shared layer: what slides how over the picture."""
