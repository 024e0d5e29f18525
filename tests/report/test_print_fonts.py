"""The small fonts of printed pages hold what is printed, and nothing else."""

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont

from fundeval.report.pages import print_fonts

needs_font = pytest.mark.skipif(not print_fonts._places(), reason="needs a Chinese font")


def fonts_of(style):
    found = re.findall(r"font-weight: (\d+); src: url\(data:font/ttf;base64,([^)]*)\)", style)
    return {int(weight): TTFont(io.BytesIO(base64.b64decode(data))) for weight, data in found}


@needs_font
def test_a_font_holds_the_signs_of_the_text_with_quadratic_outlines():
    fonts = fonts_of(print_fonts.font_style("预算 1.50\n预算"))
    assert 400 in fonts
    for font in fonts.values():
        assert set(font.getBestCmap()) == {ord(sign) for sign in "预算 1.50"}
        assert font["glyf"][font.getBestCmap()[ord("预")]].numberOfContours > 1
        assert "CFF " not in font


@pytest.mark.slow
@needs_font
def test_the_same_text_gives_the_same_bytes_and_widths_stay():
    assert print_fonts.font_style("下年预算") == print_fonts.font_style("算预年下")
    font = fonts_of(print_fonts.font_style("预1"))[400]
    width = {sign: font["hmtx"][font.getBestCmap()[ord(sign)]][0] for sign in "预1"}
    assert width["预"] == font["head"].unitsPerEm
    assert 0 < width["1"] < width["预"]


def test_without_such_a_font_the_browser_takes_its_own(monkeypatch):
    monkeypatch.setattr(print_fonts, "_places", dict)
    assert print_fonts.font_style("预算") == ""
