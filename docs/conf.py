"""The documentation site: Markdown and the tutorial's stored outputs, made into pages by Sphinx.

The reference is written by `tools.reference` from the code before anything is read. The pages are
Chinese; those below `en/` are their English texts.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from fundeval import __version__  # noqa: E402
from tools.reference import write  # noqa: E402

project = "fundeval"
author = "fundeval"
copyright = "fundeval, Apache-2.0"
version = release = __version__
language = "zh_CN"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["build", "requirements.lock"]
html_theme = "furo"
html_title = f"fundeval {release}"
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None
html_theme_options = {
    "light_css_variables": {"font-stack": "system-ui, 'Noto Sans CJK SC', sans-serif"}
}
html_static_path = ["static"]

# The tutorial is shown as it was executed; a test holds it equal to what its notebook gives.
nb_execution_mode = "off"
myst_heading_anchors = 4
myst_links_external_new_tab = False
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# What stands in single backticks in a docstring is code.
default_role = "code"
napoleon_google_docstring = False
napoleon_use_rtype = False

CHINESE = re.compile(r"[\u3400-\u9fff]+")


class SearchByCharacters(SearchChinese):
    """Finds Chinese text by any part of it: words are pairs of characters, and whole runs.

    The page that searches looks for terms that contain what was typed, from three characters on;
    the pairs are for words of two.
    """

    # Of the stemmer in the page: Sphinx writes the code of the English one for Chinese, but calls
    # it by the name of the language, and the search then ends with an error.
    language_name = "English"

    def split(self, input: str) -> list[str]:
        """Return the terms of a text."""
        runs = CHINESE.findall(input)
        pairs = [run[place : place + 2] for run in runs for place in range(len(run) - 1)]
        return [*runs, *pairs, *super().split(CHINESE.sub(" ", input))]


def set_language(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    """Tell readers aloud and browsers in which language a page is."""
    if page.startswith("en/"):
        context["language"] = "en"


def keep_whole(
    _app: Sphinx, what: str, _name: str, _held: Any, _options: Any, lines: list[str]
) -> None:
    """Write a dash for the first colon in the text of an attribute: what stands before it would
    be taken for its type."""
    if what in ("attribute", "property") and lines:
        lines[0] = lines[0].replace(": ", " – ", 1)


def setup(app: Sphinx) -> None:
    """Write the reference, and register what this site adds to Sphinx."""
    write(Path(app.srcdir))
    app.add_search_language(SearchByCharacters)
    app.add_lexer("csv", TextLexer)
    app.connect("html-page-context", set_language)
    # Before napoleon reads the docstring.
    app.connect("autodoc-process-docstring", keep_whole, priority=100)
