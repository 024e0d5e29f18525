"""Commands on policies and indicators."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundeval import workspace
from fundeval.cli.common import Lang, On, app, errors, exit_on_bad_input, help_text, print_table
from fundeval.cli.help_pages import App
from fundeval.problems import BadInputError, Problem
from fundeval.words import DEFAULT_LANGUAGE, say

if TYPE_CHECKING:
    from fundeval.policy import Policy


class SchemaOf(StrEnum):
    """The kinds of file that have a schema."""

    RUN = "run"
    POLICY = "policy"
    MAPPING = "mapping"
    DATASET = "dataset"


policy_app = App(help=help_text("cli.policy"))
app.add_typer(policy_app, name="policy")


@app.command(help=help_text("cli.indicators"))
def indicators(
    policy: Annotated[str, typer.Option(help=help_text("cli.policy_name"))] = "national",
    lang: Lang = None,
) -> None:
    """List the indicators: those built in, and those that a policy declares."""
    from fundeval import policy as policies
    from fundeval.report.text.indicator_definitions import describe

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        definitions = policies.load(policy).definitions
    for definition in definitions.values():
        typer.echo("\n".join([*describe(definition, definitions, language), ""]))
    typer.echo(say("cli.supplied", language))


@app.command(help=help_text("cli.schema"))
def schema(
    of: Annotated[SchemaOf, typer.Argument(help=help_text("cli.schema_of"))],
) -> None:
    """Print the JSON Schema of a kind of file, for editors that complete and check."""
    from fundeval.cli.schemas import SCHEMAS, as_text

    typer.echo(as_text(SCHEMAS[of.value]()), nl=False)


@policy_app.command("show", help=help_text("cli.show"))
def show_policy(
    policy: Annotated[str, typer.Argument(help=help_text("cli.policy_name"))] = "national",
    on: On = None,
    region: Annotated[str | None, typer.Option(help=help_text("cli.region"))] = None,
    lang: Lang = None,
) -> None:
    """Print every parameter and scored indicator in force, with source and origin."""
    from fundeval import policy as policies
    from fundeval.report.text import policy as policy_text

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        chosen = _overlay(policy, region) if region else policies.load(policy)
        date = on.date() if on else policy_text.latest_date(chosen)
        rows = policy_text.list_rules(chosen, date, language)
    chain = " → ".join(name for name, _ in chosen.files)
    errors.print(say("cli.in_force", language, policy=chain, date=date), markup=False)
    headings = [say(f"column.{name}", language) for name in policy_text.COLUMNS]
    print_table(headings, rows, ((0, 1), (2, 3), (5, 6, 7), (4, 8)))


@policy_app.command("diff", help=help_text("cli.diff"))
def compare_policies(
    first: Annotated[str, typer.Argument(help=help_text("cli.policy_name"))],
    second: Annotated[str, typer.Argument(help=help_text("cli.policy_name"))],
    on: On = None,
    lang: Lang = None,
) -> None:
    """Print the values that differ between two policies, and the file that set each."""
    from fundeval import policy as policies
    from fundeval.report.text import policy as policy_text

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        pair = policies.load(first), policies.load(second)
        date = on.date() if on else policy_text.latest_date(*pair)
        rows = policy_text.list_differences(*pair, date, language)
    if not rows:
        typer.echo(say("cli.no_difference", language, date=date))
        return
    origin = say("column.origin", language)
    headings = [say(f"column.{name}", language) for name in ("parameter", "note")]
    print_table([*headings, first, origin, second, origin], rows, ((0, 1), (2, 3), (4, 5)))


@app.command("compare", help=help_text("cli.compare"))
def compare_outcomes(
    data: Annotated[str, typer.Argument(help=help_text("cli.data"))],
    first: Annotated[str, typer.Argument(help=help_text("cli.policy_name"))],
    second: Annotated[str, typer.Argument(help=help_text("cli.policy_name"))],
    year: Annotated[int, typer.Option(help=help_text("cli.year"))],
    kind: Annotated[str, typer.Option(help=help_text("cli.kind"))] = "hospital",
    lang: Lang = None,
) -> None:
    """Print the outcomes of all units of a kind under two policies."""
    from fundeval import policy as policies
    from fundeval import tables
    from fundeval.evaluation import judge_outcomes, measure
    from fundeval.report.format.messages import Messages
    from fundeval.report.format.numbers import NumberFormatter
    from fundeval.report.text import policy_comparison as compare_text
    from fundeval.results.compare import COLUMNS, compare

    language = lang or DEFAULT_LANGUAGE
    with exit_on_bad_input(language):
        compared_rules = [policies.load(name) for name in (first, second)]
        dataset = tables.load(data)
        tables.check_year(dataset, year)
        measured = measure(dataset, year)
        results = [judge_outcomes(measured, each) for each in compared_rules]
    compared = compare(*results)
    chosen = compared if kind == "all" else compared[compared["kind"] == kind]
    rows = compare_text.list_changes(chosen, language)
    headings = [say(f"compare.{name}", language) for name in COLUMNS]
    currency = dataset.info.currency
    numbers, messages = NumberFormatter(language, currency), Messages(language)
    for sentence in compare_text.state_moved(compared, numbers, messages):
        typer.echo(sentence, err=True)
    print_table(headings, rows, ((0, 1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11,)))


def _overlay(policy: str, region: str) -> Policy:
    """Load the policy of a region, params/policy/CODE.yaml, which must extend the given one."""
    from fundeval import policy as policies

    file, base = f"params/policy/{region}.yaml", Path(policy).stem
    try:
        overlay = policies.load(str(workspace.find(file)))
    except FileNotFoundError:
        raise BadInputError([Problem("region.no_overlay", file, {"base": base})]) from None
    if f"{base}.yaml" not in [name for name, _ in overlay.files]:
        raise BadInputError([Problem("region.other_base", file, {"base": base})])
    return overlay
