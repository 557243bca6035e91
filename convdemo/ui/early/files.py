"""What will the browser need, before it knows it?

Gradio's front end asks for its modules in steps: the page, its first script, what that imports, what the components
need, what those import, and only then our scripts and the pictures. Each step waits for the one before it. So the head
of the page names all of them at once.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import gradio as gr

from convdemo.ui.classroom.parcel import early_script
from convdemo.ui.parts.static import publish, published_scripts
from convdemo.ui.parts.widgets import fill, read_source

_FRONT_END = Path(gr.__file__).parent / "templates" / "frontend"
_ASSETS = _FRONT_END / "assets"
_INDEX = (_FRONT_END / "index.html").read_text(encoding="utf-8")
_CALLED = {"api": "state"}  # what stands for an argument of a program's call
_REFERENCE = re.compile(r"@import|@charset|url\((?!data:)")  # what only counts where it stands
_STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")

FIRST_SCRIPTS = (
    "header/header", "picture/picture", "picture/upload", "parts/dom", "kernel/kernel",
    "feature_map/figure", "feature_map/inspector", "parts/grid", "parts/cells", "parts/palette", "parts/geometry",
    "parts/values", "parts/window_view",
)  # fmt: skip
"""Our scripts of the first view."""


_SHOWN = ("embed/embed.css", "classroom/early.css")  # for the ways in which a link shows a lesson


def head_links(kinds: Iterable[str], pictures: Iterable[str] | None) -> tuple[str, str]:
    """Return what stands at the beginning and at the end of the head of a page.

    Args:
        kinds: the kinds of components on it, as Gradio names them.
        pictures: the addresses of the pictures that it opens with, the most important first; None if they follow from
            the link, and a script asks for them.
    """
    files, is_plain = files_of(kinds), pictures is not None
    scripts = [f"assets/{name}" for name in files if name.endswith(".js")]
    scripts += [f"{published_scripts()}/{name}.js" for name in FIRST_SCRIPTS]
    styles = [name for name in files if name.endswith(".css") and name not in _INDEX]
    joined = {name: text for name in styles if not _REFERENCE.search(text := _read(name))}
    apart = [f"assets/{name}" for name in styles if name not in joined]
    shown = () if is_plain else (read_source("embed/early.js"), early_script(), read_source("early/ask.js"))
    first = fill(
        "early.head",
        style="\n".join(map(read_source, ("early/early.css", *(() if is_plain else _SHOWN)))),
        script="\n".join((read_source("early/frames.js"), *shown)),
        scripts=scripts,
        styles=apart,
        pictures=list(pictures or []),
    )
    return first, _one_sheet(joined)


def _one_sheet(texts: Mapping[str, str]) -> str:
    """Return the links for many style sheets in one.

    Gradio's front end asks for each by itself, unless the page has a link to it already: one that is disabled will do,
    and costs no request.
    """
    address = publish("\n".join(texts.values()).encode(), "front-end.css")
    return fill("early.sheet", address=address, styles=[f"assets/{name}" for name in texts])


def files_of(kinds: Iterable[str]) -> list[str]:
    """Return the names of the modules and styles that Gradio's front end loads for these kinds of components.

    They are read from the front end as it is installed. Where it is built in another way than today, there are fewer:
    then the browser finds them later, by itself.
    """
    index = re.findall(r'src="\./assets/([\w.-]+\.js)"', _INDEX)
    core, blocks = (sorted(path.name for path in _ASSETS.glob(f"{name}-*")) for name in ("core", "Blocks"))
    wanted = [*index, *core, *blocks, *(name for script in index for name in _listed(_read(script)))]
    for script in core:
        if not script.endswith(".js"):
            continue
        text = _read(script)
        files = _listed(text)
        for kind in sorted(set(kinds), key=lambda kind: (kind != "html", kind)):  # our widgets before all
            name = _CALLED.get(kind, kind)
            known = re.search(rf"[{{,]{name}:\{{.*?component:\(\)=>.*?__vite__mapDeps\(\[([\d,]+)\]\)", text)
            wanted += [files[int(number)] for number in known[1].split(",")] if known else []
    found, new = [], list(dict.fromkeys(wanted))
    while new:
        found += new
        modules = [name for name in new if name.endswith(".js") and (_ASSETS / name).is_file()]
        imported = dict.fromkeys(name for module in modules for name in _STATIC_IMPORT.findall(_read(module)))
        new = [name for name in imported if name not in found]
    return found


def _listed(script: str) -> list[str]:
    """Return the files that a script may ask for later."""
    listed = re.search(r"m\.f=\[(.*?)\]", script)
    return re.findall(r'"\./([^"]+)"', listed[1]) if listed else []


@cache
def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
