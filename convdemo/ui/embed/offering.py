"""What does the page get that offers a lesson to course pages?"""

import json
from typing import Any

from convdemo.ui.parts.static import publish
from convdemo.ui.parts.widgets import read_source, read_text


def framing() -> dict[str, Any]:
    """Return the words of a lesson inside another page, and the address of what offer.js needs, which few ask for."""
    words = read_text("embed")
    offer = {"text": words["offer"], "css": read_source("embed/offer.css")}
    return {
        "whole_lab": words["whole_lab"],
        "offer": publish(json.dumps(offer, ensure_ascii=False).encode(), "offer.json"),
    }
