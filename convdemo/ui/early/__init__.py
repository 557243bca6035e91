"""What is in the HTML before its scripts have run: the names of all that the browser will need, and a first view."""
