"""The files of a policy are hashed without reading what they say, and are those that are read."""

from pathlib import Path

import pytest

from fundeval import policy, strict_yaml
from fundeval.batch.stored_evaluation import hash_policy, key_of
from fundeval.problems import BadInputError

OVERLAY = """id: ours
title: {zh: 本市, en: Ours}
parameters: {}
"""
EXTENDING = {
    "plain": "extends: national\n",
    "comment": "extends: national  # 国家\n",
    "windows": "extends: national\r\n",
    "quoted": "extends: 'national'\n",
    "in Chinese": "extends: 基础\n",
    "told of before": "# it extends the policy of the state\nextends: national\n",
    "with a mark": "\ufeffextends: national\n",
    "in two steps": "extends: retrospective\n",
}


@pytest.mark.parametrize("extends", EXTENDING.values(), ids=EXTENDING)
def test_the_files_of_a_policy_are_those_that_are_loaded(
    extends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "ours.yaml"
    file.write_bytes((extends + OVERLAY).encode())
    base = OVERLAY.replace("ours", "base").encode()
    (tmp_path / "基础.yaml").write_bytes(b"extends: national\n" + base)
    loaded = policy.load(file)
    assert hash_policy(str(file)) == dict(loaded.files)
    assert key_of("sample:public", str(file), 2015) == key_of("sample:public", loaded, 2015)


def test_one_beside_comes_before_one_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("extends: national\n" + OVERLAY, encoding="utf-8")
    national = policy.find_file("national").read_bytes() + b"# our own\n"
    (tmp_path / "national.yaml").write_bytes(national)
    file = str(tmp_path / "ours.yaml")
    assert hash_policy(file) == dict(policy.load(file).files)
    assert hash_policy(file)["national.yaml"] != hash_policy("national")["national.yaml"]


def test_a_plain_policy_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    monkeypatch.setattr(strict_yaml.YAML, "load", lambda _, text: parsed.append(text))
    assert list(hash_policy("retrospective")) == ["national.yaml", "retrospective.yaml"]
    assert parsed == []


@pytest.mark.parametrize("extended", ["ours", "nowhere"])
def test_what_is_no_policy_has_no_key(extended: str, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(f"extends: {extended}\n{OVERLAY}", encoding="utf-8")
    with pytest.raises(BadInputError):
        hash_policy(str(file))
    assert key_of("sample:public", str(file), 2015) is None
