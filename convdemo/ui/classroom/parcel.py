"""What does the page get for a class?

Its head gets one script that looks at the address, for pages that a link opens; all else comes when it is asked for.
"""

import json
from functools import cache

from convdemo.ui.parts.static import publish, published_scripts
from convdemo.ui.parts.widgets import read_source, read_text

_STYLES = ("present", "code", "handout")


@cache
def classroom() -> str:
    """Return the address of the words and styles of a class, which few ask for."""
    styles = {name: read_source(f"classroom/{name}.css") for name in _STYLES}
    parcel = {"text": read_text("classroom"), "css": styles}
    return publish(json.dumps(parcel, ensure_ascii=False).encode(), "classroom.json")


def early_script() -> str:
    """Return the script that shows a lesson to a class if the address says so."""
    script = read_source("classroom/early.js")
    return script.replace("SCRIPTS", published_scripts()).replace("PARCEL", classroom())
