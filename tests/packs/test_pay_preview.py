"""`yuandian pay preview`: a plan and a file of results give statements, exactly as docs/reference/command-line.md says."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from yuandian.config.cli import app

RESULTS = """rm_id,hired_on,left_on,assets_fen,openings,net_commission_fen
RM01,2010-12-01,,850000000,3,600000
RM02,2011-06-16,,120000000,0,0
007,2010-12-01,,29999999,12,5000
RM04,2010-12-01,2011-06-11,30000000,2,-3000
"""


@pytest.fixture
def run(tmp_path):
    def preview(text, *more, plan="source-2011", period="2011-06", encoding="utf-8", name="results.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        options = ["--plan", str(plan), "--results", str(path), "--period", period]
        return CliRunner().invoke(app, ["pay", "preview", *options, *more])

    return preview


def answer(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def amounts(statement):
    return {line["component"]: line["amount_fen"] for line in statement["lines"] if line["amount_fen"]}


@pytest.mark.req("P2")
def test_statements_lines_and_costs_of_the_employer(run):
    """By hand. RM01: 3800.00 + 5000.00 × 10 % + 1000.00 × 15 % = 4450.00; 8 %, 2 % + 3.00, 0.2 %, 12 % of it.

    RM02: 1200.00 × 15 ÷ 30. RM04: 900.00 × 10 ÷ 30, and 10 % of −30.00 is owed and taken back.
    """
    found = answer(run(RESULTS, "--json"))
    assert set(found) == {"statements", "warnings"}
    one, two, three, four = found["statements"]
    assert [(s["rm_id"], s["status"], s["total_fen"]) for s in found["statements"]] == [
        ("RM01", "grade_3", 345_910), ("RM02", "formal", 26_962), ("007", "no_results", 60_000), ("RM04", "agent", 29_700),
    ]  # fmt: skip
    assert amounts(one) == {
        "base": 380_000, "commission_share": 65_000, "social_insurance.pension": -35_600, "social_insurance.medical": -9_200,
        "social_insurance.unemployment": -890, "social_insurance.housing_fund": -53_400,
    }  # fmt: skip
    assert {cost["component"]: cost["amount_fen"] for cost in one["employer_costs"]} == {
        "social_insurance.pension": 89_000, "social_insurance.medical": 44_500, "social_insurance.unemployment": 4_450,
        "social_insurance.injury": 2_225, "social_insurance.maternity": 3_560, "social_insurance.housing_fund": 53_400,
    }  # fmt: skip
    assert amounts(two)["base"] == 60_000
    assert amounts(three) == {"opening_bonus": 60_000}
    assert amounts(four) == {"base": 30_000, "clawback": -300}
    assert three["employer_costs"] == four["employer_costs"] == []
    assert all(s["total_fen"] == sum(line["amount_fen"] for line in s["lines"]) for s in found["statements"])


@pytest.mark.req("P2")
def test_a_line_shows_its_arithmetic(run):
    line = answer(run(RESULTS, "--json"))["statements"][0]["lines"][2]
    assert line == {
        "component": "commission_share", "amount_fen": 65_000, "reason": "share_marginal",
        "inputs": {"net_commission_fen": 600_000},
        "steps": [
            "(500000 - 0) × 100000 ÷ 1000000 = 50000", "(600000 - 500000) × 150000 ÷ 1000000 = 15000",
            "50000 + 15000 = 65000",
        ],
        "rounding": "half_up", "words": {"zh": "分段计提", "en": "each slice at its own rate"},
    }  # fmt: skip


@pytest.mark.req("P1")
def test_warnings_of_the_plan_and_of_the_month(run):
    found = answer(run(RESULTS, "--json"))["warnings"]
    assert [(one["code"], one["place"]) for one in found] == [
        ("volume_alone", "brokerage/pay/source-2011.yaml:21"),
        ("below_minimum_wage", "brokerage/pay/source-2011.yaml:16"),
        ("cliff", "brokerage/pay/source-2011.yaml:16"),
        ("month_below_minimum", "RM02"),
    ]
    assert all(one["zh"] and one["en"] for one in found)


@pytest.mark.parametrize("ids", [[7, 8], ["07", "8"]])
def test_ids_come_out_as_they_came_in(tmp_path, ids):
    table = pa.table(
        {"rm_id": ids, "assets_fen": [0, 30_000_000], "openings": [1, 0], "net_commission_fen": [0, 0]}
    )
    pq.write_table(table, tmp_path / "results.parquet")
    options = [
        "--plan",
        "source-2011",
        "--results",
        str(tmp_path / "results.parquet"),
        "--period",
        "2011-06",
        "--json",
    ]
    found = answer(CliRunner().invoke(app, ["pay", "preview", *options]))
    assert [(one["rm_id"], one["total_fen"]) for one in found["statements"]] == [(ids[0], 5_000), (ids[1], 90_000)]


def test_in_words(run):
    text = run(RESULTS).stdout
    assert "RM01  三级 / Grade 3  3,459.10" in text
    assert "底薪: 按所在档计，15/30 天 / by the bracket reached, for 15 of 30 days" in text
    assert "做得更多，拿得更少" in text


def test_columns_that_are_missing_or_not_used_are_told(run):
    found = answer(run("rm_id,assets_fen,星座\nRM01,30000000,x\n", "--json"))
    assert found["statements"][0]["total_fen"] == 90_000
    said = [
        (one["code"], one["inputs"].get("column")) for one in found["warnings"] if one["place"] == "results.csv"
    ]
    assert said == [
        ("column_missing", "openings"),
        ("column_missing", "net_commission_fen"),
        ("column_unused", "星座"),
    ]


def test_a_decided_status_stands_and_the_difference_is_told(run):
    found = answer(
        run(
            "rm_id,assets_fen,openings,net_commission_fen,decided_status,owed_fen\nA,130000000,0,0,agent,500\n",
            "--json",
        )
    )
    (one,) = found["statements"]
    assert (one["status"], one["total_fen"], one["carried_fen"]) == ("agent", 119_500, 0)
    assert [w["inputs"] for w in found["warnings"] if w["code"] == "status_differs"] == [
        {"decided": "agent", "reached": "formal"}
    ]


def test_gbk_and_a_plan_of_ones_own(run, tmp_path):
    from yuandian.packs.pay import plans

    own = tmp_path / "own.yaml"
    own.write_text(plans()["source-2011"].read_text().replace("fen: 5_000", "fen: 8_000"))
    found = answer(
        run("rm_id,assets_fen,openings,net_commission_fen\n王芳,0,2,0\n", "--json", plan=own, encoding="gbk")
    )
    assert [(one["rm_id"], one["total_fen"]) for one in found["statements"]] == [("王芳", 16_000)]
    assert found["warnings"][0]["place"] == "own.yaml:21"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("RM01,2010-13-01,,1,0,0", "row 1, hired_on: '2010-13-01'"),
        ("RM01,2010-12-01,2010-11-30,1,0,0", "row 1, left_on: '2010-11-30'"),
        ("RM01,,,1e5,0,0", "row 1, assets_fen: '1e5'"),
        ("RM01,,,1.5,0,0", "row 1, assets_fen: '1.5'"),
        ("RM01,,,NaN,0,0", "row 1, assets_fen: 'NaN'"),
        ("RM01,,,１２,0,0", "row 1, assets_fen: '１２'"),
        ("RM01,,,9999999999999999,0,0", "row 1, assets_fen: '9999999999999999'"),
        ("RM01,,,1,,0", "row 1, openings: ''"),
        (",,,1,0,0", "row 1, rm_id: ''"),
        ("RM01,,,1,0", "row 1: 有 5 格，与表头不符"),
        ("RM01,,,1,0,0\nRM01,,,1,0,0", "row 2, rm_id: 'RM01': 第 1 行已有"),
    ],
)
def test_a_bad_cell_is_told_by_row_and_column_and_nothing_is_paid(run, row, told):
    result = run(f"rm_id,hired_on,left_on,assets_fen,openings,net_commission_fen\n{row}\n", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


@pytest.mark.parametrize(
    ("options", "text", "told"),
    [
        ({"plan": "source-2010"}, RESULTS, "did you mean `source-2011`"),
        ({"plan": "nowhere/own.yaml"}, RESULTS, "own.yaml:1: the file is missing"),
        ({"period": "2010-06"}, RESULTS, "plan source-2011 holds from 2010-07, not in 2010-06"),
        ({}, "rm_id,openings\nA,1\n", "column assets_fen is missing"),
        ({}, "", "empty"),
        ({"name": "results.doc"}, RESULTS, "not known"),
    ],
)
def test_what_cannot_be_used_is_refused(run, options, text, told):
    result = run(text, "--json", **options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


def test_a_debt_is_never_negative(run):
    assert "row 1, owed_fen: '-1'" in run("rm_id,assets_fen,owed_fen\nA,0,-1\n").stderr
    result = run("rm_id,deposits_fen,clawback_fen\nA,0,-5\n", plan="spread-2026", period="2026-06")
    assert "row 1, clawback_fen: '-5'" in result.stderr


def test_a_month_that_is_none_is_usage(run):
    assert run(RESULTS, period="2011-6-1").exit_code == 2


def test_no_database_and_no_django_is_needed(tmp_path):
    (tmp_path / "results.csv").write_text(RESULTS)
    code = (
        "import sys; from yuandian.config.cli import app\n"
        "try: app(['pay', 'preview', '--plan', 'source-2011', '--results', 'results.csv', '--period', '2011-06', '--json'])\n"
        "except SystemExit as end: sys.exit(end.code or ('django' in sys.modules and 9) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.csv"]
