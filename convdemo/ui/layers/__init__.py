"""The lesson: windows of windows, and what every layer makes of a photo."""
