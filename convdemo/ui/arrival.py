"""What may arrive from a browser?

Anything: a public link gets calls that no page would send. Each value is made harmless here, once, where it arrives;
what it means is checked by whoever reads it, who answers with a sentence.
"""

import math
from typing import Any

MAX_DEPTH = 8
"""How deep lists and mappings may lie in each other: a kernel lies three deep, the table of layers two."""

MAX_COUNT = 1_000_000
"""The most that a counter of the page counts to."""

RESERVED = ("meta", "__type__")
"""Keys with which a mapping that comes back would pass for one of Gradio's own: a file, which Gradio would serve, or an
update of a component."""

_LARGEST = 2**63
"""JSON on its way back holds whole numbers below this only."""


def arrived(value: Any, depth: int = 0) -> Any:
    r"""Return a value that arrived as one that can do no harm on its way through the page and back.

    Text can be written as UTF-8; whole numbers are no larger than JSON takes; what lies deeper than any value of the
    page is left out; and no mapping has one of the `RESERVED` keys.

    >>> arrived({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}})
    {'path': '/etc/passwd'}
    >>> arrived([10**400, "\ud800", float("nan")])
    [inf, '?', nan]
    """
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if -_LARGEST < value < _LARGEST else math.inf if value > 0 else -math.inf
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple() if depth < MAX_DEPTH:
            return [arrived(item, depth + 1) for item in value]
        case dict() if depth < MAX_DEPTH:
            kept = ((str(arrived(str(key))), item) for key, item in value.items())
            return {key: arrived(item, depth + 1) for key, item in kept if key not in RESERVED}
    return None


def counted(value: Any) -> int:
    """Return where a counter of the page stands; 0 for what is none.

    >>> counted(3), counted(4.0), counted("3"), counted(None), counted(float("nan")), counted(-1), counted(True)
    (3, 4, 0, 0, 0, 0, 0)
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value <= MAX_COUNT else 0
