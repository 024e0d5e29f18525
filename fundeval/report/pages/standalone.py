"""A whole page from a template, which loads nothing but itself."""

from __future__ import annotations

import base64
import hashlib

from fundeval.report.format.html_fragments import render
from fundeval.report.unit_view import View


def standalone_page(view: View, template: str, title: str, **values: object) -> str:
    """Return a whole page from a template of the folder."""
    return render(
        template,
        lang=view.messages.lang,
        say=view.messages.say,
        title=title,
        synthetic=view.evaluation.about["dataset"]["synthetic"],
        **values,
    ).markup


def hash_of(script: str) -> str:
    """Return what the page's security policy calls the one script that may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
