"""Lesson plans on the page: the menu, the bar that goes through one, what a visitor answered, a summary of it."""
