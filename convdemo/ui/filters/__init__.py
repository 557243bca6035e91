"""The lesson: trained filters look like those of the visual cortex."""
