"""`yuandian export`: the document, the words, the refusals."""

import json

import pytest
from tests.factories import everything, make_branch, make_customer
from typer.testing import CliRunner

from yuandian.config.cli import app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("X5")]


def run(*arguments: object, code: int = 0):
    done = CliRunner().invoke(app, ["export", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def test_the_document_and_the_words(tmp_path):
    make_customer(make_branch(), name="周小云")
    path = tmp_path / "customers.xlsx"
    answer = json.loads(run("customers", path, "--json").stdout)
    assert answer == {"kind": "customers", "rows": 1, "bytes": path.stat().st_size, "file": str(path)}
    assert run("customers", tmp_path / "c.csv").stdout.startswith("customers: 1 rows, ")
    assert "周小云" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nights", "n.csv"), "there is no kind nights"),
        (("customers", "c.pdf"), "the file must end in one of: .csv"),
        (("customers", "no-such-folder/c.csv"), "No such file"),
        (("customers", "c.csv", "--branch", "none"), "no branch none"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(tmp_path, monkeypatch, arguments, said):
    make_branch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en")
    before = everything()
    assert said in run(*arguments, code=1).stderr
    assert everything() == before
    assert list(tmp_path.iterdir()) == []
