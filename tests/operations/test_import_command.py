"""The `import` command's work: which branch it takes, what it says, in which language it refuses."""

import pytest
import typer
from tests.factories import make_branch

from yuandian.config.import_command import in_my_language, run_import
from yuandian.records.customers import Customer
from yuandian.records.org import Branch

pytestmark = pytest.mark.django_db(transaction=True)


def run(kind, path, **more):
    options = {"pack": None, "source": None, "branch": None, "dry_run": False}
    return run_import(kind, path, **{**options, **more})


def refusal(capsys, *arguments, **more) -> str:
    with pytest.raises(typer.Exit) as caught:
        run(*arguments, **more)
    assert caught.value.exit_code == 1
    return capsys.readouterr().err


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("客户号,开户日期,风险等级\nC1,2026-01-02,3\nC2,2026-01-02,9\n", encoding="gbk")
    return path


def test_a_pack_without_a_branch_gets_one(path, capsys):
    answer, lines = run("customers", path, pack="bank")
    assert answer["accepted"] == {"customers": 1}
    assert lines[0] == "customers: 2 rows, 1 accepted, 0 unchanged, 1 rejected"
    assert lines[2] == f"all rejects: {answer['rejects_file']}"
    assert Branch.objects.get().customers.get().number == "C1"
    run("customers", path, pack="bank")
    assert Branch.objects.count() == 1


def test_columns_that_mean_nothing_are_told(tmp_path, capsys):
    path = tmp_path / "c.csv"
    path.write_text("客户号,开户日期,星座,职业,爱好\nC1,2026-01-02,x,教师,y\n")
    answer, lines = run("customers", path, pack="bank")
    assert answer["unused_columns"] == {"customers": ["星座", "爱好"]}
    assert lines == [
        "customers: 1 rows, 1 accepted, 0 unchanged, 0 rejected",
        "customers: columns not used: 星座, 爱好",
    ]


def test_real_rows_do_not_go_into_a_made_up_branch_unasked(path):
    made_up = make_branch(number="demo", is_made_up=True)
    run("customers", path, pack="bank")
    assert Customer.objects.get().branch.number == "bank"
    run("customers", path, branch="demo")
    assert made_up.customers.count() == 1


def test_refusals_come_in_the_language_of_the_terminal(path, capsys, monkeypatch):
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    make_branch()
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有 people 这种数据；可以是：rms, customers" in refusal(capsys, "people", path)
    assert "c.txt: 不认识这种文件. 请另存为" in refusal(capsys, "customers", path.with_suffix(".txt"))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "there is no kind people; known are: rms, customers" in refusal(capsys, "people", path)
    assert "c.txt: this kind of file is not known. save it as" in refusal(
        capsys, "customers", path.with_suffix(".txt")
    )
    assert in_my_language("中文 / English") == "English"


def test_several_branches_must_be_told_apart(path, capsys):
    assert "no branch yet" in refusal(capsys, "customers", path)
    make_branch(number="east")
    make_branch(number="west")
    assert "(east, west)" in refusal(capsys, "customers", path)
    assert "no branch north" in refusal(capsys, "customers", path, branch="north")
