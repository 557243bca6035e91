"""The shared picture."""
