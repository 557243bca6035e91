"""The rules of the house: who may import whom, and what stands in which kind of file.

Nothing is imported here: the rules are checked on the source, so that a forbidden import cannot hide in a function.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "convdemo"
ASSETS = PACKAGE / "ui" / "assets"
MAX_ASSET_BYTES = 60_000

# The six packages of requirements.txt by the names under which they are imported, and what they bring along.
RUNTIME = {"gradio", "jax", "flax", "numpy", "PIL", "huggingface_hub", "optax", "pandas", "jinja2"}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted([ROOT / "app.py", *PACKAGE.rglob("*.py")])}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}


def imports_of(name, tree, is_package):
    """The modules that a module imports, anywhere in its source, by their full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = name.split(".")
            if node.level:  # one dot is the package of the module, two its parent
                parent = parent[: len(parent) - node.level + is_package]
                module = ".".join([*parent, node.module] if node.module else parent)
            else:
                module = node.module
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names if f"{module}.{alias.name}" in SOURCES}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            pytest.fail(f"{name} imports something by its name in a string, which no rule can see")
    return found - {name}


IMPORTS = {name: imports_of(name, tree, SOURCES[name].stem == "__init__") for name, tree in TREES.items()}


def reached_from(name):
    """All modules that a module imports, by way of others of ours as well."""
    reached, new = set(), {name}
    while new:
        reached |= new
        new = {found for module in new for found in IMPORTS.get(module, ())} - reached
    return reached - {name}


def packages(modules):
    return {module.partition(".")[0] for module in modules}


def is_ui(name):
    return name == "convdemo.ui" or name.startswith("convdemo.ui.")


UI = [name for name in SOURCES if is_ui(name)]
CORE = [name for name in SOURCES if name != "app" and not is_ui(name)]
TABS = {
    name
    for name in UI
    for node in TREES[name].body
    if isinstance(node, ast.FunctionDef) and re.fullmatch(r"build_\w+_tab", node.name)
}


def test_the_rules_are_checked_on_the_whole_house():
    assert {"convdemo.correlation", "convdemo.kernels", "convdemo.images", "convdemo.rendering"} <= set(CORE)
    assert "convdemo.ui.page" in UI
    assert "convdemo.ui.feature_map" in TABS
    assert "convdemo.ui.page" in IMPORTS["app"]
    assert "convdemo.correlation" in reached_from("app")


def test_imports_are_found_in_every_form():
    """The rule is worth as much as this function."""
    tree = ast.parse(
        "import a.b\nfrom c import d\nfrom . import page\nfrom .widgets import x\nfrom .. import images\n"
        "from ..links import y\nfrom convdemo import rendering\ndef f():\n    import hidden\n"
    )
    assert imports_of("convdemo.ui.module", tree, is_package=False) == {
        "a.b", "c", "hidden", "convdemo", "convdemo.ui", "convdemo.ui.page", "convdemo.ui.widgets", "convdemo.images",
        "convdemo.links", "convdemo.rendering",
    }  # fmt: skip
    assert "convdemo.ui.page" in imports_of("convdemo.ui", ast.parse("from . import page"), is_package=True)


# ---- imports point down only ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CORE)
def test_the_core_never_imports_gradio_or_the_page(name):
    reached = reached_from(name)
    assert not [module for module in reached if is_ui(module) or module == "app"]
    assert not packages(reached) & {"gradio", "gradio_client", "fastapi", "starlette"}


@pytest.mark.parametrize("name", UI)
def test_the_page_never_imports_the_app(name):
    assert "app" not in packages(IMPORTS[name])


def test_no_module_imports_itself_by_way_of_others():
    assert not [
        name for name in SOURCES if any(name in reached_from(other) for other in reached_from(name) & set(SOURCES))
    ]


@pytest.mark.parametrize("tab", sorted(TABS))
def test_tabs_never_import_each_other_and_only_the_page_imports_tabs(tab):
    assert not reached_from(tab) & (TABS - {tab})
    importers = {name for name in SOURCES if tab in IMPORTS[name]}
    assert importers <= {"convdemo.ui.page"}


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("convdemo.correlation", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.images", {"convdemo.kernels", "convdemo.kernel_text", "convdemo.correlation", "jax"}),
        ("convdemo.rendering", {"convdemo.kernels", "convdemo.kernel_text", "convdemo.correlation", "jax"}),
        ("convdemo.kernels", {"convdemo.images", "convdemo.rendering", "PIL", "jax"}),
        ("convdemo.receptive_field", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.filters", {"convdemo.images", "convdemo.rendering", "PIL"}),
        ("convdemo.gabor_fit", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.learned_filters", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.kernel_text", {"convdemo.kernels", "PIL", "jax"}),
    ],
)
def test_what_each_part_of_the_core_knows_nothing_of(name, forbidden):
    reached = reached_from(name)
    assert not (reached | packages(reached)) & forbidden


@pytest.mark.parametrize("name", SOURCES)
def test_only_the_runtime_packages_are_imported(name):
    others = packages(IMPORTS[name]) - RUNTIME - set(sys.stdlib_module_names) - {"convdemo"}
    assert not others


def test_only_the_app_is_outside_of_the_package():
    assert {path.name for path in ROOT.glob("*.py")} == {"app.py"}


# ---- what stands in which file -------------------------------------------------------------------------------------

FRONT_END = re.compile(
    r"</?(div|span|script|style|button|input|img|svg|canvas|figure|p|br|b|i|a|h[1-6]|table|tr|td|ul|li)\b[^<]*>"
    r"|function\s*\w*\s*\(|=>\s*[{(]|addEventListener|querySelector|document\.|window\.\w"
    r"|[#.]?[\w-]+\s*\{\s*[\w-]+\s*:[^}]*;?\s*\}"
)


def strings(tree):
    """Every text in a module but its docstrings, the fixed parts of an f-string together."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    told = {  # a docstring, or the text that stands below a constant
        id(statement.value) for body in bodies for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("name", SOURCES)
def test_no_html_css_or_javascript_stands_in_python(name):
    assert [text for text in strings(TREES[name]) if FRONT_END.search(text)] == []
    source = SOURCES[name].read_text(encoding="utf-8")
    assert not re.search(r"<div|<script|function\(", source)  # not even in a comment


@pytest.mark.parametrize(
    "text",
    [
        "<div>", "</p>", '<img src="a.png">', "function(a, b)", "(a) => { return a }", "function f() {}", "<script>",
        "document.body", ".lab { color: red }", "#a{margin:0}",
    ],
)  # fmt: skip
def test_html_css_and_javascript_are_recognised(text):
    assert FRONT_END.search(text)


@pytest.mark.parametrize(
    "text", ["a < b > c", "f'{x: .3f}'", "{rows} rows: {columns}", "document", "1 => 2", "x.window"]
)
def test_plain_words_are_no_front_end(text):
    assert not FRONT_END.search(text)


SCRIPTS_AND_STYLES = sorted(path for path in ASSETS.iterdir() if path.suffix in (".js", ".css"))
FRONT = sorted(path for path in ASSETS.iterdir() if path.is_file())


def test_scripts_and_styles_are_small():
    sizes = {path.name: path.stat().st_size for path in SCRIPTS_AND_STYLES}
    assert sum(sizes.values()) < MAX_ASSET_BYTES, sizes


@pytest.mark.parametrize("path", FRONT, ids=lambda path: path.name)
def test_no_selector_depends_on_names_that_gradio_generates(path):
    # Svelte adds a hash of the style to class names: "svelte-1x2y3z4" is another one in the next release.
    assert not re.search(r"svelte-|\.s-[A-Za-z0-9_-]{6,}", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FRONT, ids=lambda path: path.name)
def test_nothing_is_asked_of_another_host(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, and no address
    assert not re.search(r"https?://|[\"'(]//\w|@import", text)


@pytest.mark.parametrize("path", [path for path in FRONT if path.suffix == ".html"], ids=lambda path: path.name)
def test_html_holds_no_script_no_style_and_no_words(path):
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", html)
    # What people read comes from text/: between the tags stand only "{{ key }}", "{% ... %}" and signs.
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", html, flags=re.DOTALL)
    between = re.sub(r"&\w+;", "", re.sub(r"<!--.*?-->|<[^>]*>", " ", plain, flags=re.DOTALL))
    assert not re.search(r"[A-Za-z]{2,}", between), between.split()


@pytest.mark.parametrize("path", [path for path in FRONT if path.suffix == ".js"], ids=lambda path: path.name)
def test_scripts_import_only_scripts_that_are_there(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""", text):
        assert target.startswith("./")
        assert (ASSETS / target).is_file()
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("text/*.toml")), ids=lambda path: path.name)
def test_words_hold_no_markup(path):
    assert not re.search(r"</?[a-z]+[^>]*>", path.read_text(encoding="utf-8"))
