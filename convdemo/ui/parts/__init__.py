"""What lessons share: widgets, figures, charts, and how what is the same for everyone is served."""
