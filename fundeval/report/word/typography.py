"""The page and the letters of an official document (GB/T 9704-2012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.enum.text import WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

# Of A4: 37 mm above, 28 mm to the left, the text 156 by 225 mm.
MARGINS = {
    "top_margin": Mm(37), "bottom_margin": Mm(35), "left_margin": Mm(28), "right_margin": Mm(26),
    "header_distance": Mm(20), "footer_distance": Mm(28),
}  # fmt: skip
TEXT_WIDTH = 156
LATIN = "Times New Roman"
# What stands in for a font that a machine lacks, by its name; free ones last.
STAND_INS = {
    "方正小标宋简体": (
        "FZXiaoBiaoSong-B05S", "华文中宋", "STZhongsong", "SimSun", "Noto Serif CJK SC",
    ),
    "黑体": ("SimHei", "Noto Sans CJK SC"),
    "楷体_GB2312": ("KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "Noto Serif CJK SC"),
    "仿宋_GB2312": ("FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "Noto Serif CJK SC"),
    "宋体": ("SimSun", "Noto Serif CJK SC"),
}  # fmt: skip


@dataclass(frozen=True)
class Letters:
    """How a style is set: Chinese font, size in points, and what else differs from the text."""

    font: str
    size: float
    bold: bool = False
    centred: bool = False
    indented: bool = False
    # Points from line to line; 0 for single lines.
    leading: float = 28
    before: float = 0
    outline: int | None = None


# 2号 is 22 points, 3号 16, 4号 14, 小四 12, 五号 10.5, 小五 9.
STYLES = {
    "Normal": Letters("仿宋_GB2312", 16),
    "Title": Letters("方正小标宋简体", 22, centred=True, leading=36),
    "Heading 1": Letters("黑体", 16, outline=0, before=8),
    "Heading 2": Letters("楷体_GB2312", 16, outline=1, before=4),
    "Heading 3": Letters("仿宋_GB2312", 16, bold=True, outline=2),
    "Body Text": Letters("仿宋_GB2312", 16, indented=True),
    "List Bullet": Letters("仿宋_GB2312", 16, indented=True),
    "Caption": Letters("黑体", 12, centred=True, leading=20, before=6),
    "Note": Letters("仿宋_GB2312", 12, leading=20),
    "Cells": Letters("宋体", 10.5, leading=0),
    "Derivation": Letters("宋体", 9, leading=0),
    "Picture": Letters("宋体", 10.5, centred=True, leading=0, before=6),
    "Contents": Letters("仿宋_GB2312", 14, leading=26),
}


def set_styles(document: Any) -> None:
    """Give a document the page and the styles of an official one."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, value in MARGINS.items():
        setattr(section, name, value)
    names = [style.name for style in document.styles]
    for name, letters in STYLES.items():
        style = document.styles[name] if name in names else document.styles.add_style(name, 1)
        _set_style(style, letters)
        if name not in names:
            style.base_style = document.styles["Normal"]
    _state_stand_ins(document)


def _set_style(style: Any, letters: Letters) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(letters.size), letters.bold, False
    properties = style.element.get_or_add_rPr()
    for name in ("w:rFonts", "w:color"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    properties.insert(
        0,
        parse_xml(
            f'<w:rFonts {nsdecls("w")} w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" '
            f'w:eastAsia="{letters.font}"/>'
        ),
    )
    shape = style.paragraph_format
    for old in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
        style.element.pPr.remove(old)
    shape.space_before, shape.space_after = Pt(letters.before), Pt(0)
    shape.alignment = 1 if letters.centred else None
    if letters.leading:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(letters.leading)
    else:
        shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    indent = shape.element.pPr
    for old in indent.findall(qn("w:ind")) + indent.findall(qn("w:numPr")):
        indent.remove(old)
    if letters.indented:
        shape.first_line_indent = Pt(2 * letters.size)
    if letters.outline is not None:
        shape.keep_with_next = True


def _state_stand_ins(document: Any) -> None:
    """Name the fonts that stand in for those of the form, in the table of fonts."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/>'
        f'<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, others in STAND_INS.items()
    )
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            table = (
                f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
            )
            part._blob = table.encode()  # python-docx keeps it as it was read
