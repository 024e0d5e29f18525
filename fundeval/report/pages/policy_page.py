"""The page of a run that says the whole policy in force: what all its reports share."""

from __future__ import annotations

from collections.abc import Iterator

from fundeval.report.format.html_fragments import Html
from fundeval.report.pages.standalone import standalone_page
from fundeval.report.sections.stated_rules import (
    Stated,
    card_rules,
    state_definition,
    state_parameter,
    state_scoring,
    stated_table,
)
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation


def render_policy(evaluation: Evaluation, lang: str) -> str:
    """Return the policy in force as one HTML file without scripts or external resources.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    lang
        Language of the page, `zh` or `en`.
    """
    view = View(evaluation, summarize_descendants(evaluation), "", lang)
    say = view.messages.say
    return standalone_page(
        view,
        "policy.html.j2",
        say("policy_page.title", policy=view.policy.title[lang], year=view.year),
        sentences=[
            say("policy_page.in_force", policy=view.policy.title[lang], year=view.year),
            say("policy_page.reports"),
        ],
        parts=[part for part in _parts(view) if part[1].markup],
    )


def _parts(view: View) -> Iterator[tuple[str, Html]]:
    """Yield title and table of each part of the policy."""
    say, policy = view.messages.say, view.policy
    parameters = [state_parameter(view, entry) for entry in policy.parameters.values()]
    scoring = [state_scoring(view, entry) for entry in policy.rules.values()]
    declared = [
        state_definition(view, each.id) for each in (*policy.declared, *policy.grouped.values())
    ]
    own = [row for row in (*parameters, *scoring, *declared) if row.origin == policy.id]
    if len(policy.files) > 1 and own:
        yield say("policy_page.changed"), stated_table(view, "policy_changed", own, whole=True)
    yield say("policy_page.scoring"), stated_table(view, "policy_scoring", scoring, whole=True)
    yield say("policy_page.parameters"), _whole(view, "policy_parameters", parameters)
    if declared:
        yield say("policy_page.declared"), _whole(view, "policy_declared", declared)
    for card, titles in policy.scorecards.items():
        rows = [*card_rules(view, card)]
        yield titles[view.messages.lang], _whole(view, "policy_card", rows)
    yield (
        say("policy_page.files"),
        table(view, "policy_files", policy.files, {
            "file": lambda file: file["name"], "sha256": lambda file: file["sha256"],
        }),
    )  # fmt: skip


def _whole(view: View, name: str, rows: list[Stated]) -> Html:
    return stated_table(view, name, rows, whole=True)
