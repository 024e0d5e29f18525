"""HTML that a cell of an evaluator gave, as a report can hold it: no script, tables that read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fundeval.report.format.html_fragments import mostly_figures, without_style

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

# What a report shows of HTML; what else there is would run, fetch, or change the page around it.
TEXT = (
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div "
    "dl dt em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt "
    "ruby s samp section small span strike strong style sub summary sup table tbody td tfoot th "
    "thead time tr tt u ul var wbr"
)
DRAWN = (
    "svg g defs clippath path rect circle ellipse line polyline polygon text tspan use symbol "
    "title desc lineargradient radialgradient stop marker pattern mask image"
)
FORMULA = (
    "math annotation menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom "
    "mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder "
    "munderover none semantics"
)
SHOWN = {*TEXT.split(), *DRAWN.split(), *FORMULA.split()}
# Their children are shown without them.
AROUND = ("html", "body", "head", "main", "article", "header", "footer", "nav", "label", "form")
# Where an attribute leads to: within the piece, to a picture that is part of it, or on a click.
LEADS = ("href", "xlink:href", "src")
HELD = re.compile(r"\s*(#|data:image/(png|jpeg|gif|svg\+xml|webp)[;,])", re.IGNORECASE)
CLICKED = re.compile(r"\s*(https?:|mailto:|#)", re.IGNORECASE)
# Fetches, or leaves the place of the piece.
LOOSE = re.compile(r"url\(\s*['\"]?(?!#)|@import|position\s*:|expression\(|<", re.IGNORECASE)
# Ids that pandas gives a Styler; any other could be that of a chapter.
OWN_ID = re.compile(r"T_\w+")
MISSING = {"", "NaN", "nan", "None", "<NA>", "NaT", "—"}
SELECTOR = re.compile(r"([^{}]+)\{[^{}]*\}")


@dataclass(frozen=True)
class OwnHtml:
    """HTML as a report can hold it.

    Attributes
    ----------
    markup
        The HTML; "" if nothing of it can be seen without a script.
    whole
        Whether nothing had to be left out.
    """

    markup: str
    whole: bool


def own_html(html: str, label: str) -> OwnHtml:
    """Return HTML of a cell without what a report does not run or fetch.

    Tables scroll within the page, headings say what they are headings of, figures are aligned
    right, and a style concerns nothing but this piece.

    Parameters
    ----------
    html
        What the cell gave.
    label
        Names a table without caption, or a picture without alternative text.

    Examples
    --------
    >>> own_html("<b>bold</b>", "")
    OwnHtml(markup='<div class="own"><b>bold</b></div>', whole=True)
    >>> own_html("<script>draw()</script>", "").markup
    ''
    """
    # Imported here: the notebooks of this project give nothing to read again.
    from bs4 import BeautifulSoup  # noqa: PLC0415

    # A page has the style of our own pieces already.
    soup = BeautifulSoup(without_style(html), "html.parser")
    left_out = _leave_out(soup)
    if left_out and not _anything(soup):
        return OwnHtml("", whole=False)
    for style in soup.find_all("style"):
        _scope(style)
    for picture in soup.find_all("img"):
        if not picture.get("alt"):
            picture["alt"] = label
    for table in soup.find_all("table"):
        if table.find_parent("table") is None:
            _dress(soup, table, label)
    return OwnHtml(f'<div class="own">{soup}</div>', whole=not left_out)


def _leave_out(soup: BeautifulSoup) -> bool:
    """Remove what does not show, runs or is elsewhere; returns whether there was anything."""
    left_out = False
    for tag in soup.find_all(True):
        name = tag.name.lower()
        if name in AROUND:
            tag.unwrap()
        elif name not in SHOWN or not _is_here(tag):
            tag.extract()
            left_out = True
        else:
            left_out |= _leave_out_attributes(tag)
    return left_out


def _is_here(tag: Tag) -> bool:
    """Tell whether a picture is part of the piece, and a style stays with it."""
    if tag.name in ("img", "image", "use"):
        return all(HELD.match(str(tag[name])) for name in LEADS if name in tag.attrs)
    text = tag.get_text() if tag.name == "style" else ""
    depth = 0
    for sign in re.findall(r"[{}]", text):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and not LOOSE.search(text)


def _leave_out_attributes(tag: Tag) -> bool:
    """Remove attributes that run, fetch, or leave the place of the piece."""
    gone = []
    for name, value in tag.attrs.items():
        lower = name.lower()
        runs = lower.startswith("on") or lower in ("srcset", "formaction", "ping", "srcdoc")
        leads = lower in LEADS and tag.name == "a" and not CLICKED.match(str(value))
        loose = lower == "style" and LOOSE.search(str(value)) is not None
        if runs or leads or loose:
            gone.append(name)
    for name in gone:
        del tag[name]
    drawn = tag.name == "svg" or tag.find_parent("svg") is not None
    if "id" in tag.attrs and not drawn and not OWN_ID.match(str(tag["id"])):
        del tag["id"]
    return bool(gone)


def _anything(soup: BeautifulSoup) -> bool:
    """Return whether a table with cells or a picture is left."""
    return bool(soup.select_one("table td, img, svg"))


def _scope(style: Tag) -> None:
    """Keep a style to its piece; the one that pandas gives every frame is left out.

    A style whose rules all start at the id of a pandas Styler is kept as it is.
    """
    if style.has_attr("scoped"):
        style.decompose()
        return
    rules = style.get_text()
    selectors = [part.strip() for rule in SELECTOR.findall(rules) for part in rule.split(",")]
    if not all(selector.startswith("#T_") for selector in selectors):
        style.string = f"@scope {{{rules}}}"


def _dress(soup: BeautifulSoup, table: Tag, label: str) -> None:
    """Make a table scroll, and say of each heading and figure what it is."""
    del table["border"]
    for row in table.select("thead tr"):
        del row["style"]
    for heading in table.select("thead th"):
        _head(heading, "col")
    for heading in table.select("tbody th"):
        _head(heading, "row")
    _align(table)
    caption = table.find("caption")
    named = caption.get_text(" ", strip=True) if caption is not None else label
    around = {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": named}
    table.wrap(soup.new_tag("div", attrs=around))


def _head(heading: Tag, scope: str) -> None:
    """Say what a heading is of; one without a text is none."""
    if heading.get_text(strip=True):
        heading["scope"] = scope
    else:
        heading.name = "td"


def _align(table: Tag) -> None:
    """Align columns of figures right, with what stands above them.

    Columns are counted from the right: on the left, a heading may stand for several rows.
    """
    rows = [row.find_all("td") for row in table.select("tbody tr")]
    above = [row.find_all(["th", "td"]) for row in table.select("thead tr")]
    for place in range(1, min(map(len, rows), default=0) + 1):
        cells = [row[-place] for row in rows]
        texts = [text for cell in cells if (text := cell.get_text(strip=True)) not in MISSING]
        if texts and mostly_figures(texts):
            for cell in (*cells, *(row[-place] for row in above if len(row) >= place)):
                styles = filter(None, (*cell.get_attribute_list("class"), "figure"))
                cell["class"] = " ".join(styles)
