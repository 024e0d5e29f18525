"""A report of a run as a Word document: cover, contents, chapters in official order, signatures."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from lxml import etree

from fundeval.problems import BadInputError, Problem
from fundeval.report.pages.paper import drop_proofs
from fundeval.report.word.pictures import PIXELS, draw
from fundeval.report.word.tables import table_element, words
from fundeval.report.word.typography import TEXT_WIDTH, set_styles
from fundeval.words import say

# The chapters of the official form, in its order; the others come after them, then the annexes.
OFFICIAL = ("in_brief", "basics", "work", "conclusion", "analysis", "findings", "advice", "other")
ANNEXES = ("form", "settlement", "derivations", "sources", "provenance", "signoff")
# What leads somewhere on a page, or shows its state, says nothing on paper.
LEFT_OUT = ("ways", "anchor", "contents", "state", "code", "skip", "all", "tools")
HEADINGS = {"h2": 1, "h3": 2, "h4": 3}
# What a document says of when it was made: nothing.
NO_DATE = (1980, 1, 1, 0, 0, 0)
# What Word makes the contents of again: headings of two levels, as links.
CONTENTS = " TOC \\o &quot;1-2&quot; \\h \\z "
# Of a small picture, such as the curve of an indicator.
CURVE_WIDTH = 90


@dataclass
class _Writer:
    """A document while it is written, and the headings so far: level, text, bookmark."""

    document: Any
    lang: str
    headings: list[tuple[int, str, str]] = field(default_factory=list)

    def paragraph(self, text: str, style: str = "Body Text") -> Any:
        """Add a paragraph, if it says anything."""
        return self.document.add_paragraph(text, style=style) if text else None

    def heading(self, text: str, level: int) -> None:
        """Add a heading that the contents can name."""
        number = len(self.headings) + 1
        mark = f"_Toc{number:06d}"
        paragraph = self.document.add_paragraph(style=f"Heading {level}")
        at = f'{nsdecls("w")} w:id="{number}"'
        paragraph._p.append(parse_xml(f'<w:bookmarkStart {at} w:name="{mark}"/>'))
        paragraph.add_run(text)
        paragraph._p.append(parse_xml(f"<w:bookmarkEnd {at}/>"))
        self.headings.append((level, text, mark))

    def picture(self, content: bytes, width: int = TEXT_WIDTH, says: str = "") -> None:
        """Add a picture with what it says for those who cannot see it."""
        paragraph = self.document.add_paragraph(style="Picture")
        shape = paragraph.add_run().add_picture(io.BytesIO(content), width=Mm(width))
        described = shape._inline.docPr
        described.set("descr", says)
        described.set("name", f"chart{described.get('id')}")

    def break_page(self) -> None:
        """Begin a new page."""
        self.document.add_paragraph(style="Normal").add_run().add_break(WD_BREAK.PAGE)


def write_document(page: Path, target: Path, state: str, *, annexes: bool = True) -> None:
    """Write the report of a page as a Word document.

    Parameters
    ----------
    page
        The report, as `fundeval run` made it: its figures, tables and charts are taken as they
        stand there.
    target
        The file to write; the same page gives the same bytes.
    state
        Whether the run is signed, in words: it stands in the header.
    annexes
        Whether to add how each number came about, which is longer than the rest.

    Raises
    ------
    BadInputError
        If the page is no report of a run.
    """
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    main = soup.find("main")
    title = soup.find("h1")
    if not isinstance(main, Tag) or not isinstance(title, Tag):
        raise BadInputError([Problem("docx.no_report", page.name)])
    if not annexes:
        drop_proofs(main)
    root = soup.find("html")
    lang = str(root.get("lang", "")) if isinstance(root, Tag) else ""
    document = docx.Document()
    set_styles(document)
    writer = _Writer(document, "zh" if lang.startswith("zh") else "en")
    cover, chapters = _chapters(main)
    _write_cover(writer, cover, words(title))
    place = document.add_paragraph(style="Normal")
    writer.heading(say("docx.verdict", writer.lang), 1)
    for part in cover:
        _add(writer, part)
    for key, parts in _in_order(chapters):
        if key == "signoff":
            writer.break_page()
        for part in parts:
            _add(writer, part)
    _write_contents(writer, place)
    _write_running_lines(writer, " · ".join(filter(None, (page.stem, state))))
    _save(document, target, words(title))


def _chapters(main: Tag) -> tuple[list[Tag], list[tuple[str, list[Tag]]]]:
    """Return what stands before the first chapter, and the parts of each chapter by its key."""
    before: list[Tag] = []
    chapters: list[tuple[str, list[Tag]]] = []
    for part in _blocks(main):
        if part.name == "h2":
            chapters.append((str(part.get("id", "")), [part]))
        elif chapters:
            chapters[-1][1].append(part)
        else:
            before.append(part)
    return before, chapters


def _blocks(tag: Tag) -> Iterator[Tag]:
    """Yield the parts of a page, those of a section that holds a chapter one by one."""
    for part in tag.find_all(recursive=False):
        if _is_left_out(part):
            continue
        if part.name in ("section", "div", "article") and part.find("h2"):
            yield from _blocks(part)
        else:
            yield part


def _is_left_out(tag: Tag) -> bool:
    if tag.name in ("nav", "button", "script", "style", "template"):
        return True
    return any(name in LEFT_OUT for name in tag.get_attribute_list("class"))


def _in_order(chapters: Sequence[tuple[str, list[Tag]]]) -> list[tuple[str, list[Tag]]]:
    """Return the chapters in the order of the official form."""

    def place(chapter: tuple[str, list[Tag]]) -> int:
        key = chapter[0]
        if key in OFFICIAL:
            return OFFICIAL.index(key)
        return len(OFFICIAL) + (1 + ANNEXES.index(key) if key in ANNEXES else 0)

    return sorted(chapters, key=place)


def _write_cover(writer: _Writer, cover: Sequence[Tag], title: str) -> None:
    """Write the title, what the verdict says, and lines for who hands it in."""
    document = writer.document
    for _ in range(4):
        document.add_paragraph(style="Normal")
    document.add_paragraph(title, style="Title")
    for part in cover:
        for banner in part.select(".banner"):
            document.add_paragraph(words(banner), style="Note").alignment = 1
    for _ in range(6):
        document.add_paragraph(style="Normal")
    for line in ("by", "date"):
        document.add_paragraph(say(f"docx.{line}", writer.lang), style="Normal")
    writer.break_page()
    for part in cover:
        for banner in part.select(".banner, h1"):
            banner.decompose()
    document.add_paragraph(say("paper.contents", writer.lang), style="Title")


def _add(writer: _Writer, tag: Tag) -> None:
    """Add an element of a page, and what is in it."""
    if _is_left_out(tag):
        return
    if tag.name in HEADINGS:
        for anchor in tag.select(".anchor"):
            anchor.decompose()
        writer.heading(words(tag), HEADINGS[tag.name])
    elif tag.name in ADDERS:
        ADDERS[tag.name](writer, tag)
    else:
        _add_parts(writer, tag)


def _add_parts(writer: _Writer, tag: Tag) -> None:
    """Add what is in an element: text of its own as a paragraph, elements one by one."""
    if not tag.find(_is_block):
        writer.paragraph(words(tag))
        return
    for part in tag.children:
        if isinstance(part, Tag):
            _add(writer, part)
        elif isinstance(part, NavigableString) and part.strip():
            writer.paragraph(part.strip())


def _is_block(tag: Tag) -> bool:
    return tag.name in {*HEADINGS, *ADDERS, "div", "section"}


def _add_paragraph(writer: _Writer, tag: Tag) -> None:
    if image := tag.find("img"):
        _add_image(writer, image)
    style = "Note" if "note" in tag.get_attribute_list("class") else "Body Text"
    writer.paragraph(words(tag), style)


def _add_table(writer: _Writer, tag: Tag) -> None:
    caption = tag.find("caption")
    if isinstance(caption, Tag):
        shown = writer.paragraph(words(caption), "Caption")
        if shown is not None:
            shown.paragraph_format.keep_with_next = True
    element = table_element(tag)
    if element is not None:
        body = writer.document.element.body
        body.insert(len(body) - 1, element)
        writer.document.add_paragraph(style="Derivation")


def _add_list(writer: _Writer, tag: Tag) -> None:
    for number, item in enumerate(tag.find_all("li", recursive=False), start=1):
        sign = f"{number}. " if tag.name == "ol" else "· "
        nested = [part.extract() for part in item.find_all(["ul", "ol", "table", "figure"])]
        writer.paragraph(sign + words(item))
        for part in nested:
            _add(writer, part)


def _add_facts(writer: _Writer, tag: Tag) -> None:
    """Add pairs of a name and what is said of it; lines to sign stay lines."""
    between = say("docx.between", writer.lang)
    for name in tag.find_all("dt"):
        said = name.find_next_sibling("dd")
        text = said.get_text().strip("\n") if isinstance(said, Tag) else ""
        parts = re.sub(r"[ \t]*\n\s*", " ", text)
        writer.paragraph(f"{words(name)}{between}{parts}")


def _add_figure(writer: _Writer, tag: Tag) -> None:
    caption, found = tag.find("figcaption"), tag.find("p", class_="found")
    if isinstance(found, Tag):
        shown = writer.paragraph(words(found))
        if shown is not None:
            shown.runs[0].bold = True
            shown.paragraph_format.keep_with_next = True
    # The labels that a narrow page holds still stand in the picture already.
    for svg in tag.select("svg:not(.held)"):
        said = " ".join(words(each) for each in svg.find_all(["title", "desc"]))
        writer.picture(draw(str(svg)), says=said)
    for image in tag.find_all("img"):
        _add_image(writer, image)
    for table in tag.find_all("table"):
        _add_table(writer, table)
    names = tag.find("ol", class_="names")
    if isinstance(names, Tag):
        _add_list(writer, names)
    if isinstance(caption, Tag):
        writer.paragraph(words(caption), "Note")


def _add_curve(writer: _Writer, tag: Tag) -> None:
    said = " ".join(words(each) for each in tag.find_all(["title", "desc"]))
    writer.picture(draw(str(tag), PIXELS * CURVE_WIDTH // TEXT_WIDTH), CURVE_WIDTH, said)


def _add_image(writer: _Writer, tag: Tag) -> None:
    """Add a picture that stands in the page itself."""
    kind, _, content = str(tag.get("src", "")).partition(";base64,")
    if not content:
        return
    data = base64.b64decode(content)
    if kind == "data:image/svg+xml":
        data = draw(data.decode())
    if kind in ("data:image/svg+xml", "data:image/png", "data:image/jpeg", "data:image/gif"):
        writer.picture(data, says=str(tag.get("alt", "")))


def _add_folded(writer: _Writer, tag: Tag) -> None:
    summary = tag.find("summary")
    # On a page it only says that there is more; on paper all of it is there.
    if isinstance(summary, Tag) and "fold" in tag.get_attribute_list("class"):
        summary.extract()
    elif isinstance(summary, Tag):
        shown = writer.paragraph(words(summary), "Note")
        if shown is not None:
            shown.runs[0].bold = True
            shown.paragraph_format.keep_with_next = True
        summary.extract()
    _add_parts(writer, tag)


def _add_lines(writer: _Writer, tag: Tag) -> None:
    for line in tag.get_text().splitlines():
        if line.strip():
            writer.paragraph(line.rstrip(), "Derivation")


ADDERS: dict[str, Callable[[_Writer, Tag], None]] = {
    "p": _add_paragraph,
    "table": _add_table,
    "ul": _add_list,
    "ol": _add_list,
    "dl": _add_facts,
    "figure": _add_figure,
    "svg": _add_curve,
    "img": _add_image,
    "details": _add_folded,
    "pre": _add_lines,
}


def _write_contents(writer: _Writer, place: Any) -> None:
    """Write the contents before a paragraph: a field of Word, filled in already."""
    first, shown = True, [each for each in writer.headings if each[0] <= 2]
    for level, text, mark in shown:
        line = OxmlElement("w:p")
        begin = _field("begin") + _instruction(CONTENTS) + _field("separate")
        indent = 28 * 20 * (level - 1) // 2
        runs = (
            f'<w:pPr {nsdecls("w")}><w:pStyle w:val="Contents"/><w:tabs><w:tab w:val="right" '
            f'w:leader="dot" w:pos="{int(TEXT_WIDTH * 1440 / 25.4)}"/></w:tabs>'
            f'<w:ind w:left="{indent}"/></w:pPr>',
            begin if first else "",
            f'<w:hyperlink {nsdecls("w")} w:anchor="{mark}" w:history="1">{_text(text)}'
            f"<w:r><w:tab/></w:r>{_field('begin')}{_instruction(f' PAGEREF {mark} ')}"
            f"{_field('separate')}{_text(' ')}{_field('end')}</w:hyperlink>",
        )
        for xml in runs:
            for element in parse_xml(f"<w:x {nsdecls('w')}>{xml}</w:x>"):
                line.append(element)
        place._p.addprevious(line)
        first = False
    if shown:
        for element in parse_xml(f"<w:x {nsdecls('w')}>{_field('end')}</w:x>"):
            place._p.append(element)
    place.add_run().add_break(WD_BREAK.PAGE)


def _field(kind: str) -> str:
    return f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def _text(text: str) -> str:
    element = OxmlElement("w:t")
    element.text = text
    element.set(qn("xml:space"), "preserve")
    run = OxmlElement("w:r")
    run.append(element)
    return str(etree.tostring(run, encoding="unicode"))


def _write_running_lines(writer: _Writer, header: str) -> None:
    """Write id and state above each page but the cover, and its number below, outside."""
    document = writer.document
    # Word fills in the numbers of the pages when it opens the document.
    document.settings.element.append(parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>'))
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    section.different_first_page_header_footer = True
    for part, side in ((section.header, "right"), (section.even_page_header, "left")):
        _set_line(part, side, _text(header))
    number = _text("— ") + _field("begin") + _instruction(" PAGE ") + _field("separate")
    number += _text("1") + _field("end") + _text(" —")
    for part, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        _set_line(part, side, number)


def _set_line(part: Any, side: str, runs: str) -> None:
    paragraph = part.paragraphs[0]._p
    shape = f'<w:pPr><w:pStyle w:val="Cells"/><w:jc w:val="{side}"/></w:pPr>'
    wrapped = f"<w:x {nsdecls('w')}>{shape}{runs}</w:x>"
    for old in list(paragraph):
        paragraph.remove(old)
    for element in parse_xml(wrapped):
        paragraph.append(element)


def _save(document: Any, target: Path, title: str) -> None:
    """Write the document without a clock: equal pages, equal bytes."""
    about = document.core_properties
    about.title, about.author, about.comments, about.last_modified_by = title, "fundeval", "", ""
    about.created = about.modified = dt.datetime(*NO_DATE[:3], tzinfo=dt.UTC).replace(tzinfo=None)
    about.revision = 1
    made = io.BytesIO()
    document.save(made)
    part = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(made) as read, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as written:
        for name in sorted(read.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            written.writestr(zipfile.ZipInfo(name, NO_DATE), read.read(name), zipfile.ZIP_DEFLATED)
    part.replace(target)
