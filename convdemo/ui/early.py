"""What will the browser need, before it knows it?

Gradio's front end asks for its modules in steps: the page, its first script, what that imports, what the components
need, what those import, and only then our scripts and the pictures. Each step waits for the one before it. So the head
of the page names all of them at once.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import gradio as gr

from convdemo.ui.parts.static import published_scripts
from convdemo.ui.parts.widgets import fill

_FRONT_END = Path(gr.__file__).parent / "templates" / "frontend"
_STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")

FIRST_SCRIPTS = (
    "header/header", "picture/picture", "picture/upload", "parts/dom", "kernel/kernel", "kernel/operations",
    "feature_map/figure", "feature_map/inspector", "parts/grid", "parts/cells", "parts/palette", "parts/geometry",
    "parts/values", "parts/window_view",
)  # fmt: skip
"""Our scripts of the first view."""


def head_links(kinds: Iterable[str], pictures: Iterable[str]) -> str:
    """Return what stands in the head of a page.

    Args:
        kinds: the kinds of components on it, as Gradio names them.
        pictures: the addresses of the pictures that it opens with, the most important first.
    """
    files = files_of(kinds)
    scripts = [f"assets/{name}" for name in files if name.endswith(".js")]
    scripts += [f"{published_scripts()}/{name}.js" for name in FIRST_SCRIPTS]
    styles = [f"assets/{name}" for name in files if name.endswith(".css")]
    return fill("parts.head", scripts=scripts, styles=styles, pictures=list(pictures))


def files_of(kinds: Iterable[str]) -> list[str]:
    """Return the names of the modules and styles that Gradio's front end loads for these kinds of components.

    They are read from the front end as it is installed. Where it is built in another way than today, there are fewer:
    then the browser finds them later, by itself.
    """
    folder = _FRONT_END / "assets"
    index = re.findall(r'src="\./assets/([\w.-]+\.js)"', (_FRONT_END / "index.html").read_text(encoding="utf-8"))
    cores, blocks = sorted(folder.glob("core-*.js")), sorted(folder.glob("Blocks-*.js"))
    wanted = [*index, *(path.name for path in (*cores, *blocks))]
    for core in cores:
        text = core.read_text(encoding="utf-8")
        listed = re.search(r"m\.f=\[(.*?)\]", text)
        files = re.findall(r'"\./([^"]+)"', listed[1]) if listed else []
        for kind in sorted(set(kinds), key=lambda kind: (kind != "html", kind)):  # our widgets before all
            known = re.search(rf"[{{,]{kind}:\{{.*?component:\(\)=>.*?__vite__mapDeps\(\[([\d,]+)\]\)", text)
            wanted += [files[int(number)] for number in known[1].split(",")] if known else []
    found, new = [], list(dict.fromkeys(wanted))
    while new:
        found += new
        modules = [folder / name for name in new if name.endswith(".js") and (folder / name).is_file()]
        imported = dict.fromkeys(
            name for path in modules for name in _STATIC_IMPORT.findall(path.read_text(encoding="utf-8"))
        )
        new = [name for name in imported if name not in found]
    return found
