"""Widgets get nothing but what `tcpviz.ui.words` made, or `safe` where a widget wants a plain `str`.

mypy sees to it that `words` takes SafeText alone. Textual's own signatures take any `str`; so here the code
of `tcpviz.ui` is read.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tcpviz.ui

UI = Path(tcpviz.ui.__file__).parent
WORDS = UI / "words.py"
MODULES = sorted(UI.rglob("*.py"))

MAKERS = {"strips.py": {"Segment"}, "ascii_only.py": {"Segment"}}
"""The modules that may make what is drawn, and of what kind. `ascii_only` changes what was made already."""
DRAWN = {"Content", "Text", "Segment"}

SHOWING = {
    "Static",
    "Label",
    "Button",
    "Checkbox",
    "Tick",
    "RadioButton",
    "Option",
    "Link",
    "Digits",
    "Select",
}
SHOWING |= {"OptionList", "SelectionList", "ListItem", "Markdown", "Pretty", "Tab", "TabPane", "Collapsible"}
"""Widgets that show what they are made with."""
CHANGING = {"update", "add_option", "add_options", "set_options", "replace_option_prompt", "panic"}
CHANGING |= {"write_line", "write_lines", "add_row", "add_column", "add_columns", "set_title", "set_subtitle"}
"""Methods and functions that give a widget something to show."""
PLAIN = {"notify", "placeholder", "set_title", "set_subtitle"}
"""Those of which the words are a SafeText, as mypy knows for the latter two."""
SHOWN = {"border_title", "border_subtitle", "_border_title", "_border_subtitle", "tooltip", "placeholder"}
"""Attributes and keywords that are shown."""
ITS_OWN = {"label", "prompt", "title", "content", "renderable"}
"""Keywords that are shown where a widget is made with them."""

NO_WIDGETS = {
    ("progress.py", "self._progress.update"),  # rich's bars: numbers
    ("main_screen.py", "self.packets.update"),  # the list of packets: a number
    ("packet_list.py", "self.update"),
    ("serve.py", "response.headers.update"),
}
OWN_TABLES = {
    ("keys.py", "tooltip", "key.help"),  # shown by nothing but the palette; written in that very module
}


class Reader(ast.NodeVisitor):
    """Notes what a module hands to widgets and is none of ours."""

    def __init__(self, module: str, makers: set[str]) -> None:
        """`makers`: the functions that give a Content, as mypy knows."""
        self.module = module
        self.makers = makers
        self.found: list[str] = []
        self.named: dict[str, ast.expr] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """What a name stands for is looked up in its own function."""
        assigned = (each for each in ast.walk(node) if isinstance(each, ast.Assign))
        names = [(each.targets[0], each.value) for each in assigned]
        self.named = {target.id: value for target, value in names if isinstance(target, ast.Name)}
        self.generic_visit(node)
        self.named = {}

    def visit_Call(self, node: ast.Call) -> None:
        """A text that is made, a widget that is made, a widget that is changed."""
        name, called = _last(node.func), ast.unparse(node.func)
        made = {name, called.split(".")[0]} & DRAWN - MAKERS.get(self.module, set())
        if made or name == "setattr":
            self._note(node)
        elif name == "notify":
            plain = any(each.arg == "markup" and ast.unparse(each.value) == "False" for each in node.keywords)
            self._expect(plain and self._safe(node.args[0]), node)
        elif name in SHOWING | CHANGING and (self.module, called) not in NO_WIDGETS:
            shown = node.args[1:] if name in ("set_title", "set_subtitle", "tell") else node.args
            shown = node.args[:1] if name in SHOWING - {"OptionList"} else shown
            plain = name in PLAIN
            self._expect(all(self._safe(each) if plain else self._content(each) for each in shown), node)
        for keyword in node.keywords:
            words = keyword.arg in (SHOWN | ITS_OWN if name in SHOWING else SHOWN)
            if words and (self.module, keyword.arg, ast.unparse(keyword.value)) not in OWN_TABLES:
                self._expect(self._word(str(keyword.arg), keyword.value), keyword.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """A text on a border, a tooltip."""
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in SHOWN:
                self._expect(self._content(node.value), node)
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """No second name for what is looked for."""
        if any(each.asname for each in node.names if each.name in DRAWN | SHOWING | {"safe", "words"}):
            self._note(node)

    def _word(self, name: str, value: ast.expr) -> bool:
        plain = name == "placeholder" and (isinstance(value, ast.Constant) or self._safe(value))
        return plain or self._content(value)

    def _content(self, value: ast.expr) -> bool:
        """Whether it is a Content, or several."""
        if isinstance(value, ast.Name) and value.id in self.named:
            return self._content(self.named[value.id])
        if isinstance(value, ast.Starred):
            return self._content(value.value)
        if isinstance(value, ast.GeneratorExp | ast.ListComp):
            return self._content(value.elt)
        if isinstance(value, ast.List):
            return all(map(self._content, value.elts))
        if isinstance(value, ast.Tuple):  # a choice: its words and its value
            return self._content(value.elts[0])
        if isinstance(value, ast.Call) and _last(value.func) == "map":
            return _last(value.args[0]) in self.makers
        return isinstance(value, ast.Call) and _last(value.func) in self.makers

    def _safe(self, value: ast.expr) -> bool:
        """Whether `safe` made it, or mypy knows it as SafeText."""
        known = self.module in ("details_pane.py", "alerts_pane.py", "panes.py", "stream_pane.py")
        return known or (isinstance(value, ast.Call) and _last(value.func) in ("safe", "shortened", "fit"))

    def _expect(self, fine: bool, node: ast.AST) -> None:
        if not fine:
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        self.found.append(f"{self.module}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}")


def _last(function: ast.expr) -> str:
    """`update` of `self.page.update`."""
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


def _makers(trees: list[ast.Module]) -> Iterator[str]:
    """The functions of `tcpviz.ui` that are said to give a Content or Text: mypy holds them to it."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) in DRAWN:
                yield node.name


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
KNOWN = set(_makers(list(TREES.values())))


def handed(module: str, tree: ast.Module) -> list[str]:
    """What is wrong in a module."""
    reader = Reader(module, KNOWN)
    reader.visit(tree)
    return reader.found


@pytest.mark.parametrize(
    "path", [each for each in MODULES if each != WORDS], ids=lambda path: str(path.relative_to(UI))
)
def test_widgets_get_words_alone(path: Path) -> None:
    assert handed(path.name, TREES[path]) == []


@pytest.mark.parametrize(
    "planted",
    [
        "Static('fixed')",
        "Static(f'{url}')",
        "Label(url)",
        "Content(safe(url))",
        "Content.from_markup(url)",
        "Text(safe(url))",
        "Text.from_markup(url)",
        "Segment(url)",
        "Tick(url)",
        "Tick(label=url)",
        "Select([(url, 1)])",
        "Select([(fixed('a'), 1), *((url, i) for i, url in enumerate(urls))])",
        "OptionList(*urls)",
        "OptionList(fixed('a'), url)",
        "OptionList(*(str(url) for url in urls))",
        "widget.update(url)",
        "widget.update(safe(url))",
        "listed.add_option(url)",
        "self.notify(url, markup=False)",
        "self.notify(safe(url))",
        "self.panic(url)",
        "self.border_title = url",
        "self.border_title = safe(url)",
        "box.border_subtitle = f'{url}'",
        "self.tooltip = url",
        "Field(placeholder=url, name='a')",
        "Binding('a', 'b', tooltip=url)",
        "setattr(box, 'border_title', url)",
        "from textual.content import Content as C",
        "def f():\n    shown = str(url)\n    Static(shown)",
    ],
)
def test_what_is_none_of_ours_is_found(planted: str) -> None:
    assert handed("planted.py", ast.parse(planted))


@pytest.mark.parametrize(
    "right",
    [
        "Static(words(safe(url)))",
        "OptionList(*(words(safe(url)) for url in urls))",
        "Select([(fixed('a'), 1)], value=1)",
        "self.notify(safe(url), markup=False)",
        "box.border_title = fixed('Help')",
        "Field(placeholder='eth0', name='a')",
        "def f():\n    shown = words(safe(url))\n    Static(shown)",
    ],
)
def test_what_is_ours_is_let_through(right: str) -> None:
    assert handed("planted.py", ast.parse(right)) == []
