"""Charts with Chinese names: a font that is there, kept; bytes that do not vary; a word if none."""

import io
import warnings
from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from fundeval.jupyter import theme
from fundeval.jupyter.figures import describe
from fundeval.report.charts.lean_style import lean_style
from tests.messages import says

FONT = theme.chinese_font()
needs_font = pytest.mark.skipif(FONT is None, reason="needs a Chinese font")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave matplotlib as it was: its settings, its checks of fonts, its list of fonts."""
    checks, fonts = dict(mpl.rcParams.validate), list(font_manager.fontManager.ttflist)
    defaults = dict(mpl.rcParamsDefault)
    with mpl.rc_context(), warnings.catch_warnings():
        yield
    mpl.rcParams.validate.update(checks)
    mpl.rcParamsDefault.update(defaults)
    font_manager.fontManager.ttflist[:] = fonts


def drawn(title: str = "映川区") -> str:
    """Return an SVG with a title; a character without a shape is an error."""
    figure = Figure()
    figure.subplots().set_title(title)
    written = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(written, format="svg", metadata={"Date": None})
        figure.savefig(io.BytesIO(), format="png")
    return written.getvalue()


@needs_font
@pytest.mark.parametrize(
    "change",
    [
        "pass",
        "seaborn.set_theme()",
        "seaborn.set_style('dark')",
        "seaborn.set_theme(font='DejaVu Sans')",
        "plt.style.use('default')",
        "plt.style.use('seaborn-v0_8')",
        "mpl.rcdefaults()",
        "mpl.rcParams['font.sans-serif'] = ['DejaVu Sans']",
        "mpl.rcParams['font.family'] = 'serif'",
    ],
)
def test_a_chinese_title_has_its_shapes_whatever_style_is_set_after(change: str) -> None:
    import matplotlib.pyplot as plt  # noqa: PLC0415
    import seaborn  # noqa: PLC0415

    theme.use_theme()
    exec(change, {"seaborn": seaborn, "plt": plt, "mpl": mpl})
    first = drawn()
    assert ">映川区</text>" in first
    assert FONT in first
    assert drawn() == first


@needs_font
def test_a_font_installed_after_matplotlib_first_looked_is_found() -> None:
    manager = font_manager.fontManager
    files = {f.fname for f in manager.ttflist if f.name in theme.CHINESE_FONTS}
    manager.ttflist[:] = [f for f in manager.ttflist if f.fname not in files]
    assert theme.chinese_font() == FONT


def test_where_no_font_is_there_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(theme, "CHINESE_FONTS", ())
    monkeypatch.setitem(theme._state, "told", False)
    with warnings.catch_warnings(record=True) as warned:
        theme.use_theme()
        theme.use_theme()
        mpl.rcParams["font.sans-serif"] = ["DejaVu Sans"]
        figure = Figure()
        figure.subplots().set_title("映川区")
        figure.savefig(io.BytesIO(), format="png")
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert says(told, "workbench.no_font")
    assert [str(each.message) for each in warned] == []


def test_the_theme_looks_like_that_of_seaborn() -> None:
    import seaborn  # noqa: PLC0415

    theme.use_theme()
    ours = dict(mpl.rcParams)
    seaborn.set_theme(style="whitegrid", palette="colorblind")
    same = ("axes.grid", "axes.labelsize", "font.size", "grid.linewidth", "legend.fontsize")
    assert [ours[name] for name in same] == [mpl.rcParams[name] for name in same]
    colours = [mpl.colors.to_hex(each["color"]) for each in mpl.rcParams["axes.prop_cycle"]]
    assert [mpl.colors.to_hex(each["color"]) for each in ours["axes.prop_cycle"]] == colours


def test_charts_of_a_report_do_not_follow_the_style_of_the_notebook() -> None:
    import matplotlib.pyplot  # noqa: F401, PLC0415

    plain = dict(mpl.rcParamsDefault)
    theme.use_theme()
    mpl.rcParams["lines.linewidth"] = 9
    with lean_style():
        drawn_with = {name: mpl.rcParams[name] for name in ("lines.linewidth", "axes.grid")}
    assert drawn_with == {name: plain[name] for name in drawn_with}
    assert mpl.rcParams["lines.linewidth"] == 9
    assert mpl.rcParams["axes.grid"]


def test_a_figure_says_its_titles_and_what_its_axes_are() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    figure.suptitle("两个图")
    left.set(title="执行率", xlabel="地区", ylabel="率")
    right.set(xlabel="年")
    assert describe(figure) == "两个图; 执行率: 地区 × 率; 年"
    assert describe(Figure()) == ""
