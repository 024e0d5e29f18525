"""Find the run file of one's own by which a run that lies in a folder is checked.

A folder may have been handed over: what it names, be it a place of data, a database, a list of
signers or a command, is neither opened nor executed. All of that comes from a run file of whoever
checks: the one that is given, or one of the same name in the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fundeval import workspace
from fundeval.batch.difference import Difference
from fundeval.batch.manifest import MANIFEST, run_settings
from fundeval.batch.plan import RunFile, Signing, read_run_file
from fundeval.batch.read_manifest import Manifest
from fundeval.batch.signing import is_default
from fundeval.problems import BadInputError, refusal
from fundeval.tables import absolute_location, names_server, sample_names, without_password

# What `fundeval run` takes from its options, and what a sign-off takes from the person.
NOT_COMPARED = ("year", "lang", "signing")
POLICY_NAME = re.compile(r"\w[\w-]*")


@dataclass(frozen=True)
class OwnRunFile:
    """The run file of one's own, or what is told because there is none.

    Attributes
    ----------
    run
        The run, with data set and policy as one's own file names them; None if it cannot be made
        again.
    signing
        How it is signed: commands only of a file that was given.
    told
        The file that was found, and how it differs from what the manifest records.
    """

    run: RunFile | None = None
    signing: Signing = field(default_factory=Signing)
    told: tuple[Difference, ...] = ()


def find_own_run_file(folder: Path, manifest: Manifest, given: Path | None = None) -> OwnRunFile:
    """Find the run file by which a run is checked.

    Parameters
    ----------
    folder
        Output folder of the run.
    manifest
        Its manifest.
    given
        A run file of one's own; by default the one in this folder or in `params` that is called
        like the run and has its settings. Only one that is given may name a server of databases
        or commands for signatures.

    Raises
    ------
    BadInputError
        If the file that is given cannot be used, or lies in the folder of the run.
    """
    if given is not None and given.resolve().is_relative_to(folder.resolve()):
        raise refusal("verify.run_file_inside", str(given))
    own = read_run_file(given) if given is not None else None
    recorded = _recorded(manifest)
    if recorded is None:
        altered = (Difference("manifest", MANIFEST),)
        return OwnRunFile(None, own.signing if own else Signing(), altered)
    if own is not None:
        told = (Difference("run_file", str(given)), *_compare(recorded, own))
        return OwnRunFile(_as_called(own, recorded), own.signing, told)
    return _search(folder, recorded)


def signing_of(manifest: Manifest, own: OwnRunFile) -> Signing:
    """Return how a run is signed, as a run file of one's own says.

    Raises
    ------
    BadInputError
        If the run names commands other than OpenSSH's and no run file with commands was given:
        what lies in a folder that somebody hands over is not executed.
    """
    if is_default(own.signing):
        with suppress(ValidationError):
            named = Signing.model_validate(manifest.run.get("signing", {}))
            if not is_default(named):
                raise refusal("sign.own_command", MANIFEST, command=named.check[0])
    return own.signing


def _recorded(manifest: Manifest) -> RunFile | None:
    """Return the run file as a manifest records it, without its places; None if it is none."""
    try:
        recorded = RunFile.model_validate(manifest.run)
    except ValidationError:
        return None
    return recorded if recorded.model_dump(mode="json") == manifest.run else None


def _search(folder: Path, recorded: RunFile) -> OwnRunFile:
    """Look for a run file of the same name, or take a sample, which ships with the package."""
    found = {path: own for path, own in _own_files(folder) if own.name == recorded.name}
    same = {path: own for path, own in found.items() if not any(_compare(recorded, own))}
    # By what they lead to: two files may say the same.
    by_place = {_places(own): path for path, own in reversed((same or found).items())}
    if len(by_place) > 1:
        names = ", ".join(sorted(map(str, by_place.values())))
        return OwnRunFile(told=(Difference("many_run_files", recorded.name, now=names),))
    if not by_place:
        if _ships_with_package(recorded):
            return OwnRunFile(recorded)
        return OwnRunFile(told=(Difference("no_run_file", recorded.name),))
    [path] = by_place.values()
    own = found[path]
    signers = {each.signing.signers for each in (same or found).values()} - {None}
    signing = Signing(signers=signers.pop() if len(signers) == 1 else None)
    told = (Difference("run_file", str(path)), *_compare(recorded, own))
    if names_server(own.dataset):
        server = Difference("server", without_password(own.dataset))
        return OwnRunFile(None, signing, (*told, server))
    return OwnRunFile(_as_called(own, recorded), signing, told)


def _own_files(folder: Path) -> Iterator[tuple[Path, RunFile]]:
    here, places = Path.cwd(), [Path.cwd()]
    with suppress(FileNotFoundError):
        places.append(workspace.find("params"))
    for place in dict.fromkeys(places):
        for path in sorted(place.glob("*.y*ml")):
            if not path.is_file() or path.resolve().is_relative_to(folder.resolve()):
                continue
            with suppress(BadInputError):
                shown = path.relative_to(here) if path.is_relative_to(here) else path
                yield shown, read_run_file(path)


def _as_called(own: RunFile, recorded: RunFile) -> RunFile:
    """Return one's own run file with what the options of the command had set."""
    return own.model_copy(update={name: getattr(recorded, name) for name in ("year", "lang")})


def _places(own: RunFile) -> tuple[str, str]:
    return absolute_location(own.dataset), absolute_location(own.policy)


def _ships_with_package(recorded: RunFile) -> bool:
    samples = {f"sample:{name}" for name in sample_names()}
    return recorded.dataset in samples and POLICY_NAME.fullmatch(recorded.policy) is not None


def _compare(recorded: RunFile, own: RunFile) -> Iterator[Difference]:
    """Yield the settings in which one's own run file differs from what a manifest records."""
    then, now = _settings(recorded), _settings(own)
    for name in then:
        if then[name] != now[name]:
            yield Difference("setting", name, str(then[name]), str(now[name]))


def _settings(run: RunFile) -> dict[str, Any]:
    return {name: value for name, value in run_settings(run).items() if name not in NOT_COMPARED}
