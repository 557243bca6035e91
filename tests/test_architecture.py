"""The rules of the house: who may import whom, and what stands in which kind of file.

Nothing is imported here: the rules are checked on the source, so that a forbidden import cannot hide in a function.
"""

import ast
import gzip
import re
import string
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from convdemo.ui.parts.static import as_sent

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "convdemo"
PAGE = PACKAGE / "ui"
MAX_COMPRESSED_BYTES = 30_000

# The six packages of requirements.txt by the names under which they are imported, and what they bring along.
RUNTIME = {"gradio", "jax", "flax", "numpy", "PIL", "huggingface_hub", "optax", "pandas", "jinja2", "starlette"}


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
    return name in ("convdemo.ui", "convdemo.links") or name.startswith("convdemo.ui.")


UI = [name for name in SOURCES if is_ui(name)]
CORE = [name for name in SOURCES if name != "app" and not is_ui(name)]
FACES = {name for name in CORE if SOURCES[name].stem == "__init__" and name != "convdemo"}  # of the core's packages
LESSONS = {path.parent.name for path in PAGE.glob("*/lesson.py")}
ROOMS = {lesson: [name for name in UI if f"{name}.".startswith(f"convdemo.ui.{lesson}.")] for lesson in LESSONS}


def test_the_rules_are_checked_on_the_whole_house():
    assert {"convdemo.correlation", "convdemo.kernels", "convdemo.images", "convdemo.rendering"} <= set(CORE)
    assert {
        "convdemo.filters", "convdemo.kernel_notation", "convdemo.learning", "convdemo.plans",
        "convdemo.receptive_field",
        "convdemo.small_network", "convdemo.stacks", "convdemo.sums",
        "convdemo.stack_notation", "convdemo.why_convolution",
    } == FACES  # fmt: skip
    assert {"convdemo.learning.descent", "convdemo.receptive_field.field"} <= set(CORE)
    assert "convdemo.ui.page" in UI
    assert {"feature_map", "step", "learn", "receptive", "why", "filters", "layers"} <= LESSONS
    assert "convdemo.ui.learn.state" in ROOMS["learn"]
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


@pytest.mark.parametrize("lesson", sorted(LESSONS))
def test_lessons_never_import_each_other_and_only_the_page_imports_lessons(lesson):
    others = {name for other in LESSONS - {lesson} for name in ROOMS[other]}
    assert not set().union(*(reached_from(name) for name in ROOMS[lesson])) & others
    importers = {name for name in set(SOURCES) - set(ROOMS[lesson]) if IMPORTS[name] & set(ROOMS[lesson])}
    assert importers <= {"convdemo.ui.page"}


@pytest.mark.parametrize("name", UI)
def test_what_is_shared_knows_nothing_of_lessons(name):
    part = name.removeprefix("convdemo.ui.").split(".")[0]
    above = {"parts": {"picture", "kernel", "layer", "lesson", *LESSONS, "page"}}
    above |= {each: {"lesson", *LESSONS, "page"} for each in ("picture", "kernel", "layer", "state", "controls")}
    above["lesson"] = {*LESSONS, "page"}
    reached = {module.removeprefix("convdemo.ui.").split(".")[0] for module in reached_from(name) if is_ui(module)}
    assert not reached & above.get(part, set())


def test_the_page_has_no_lesson_s_name_in_it():
    tree = TREES["convdemo.ui.page"]
    assert not [text for text in strings(tree) if text in LESSONS]
    [lessons] = [
        node.value for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LESSONS"
    ]  # fmt: skip
    assert len(lessons.elts) == len(LESSONS)  # one line of a list for each


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("convdemo.correlation", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.images", {"convdemo.kernels", "convdemo.kernel_text", "convdemo.correlation", "jax"}),
        ("convdemo.rendering", {"convdemo.kernels", "convdemo.kernel_text", "convdemo.correlation", "jax"}),
        ("convdemo.kernels", {"convdemo.images", "convdemo.rendering", "PIL", "jax"}),
        ("convdemo.receptive_field", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.filters.gabors", {"convdemo.images", "convdemo.rendering", "PIL"}),
        ("convdemo.filters.gabor_fit", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.filters.ica", {"convdemo.images", "convdemo.rendering", "convdemo.kernels", "PIL"}),
        ("convdemo.kernel_text", {"convdemo.kernels", "PIL", "jax"}),
    ],
)
def test_what_each_part_of_the_core_knows_nothing_of(name, forbidden):
    reached = reached_from(name)
    assert not (reached | packages(reached)) & forbidden


def inner_names(name, tree):
    """What a module imports of ours that is meant for nobody else: private names, and names that a face has not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("convdemo"):
            face = node.module if node.module in FACES else None
            for alias in node.names:
                is_module = f"{node.module}.{alias.name}" in SOURCES
                if alias.name.startswith("_") or (face and not is_module and alias.name not in shown_by(face)):
                    yield f"{node.module}.{alias.name}"


def shown_by(face):
    """The names in `__all__` of a package."""
    [names] = [
        node.value for node in TREES[face].body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]  # fmt: skip
    return ast.literal_eval(names)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_imported_is_on_the_face_of_a_package_or_public_in_its_module(name):
    assert list(inner_names(name, TREES[name])) == []


@pytest.mark.parametrize(
    "source",
    [
        "from convdemo.learning import gather", "from convdemo.learning.descent import _take_steps",
        "from convdemo.correlation import _pad", "def f():\n    from convdemo.filters import main",
    ],
)  # fmt: skip
def test_what_is_meant_for_nobody_else_is_found(source):
    assert list(inner_names("app", ast.parse(source)))


@pytest.mark.parametrize("face", sorted(FACES))
def test_a_face_shows_what_its_modules_have_and_holds_nothing_itself(face):
    docstring, *imports, _ = TREES[face].body
    assert isinstance(docstring, ast.Expr)
    assert all(isinstance(node, ast.ImportFrom) and node.module.startswith(f"{face}.") for node in imports)
    assert sorted(alias.name for node in imports for alias in node.names) == sorted(shown_by(face))
    modules = [name for name in CORE if name.startswith(f"{face}.")]
    assert not [name for name in modules if face in IMPORTS[name]]


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


def strings(tree, left_out=()):
    """Every text in a module but its docstrings and what is left out, the fixed parts of an f-string together."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    told = {  # a docstring, or the text that stands below a constant
        id(statement.value) for body in bodies for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("name", SOURCES)
def test_no_html_css_or_javascript_stands_in_python(name):
    assert [text for text in strings(TREES[name]) if FRONT_END.search(text)] == []
    source = SOURCES[name].read_text(encoding="utf-8")
    assert not re.search(r"<div|<script|\bfunction\(", source)  # not even in a comment


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


@pytest.mark.parametrize("path", sorted(PAGE.glob("*/*.js")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_sent_of_a_script_lacks_its_comments_and_no_part_of_a_text(path):
    lines = zip(path.read_text(encoding="utf-8").split("\n"), as_sent(path).decode().split("\n"), strict=True)
    for line, sent in lines:
        assert line.startswith(sent)
        assert line == sent or line[len(sent) :].strip().startswith("//")
        assert line == sent or all(sent.count(quote) % 2 == 0 for quote in "\"'`")


@pytest.mark.parametrize("path", sorted(PAGE.glob("*/*.css")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_sent_of_a_style_sheet_lacks_its_comments_alone(path):
    apart = path.read_text(encoding="utf-8").replace("/*", "*/").split("*/")
    assert len(apart) % 2 == 1
    assert all(text.count(quote) % 2 == 0 for text in apart[::2] for quote in "\"'")  # none begins in a text
    assert as_sent(path).decode().split() == " ".join(apart[::2]).split()


FRONT = sorted(path for path in PAGE.glob("*/*") if path.suffix in (".js", ".css", ".html"))


def test_scripts_styles_and_templates_of_the_first_view_are_small():
    [first] = [
        node.value for node in TREES["convdemo.ui.early.files"].body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FIRST_SCRIPTS"
    ]  # fmt: skip
    scripts = [PAGE / f"{name}.js" for name in ast.literal_eval(first)]
    events = [
        PAGE / "parts" / "mount.js",
        *(PAGE / "header" / f"{name}.js" for name in ("kept", "opened", "followed", "restored")),
    ]
    templates = [path.with_suffix(".html") for path in scripts if path.with_suffix(".html").is_file()]
    sent = [
        *scripts,
        *events,
        *templates,
        PAGE / "parts" / "lab.css",
        PAGE / "parts" / "code.js",
        PAGE / "parts" / "code.html",
        *(PAGE / "early" / name for name in ("early.css", "frames.js", "ask.js", "show.js")),
    ]
    sizes = {path.name: len(gzip.compress(as_sent(path), 6)) for path in sent}  # as they travel
    assert sum(sizes.values()) < MAX_COMPRESSED_BYTES, sizes
    # And the list is whole: what these import before they run is among them.
    imported = {(path.parent / target).resolve() for path in scripts for target in imports_of_script(path, later=False)}
    assert imported <= {path.resolve() for path in scripts}


def imports_of_script(path, *, later=True):
    call = r"\(?" if later else ""  # import("./module.js") comes when it comes
    return re.findall(rf"""(?:from|import)\s*{call}\s*["']([^"']+)["']""", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FRONT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_selector_depends_on_names_that_gradio_generates(path):
    # Svelte adds a hash of the style to class names: "svelte-1x2y3z4" is another one in the next release.
    assert not re.search(r"svelte-|\.s-[A-Za-z0-9_-]{6,}", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FRONT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_asked_of_another_host(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, and no address
    assert not re.search(r"https?://|[\"'(]//\w|@import", text)


@pytest.mark.parametrize(
    "path", [path for path in FRONT if path.suffix == ".html"], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_html_holds_no_script_no_style_and_no_words(path):
    html = path.read_text(encoding="utf-8")
    html = re.sub(r"<(script|style)>\{\{ \w+ \| safe \}\}</\1>", "", html)  # the text of a file that is one
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", html)
    # What people read comes from words.toml: between the tags stand only "{{ key }}", "{% ... %}" and signs.
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", html, flags=re.DOTALL)
    between = re.sub(r"&\w+;", "", re.sub(r"<!--.*?-->|<[^>]*>", " ", plain, flags=re.DOTALL))
    assert not re.search(r"[A-Za-z]{2,}", between), between.split()


@pytest.mark.parametrize(
    "path", [path for path in FRONT if path.suffix == ".js"], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_scripts_import_only_scripts_that_are_there(path):
    text = path.read_text(encoding="utf-8")
    for target in imports_of_script(path):
        assert target.startswith(("./", "../"))
        assert (path.parent / target).resolve() in FRONT
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.toml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_words_hold_no_markup(path):
    assert not re.search(r"</?[a-z]+[^>]*>", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", UI)
def test_no_two_threads_of_the_page_work_out_the_same(name):
    # `functools.lru_cache` lets everybody in who asks before the first result is there: parts/once.py does not.
    assert "lru_cache" not in ast.unparse(TREES[name])


# ---- what people read on the page stands in words.toml -------------------------------------------------------------

# A word beside a space: part of a sentence, and no name, sign or unit.
PROSE = re.compile(r"\b[^\W\d_]{2,}\b[,.:;!?]* | \b[^\W\d_]{2,}\b")

PROGRAMS = {
    "convdemo.ui.picture.program",
    "convdemo.ui.feature_map.program",
    "convdemo.ui.layers.program",
    "convdemo.ui.learn.program",
}  # they write Python, which is never translated
NAMES = {
    "Segoe UI",  # a font
    "Watermarking for SVG",  # what Gradio warns of
    "public, max-age=31536000, immutable",  # a header
}  # fmt: skip
WRITTEN_ON_COMPONENTS = {"label", "info", "placeholder", "title"}


def spoken(tree):
    """What a module says to people in its own words, but for documentation and the log."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    unread = [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign)]
    unread += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    unread += [node for node in calls if ast.unparse(node.func).startswith("_log.")]
    left_out = {id(part) for node in unread if node for part in ast.walk(node)}
    yield from (text for text in strings(tree, left_out) if PROSE.search(text) and text not in NAMES)

    said = [
        argument for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        for argument in node.exc.args
    ]  # fmt: skip
    for node in calls:
        if ast.unparse(node.func).startswith("gr."):
            said += node.args
            said += [keyword.value for keyword in node.keywords if keyword.arg in WRITTEN_ON_COMPONENTS]
    for node in said:  # here a single word is too much
        if isinstance(node, ast.JoinedStr | ast.Constant):
            yield from (text for text in strings(ast.Expression(node)) if re.search(r"[^\W\d_]", text))


# The core says its own errors where the rule is checked.
@pytest.mark.parametrize("name", [name for name in ["app", *UI] if name not in PROGRAMS])
def test_no_sentence_for_people_stands_in_the_python_of_the_page(name):
    assert list(spoken(TREES[name])) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise ValueError("side is empty: type a number")', 'raise ValueError(f"{name} is {value}")',
        'raise ValueError("empty")', 'raise ValueError(f"{name}: no")', 'remedy = f"dilation {step}"',
        'remedy = f", or zero padding {pixels}"', 'numbers = "1 number"', 'notice = "the link was ignored."',
        'kinds = {"heic": "a HEIC photo"}', "parts = [f'{size} pixels']", 'gr.Button("Learn")',
        'gr.Slider(1, 16, label="Stride")', 'gr.Number(label=f"Größe {n}")', 'def f(text="choose one"): pass',
        'log("a run ended")', 'f(x) if x else f("nothing to see")', 'words = "élan vital"',
    ],
)  # fmt: skip
def test_sentences_are_recognised(source):
    assert list(spoken(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        'raise ValueError(_WORDS["empty"].format(name="side", options=", ".join(names)))',
        'raise StackError(problem, field="padding")', 'raise StopIteration', 'f"{rows} × {columns} = {count:,}"',
        'f"{path}: {number / 2:.3f} %"', '_log.info("a run ended at step %s", step)',
        'def f(layer: "Layer | Parallel") -> "Layer | None":\n    """What a layer does."""',
        'SIDE = 3\n"""The side of a kernel."""', 'padding = "4px 10px"', 'path = "M-4 0A4 4 0 1 0 4 0Z"',
        'gr.Slider(1, 16, label=text["stride"], elem_id="stride")', 'gr.Textbox("")', 'font = "Segoe UI"',
    ],
)  # fmt: skip
def test_what_is_no_sentence_may_stand_in_python(source):
    assert list(spoken(ast.parse(source))) == []


# ---- every sentence is said, and with all that it names --------------------------------------------------------------


def leaves(words, path=()):
    """Every sentence of a file of words, by the keys that lead to it."""
    if not isinstance(words, dict):
        return {path: words}
    return {place: text for key, value in words.items() for place, text in leaves(value, (*path, key)).items()}


def placeholders(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def uses(tree):
    """Each use of `_WORDS`: the possible keys of each level, None for any; and the names given to `format`, if any."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Name) and node.id == "_WORDS" and isinstance(node.ctx, ast.Load)):
            continue
        path, above = [], parents[node]
        while isinstance(above, ast.Subscript) and above.value is node:
            key = above.slice
            options = [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
            known = all(isinstance(option, ast.Constant) for option in options)
            path.append({option.value for option in options} if known else None)
            node, above = above, parents[above]
        call = parents[above] if isinstance(above, ast.Attribute) and above.attr == "format" else None
        yield path, {keyword.arg for keyword in call.keywords} if call else set()


def wrong_uses(words, tree):
    """Sentences that a module has not, that lack something, or get more than they name; and those it never says."""
    sentences, said = leaves(words), set()
    for path, given in uses(tree):
        found = {
            place: placeholders(text) for place, text in sentences.items()
            if len(place) >= len(path)
            and all(keys is None or key in keys for keys, key in zip(path, place, strict=False))
        }  # fmt: skip
        said |= set(found)
        keys = [key for keys in path if keys for key in keys]
        known = all(any(key in place for place in found) for key in keys)
        if not found or not known or set().union(*found.values()) != given:
            yield path
    yield from set(sentences) - said


def read(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


UI_TEXTS = sorted(PAGE.glob("*/words.toml"))
# Of the page, the modules that have a table of words for themselves: others reach the browser by templates and scripts.
TABLE = re.compile(r'^_WORDS = read_text\("(\w+)"\)\["(\w+)"\]$', re.MULTILINE)
TABLES = {name: found.groups() for name in UI if (found := TABLE.search(SOURCES[name].read_text(encoding="utf-8")))}
UI_LEAVES = [
    (path[-1], text) for file in UI_TEXTS for path, text in leaves(read(file)).items() if isinstance(text, str)
]


def test_modules_with_words_of_their_own_are_found():
    assert {"convdemo.ui.state", "convdemo.ui.step.state", "convdemo.ui.learn.experiment"} <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_sentence_of_a_module_is_said_with_all_that_it_names(name):
    part, table = TABLES[name]
    assert list(wrong_uses(read(PAGE / part / "words.toml")[table], TREES[name])) == []


WORDS = {"empty": "nothing", "row": "row {row!r:.40} of {rows:,}", "some": "{rows} rows", "kinds": {"a": "A", "b": "B"}}
SAID = '_WORDS["empty"], _WORDS["row" if few else "some"].format(row=1, rows=2), f(_WORDS["kinds"][kind])'


@pytest.mark.parametrize(
    "source",
    [
        '_WORDS["other"]', '_WORDS["row"].format(row=1)', '_WORDS["row"]', '_WORDS["empty"].format(row=1)',
        '_WORDS["row"].format(row=1, rows=2, most=3)', '_WORDS["kinds"]["c"]', '_WORDS["kinds"].format(row=1)',
        '_WORDS["row" if few else "other"].format(row=1, rows=2)', '_WORDS["row"].format(rows=2)', '_WORDS["row"][key]',
    ],
)  # fmt: skip
def test_wrong_uses_of_sentences_are_recognised(source):
    assert list(wrong_uses(WORDS, ast.parse(f"{SAID}, {source}")))


def test_good_uses_of_sentences_are_let_through():
    assert list(wrong_uses(WORDS, ast.parse(SAID))) == []
    assert list(wrong_uses(WORDS, ast.parse(f'{SAID}, _WORDS["kinds"].get(name, name)'))) == []


def test_sentences_that_are_never_said_are_found():
    words = WORDS | {"old": "no more", "kinds": {"c": "C"}}
    assert list(wrong_uses(words, ast.parse(SAID))) == [("old",)]
    assert list(wrong_uses(words, ast.parse(SAID.replace("[kind]", '["c"]')))) == [("old",)]
    assert list(wrong_uses(WORDS, ast.parse(SAID.replace("[kind]", '["a"]')))) == [("kinds", "b")]


@pytest.mark.parametrize("name", UI)
def test_a_sentence_of_the_page_gets_all_that_it_names(name):
    for node in ast.walk(TREES[name]):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"):
            continue
        sentence, given = node.func.value, {keyword.arg for keyword in node.keywords}
        if isinstance(sentence, ast.Subscript) and isinstance(sentence.slice, ast.Constant) and None not in given:
            known = [text for key, text in UI_LEAVES if key == sentence.slice.value]
            assert any(placeholders(text) == given for text in known), ast.unparse(node)


@pytest.mark.parametrize("path", UI_TEXTS, ids=lambda path: path.parent.name)
def test_every_word_of_the_page_is_asked_for(path):
    sources = [SOURCES[name] for name in UI] + [file for file in FRONT if file.suffix in (".html", ".js")]
    named = set(re.findall(r"\w+", " ".join(source.read_text(encoding="utf-8") for source in sources)))
    put_together = [  # as f"{name}_info"
        "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        for name in UI for node in ast.walk(TREES[name]) if isinstance(node, ast.JoinedStr)
    ]  # fmt: skip
    endings = [pattern for pattern in put_together if re.fullmatch(r"\*_\w+|\w+_\*", pattern)]
    assert not [key for key in set(read(path)) - named if not any(fnmatchcase(key, ending) for ending in endings)]
