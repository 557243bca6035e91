"""The title, Share, and what makes the link."""
