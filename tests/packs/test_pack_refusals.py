"""Every refusal of a pack names file, line and fix. Each row spoils one place of a sound pack."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from yuandian.packs.draft import HERE
from yuandian.packs.loader import check, load
from yuandian.packs.problems import PackError

TODAY = date(2026, 11, 24)

# file, what stood there, what stands there now, the line's text that is named, what, fix
SPOILT = {
    "unknown key": (
        "know/tiers.yaml", "  rank: 5\n", "  rnak: 5\n", "  rnak: 5", "unknown key `rnak`", "did you mean `rank`?",
    ),
    "unknown key of the header": (
        "pack.yaml", "limits:\n", "limts:\n", "limts:", "unknown key `limts`", "did you mean `limits`?",
    ),
    "missing Chinese": (
        "know/tiers.yaml", "{zh: 金卡, en: Gold}", "{en: Gold}", "  label: {en: Gold}",
        "`2.label.zh`: the Chinese label is missing", "add `zh: …`",
    ),
    "missing English": (
        "terms.yaml", "{zh: 管户, en: Book}", "{zh: 管户}", "book: {zh: 管户}",
        "`book.en`: the English label is missing", "add `en: …`",
    ),
    "empty label": (
        "terms.yaml", "{zh: 管户, en: Book}", "{zh: '', en: Book}", "book: {zh: '', en: Book}",
        "`book.zh` is empty", "write it out, or delete the line",
    ),
    "missing word": (
        "terms.yaml", "outlet: {zh: 网点, en: Outlet}\n", "", "customer: {zh: 客户, en: Customer}",
        "the word `outlet` is missing", "add `outlet: {zh: …, en: …}`",
    ),
    "unknown feature in a tier": (
        "know/tiers.yaml", "when: assets_fen >= gold_assets_fen", "when: asets_fen >= gold_assets_fen",
        "  when: asets_fen >= gold_assets_fen", "near `asets_fen` at character 1", "assets_fen",
    ),
    "unknown feature in a playbook": (
        "decide/care.yaml", "days_to_birthday = 0", "days_to_brithday = 0",
        "  when: kind = 'person' AND days_to_brithday = 0 AND assets_fen >= notable_assets_fen",
        "near `days_to_brithday` at character 21", "days_to_birthday",
    ),
    "a rule that is no rule": (
        "know/segments.yaml", "when: investments_365d > 0", "when: investments_365d / 2 > 0",
        "  when: investments_365d / 2 > 0", "near `/` at character 18", "there is no division",
    ),
    "a stage may not name the segment": (
        "know/stages.yaml", "when: tenure_days < new_days", "when: segment = 'saver'", "  when: segment = 'saver'",
        "near `segment`", "",
    ),
    "an unknown stage in a playbook": (
        "decide/care.yaml", "stage = 'dormant'", "stage = 'dorment'",
        "  when: stage = 'dorment' AND assets_fen >= notable_assets_fen",
        "unknown stage `dorment` at character 1", "did you mean `dormant`?",
    ),
    "an unknown category in a playbook": (
        "decide/endings.yaml", "ending_category = 'loan'", "ending_category IN ('loan', 'lone')",
        "  when: ending_category IN ('loan', 'lone') AND days_to_end BETWEEN 0 AND 30",
        "unknown ending_category `lone` at character 1", "did you mean `loan`?",
    ),
    "an unknown kind of transaction in a feature": (
        "know/features.yaml", "where: kind = 'cash_out'", "where: kind = 'cash_uot'",
        "  where: kind = 'cash_uot'", "unknown kind `cash_uot`", "did you mean `cash_out`?",
    ),
    "an unknown column in a feature": (
        "know/features.yaml", "where: kind = 'cash_out'", "where: knid = 'cash_out'",
        "  where: knid = 'cash_out'", "near `knid`", "kind",
    ),
    "a sum without a column": (
        "know/features.yaml", "  of: inflow_fen\n", "", "- id: regular_income_90d_fen",
        "`regular_income_90d_fen`: `sum` needs `of`", "add `of: …`",
    ),
    "a sum of an unknown column": (
        "know/features.yaml", "of: inflow_fen", "of: inflows_fen", "  of: inflows_fen",
        "`customer_days` has no number `inflows_fen`", "did you mean `inflow_fen`?",
    ),
    "a unit that does not fit": (
        "know/features.yaml", "  unit: fen\n", "  unit: days\n", "  unit: days",
        "`regular_income_90d_fen` is counted in `fen`, not in `days`", "write `unit: fen`",
    ),
    "a feature of the engine's name": (
        "know/features.yaml", "id: cards", "id: products", "- id: products",
        "`products` is already a feature or value", "give the feature another name",
    ),
    "a value of a feature's name": (
        "know/values.yaml", "new_days:", "tenure_days:", "tenure_days:", "`tenure_days` is also a feature",
        "give the value another name",
    ),
    "a value without a day": (
        "know/values.yaml", "{from: 1990-01-01, value: 5_000_000, source: 假设：资产 5 万元起}",
        "{value: 5_000_000, source: 假设}", "  values: [{value: 5_000_000, source: 假设}]",
        "`silver_assets_fen.values.0.from` is missing", "add `from: …`",
    ),
    "a value without a source": (
        "know/values.yaml", "value: 180, source: 假设}", "value: 180}",
        "  values: [{from: 1990-01-01, value: 180}]", "`silver_rhythm_days.values.0.source` is missing",
        "add `source: …`",
    ),
    "a value without a unit": (
        "know/values.yaml", "new_days:\n  unit: days\n", "new_days:\n", "new_days:", "`new_days.unit` is missing",
        "add `unit: …`",
    ),
    "a value that is no whole number": (
        "know/values.yaml", "value: 50_000_000", "value: 500000.5",
        "  values: [{from: 1990-01-01, value: 500000.5, source: 假设：资产 50 万元起}]",
        "`gold_assets_fen.values.0.value`: input should be a valid integer", "correct the value",
    ),
    "overlapping days": (
        "know/values.yaml", "source: 假设：资产 5 万元起}]",
        "source: 假设},\n    {from: 1990-01-01, value: 6, source: 假设}]", "    {from: 1990-01-01, value: 6, source: 假设}]",
        "`silver_assets_fen` has two values from 1990-01-01: they overlap",
        "keep one, or give the later one its own day",
    ),
    "days out of order": (
        "know/values.yaml", "source: 假设：资产 5 万元起}]",
        "source: 假设},\n    {from: 1989-01-01, value: 6, source: 假设}]", "    {from: 1989-01-01, value: 6, source: 假设}]",
        "`silver_assets_fen`: 1989-01-01 comes after 1990-01-01", "order the values by their first day",
    ),
    "a last tier that does not always hold": (
        "know/tiers.yaml", "{zh: 普通, en: Basic}\n", "{zh: 普通, en: Basic}\n  when: assets_fen >= 0\n",
        "  when: assets_fen >= 0", "the last tier does not always hold", "add a last tier without `when`",
    ),
    "a tier twice": (
        "know/tiers.yaml", "id: silver", "id: gold", "- id: gold", "tier `gold` is declared twice",
        "rename one; the first is on line",
    ),
    "a playbook twice": (
        "decide/offers.yaml", "id: standing_order", "id: birthday", "- id: birthday",
        "playbook `birthday` is declared twice", "rename one; the first is at bank/decide/care.yaml:",
    ),
    "a product twice": (
        "pack.yaml", "{id: fund,", "{id: wealth,", "  - {id: wealth, label: {zh: 基金, en: Fund}, category: investment}",
        "product `wealth` is declared twice", "rename one",
    ),
    "a product of an unknown category": (
        "pack.yaml", "{zh: 基金, en: Fund}, category: investment", "{zh: 基金, en: Fund}, category: invest",
        "  - {id: fund, label: {zh: 基金, en: Fund}, category: invest}", "unknown category `invest` of product `fund`",
        "did you mean `investment`?",
    ),
    "a placeholder that is not named": (
        "decide/offers.yaml", "账户余额 {assets_fen}", "账户余额 {outflow_7d_fen}",
        '    - {zh: "账户余额 {outflow_7d_fen}", en: "Balance {assets_fen}"}',
        "placeholder `{outflow_7d_fen}` is not in `because`", "add it there",
    ),
    "an unknown feature in because": (
        "decide/care.yaml", "because: [days_to_birthday, age, assets_fen]", "because: [days_to_birthday, aeg, assets_fen]",
        "  because: [days_to_birthday, aeg, assets_fen]", "unknown feature `aeg` in `because`", "did you mean `age`?",
    ),
    "worth of what is no money": (
        "decide/offers.yaml", "worth: {fen: 6000,", "worth: {of: bills_times_90d, ppm: 10,",
        "  worth: {of: bills_times_90d, ppm: 10, why: {zh: 常用账户一年多带来的收入，按 60 元估（假设）, en: A year of an account in steady use at 60 yuan more (assumption)}}",
        "`worth` is of `bills_times_90d`, which is no feature in fen", "known are: ",
    ),
    "an effect outside its range": (
        "decide/offers.yaml", "{ppm: 80000, low_ppm: 20000", "{ppm: 10000, low_ppm: 20000",
        '  effect: {ppm: 10000, low_ppm: 20000, high_ppm: 200000, basis: assumption, source: {zh: 假设：没有对照组, en: "Assumption: no control group"}}',
        "the effect 10000 is not between 20000 and 200000", "order low_ppm, ppm and high_ppm",
    ),
    "a script that promises": (
        "decide/offers.yaml", "不收手续费", "稳赚不赔",
        None, "forbidden words `稳赚`", "say what is true without it",
    ),
    "a long script": (
        "decide/offers.yaml", "不需要就当我没说。", "不需要就当我没说。" + "好" * 60, None,
        "the script has", "shorten it to one reason and one ask",
    ),
    "a demo with an unknown product": (
        "demo/branch.yaml", "card_gold: 50000", "card_glod: 50000", "  card_glod: 50000",
        "unknown product `card_glod`", "did you mean `card_gold`?",
    ),
    "an alias of an unknown column": (
        "fields.yaml", "    outlet_id: [开户行", "    outlet: [开户行", "    outlet: [开户行, 开户机构, 归属支行]",
        "`customers` has no column `outlet`", "did you mean `outlet_id`?",
    ),
    "an alias that means two columns": (
        "fields.yaml", "outlet_id: [开户行,", "outlet_id: [CIF,", "    outlet_id: [CIF, 开户机构, 归属支行]",
        "`CIF` means both `customer_id` and `outlet_id`", "keep it for one of them",
    ),
    "a source with an unknown column": (
        "sources/berka.yaml", "{use: copy, of: client_id}", "{use: copy, of: cleint_id}",
        "      customer_id: {use: copy, of: cleint_id}", "unknown column `cleint_id`", "did you mean `client_id`?",
    ),
    "a source with an unknown code": (
        "sources/berka.yaml", '"VKLAD|": cash_in', '"VKLAD|": cash_inn', "      kind:",
        "unknown transactions kind `cash_inn`", "did you mean `cash_in`?",
    ),
    "a source with an unknown transform": (
        "sources/berka.yaml", "{use: birth_yymmdd,", "{use: birth_date,",
        "      birth_date: {use: birth_date, of: birth_number, century: 19}", "birth_date", "correct the value",
    ),
    "a source with an unknown value": (
        "sources/berka.yaml", "  notable_assets_fen:", "  notabel_assets_fen:",
        "  notabel_assets_fen: [{from: 1990-01-01, value: 500_000, source: 假设：5 千克朗}]",
        "unknown value `notabel_assets_fen`", "did you mean `notable_assets_fen`?",
    ),
    "a source without a required column": (
        "sources/berka.yaml", "      active_from: {use: date_yymmdd, of: account.date, century: 19}\n\n  - kind: consents",
        "\n  - kind: consents", None, "`ownerships` needs the column `active_from`", "add `active_from: {use: …}`",
    ),
    "made-up rows without a reason": (
        "sources/berka.yaml", "    why: {zh: 客户经理是虚构的，归属按客户住址所在大区, en: The managers are made up; a customer belongs to that of the region of the home district}\n",
        "", "  - kind: ownerships", "made-up rows need a `why`", "correct the value",
    ),
    "another pack's folder": (
        "pack.yaml", "id: bank", "id: bnk", "id: bnk", "the pack is called `bnk` but its folder `bank`", "rename one",
    ),
    "the same key twice": (
        "terms.yaml", "book: {", "outlet: {", "outlet: {zh: 管户, en: Book}", 'found duplicate key "outlet"',
        "correct the YAML at this line",
    ),
    "broken YAML": (
        "terms.yaml", "book: {zh: 管户, en: Book}", "book: {zh: 管户, en: Book", None, "", "correct the YAML at this line",
    ),
    "a text that a comma ends": (
        "terms.yaml", "book: {zh: 管户, en: Book}", "book: {zh: 管户, en: Book, all of it}",
        "book: {zh: 管户, en: Book, all of it}", "`all of it` stands alone", "put the text in quotes",
    ),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(HERE / "bank", tmp_path / "bank"))


@pytest.mark.req("D9")
@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_pack_is_refused_at_its_place(copy, spoilt):
    file, old, new, line, what, fix = spoilt
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PackError) as refused:
        load("bank", as_of=TODAY, folder=copy)
    found = [p for p in refused.value.problems if what in p.what and fix in p.fix and p.file == f"bank/{file}"]
    assert found, str(refused.value)
    if line is not None:
        assert line in {path.read_text().splitlines()[problem.line - 1] for problem in found}
    assert set(refused.value.problems) <= set(check("bank", folder=copy))


def test_all_problems_are_told_at_once(copy):
    for file, old, new in (
        ("terms.yaml", "{zh: 管户, en: Book}", "{zh: 管户}"),
        ("know/tiers.yaml", "rank:", "rnak:"),
        ("pack.yaml", "version:", "verison:"),
    ):
        path = copy / file
        path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(PackError) as refused:
        load("bank", as_of=TODAY, folder=copy)
    assert [problem.file for problem in refused.value.problems] == [
        "bank/know/tiers.yaml",
        "bank/pack.yaml",
        "bank/pack.yaml",
        "bank/terms.yaml",
    ]
    assert str(refused.value).splitlines()[0] == (
        "bank/know/tiers.yaml:4: unknown key `rnak` — did you mean `rank`?"
    )


def test_a_missing_file_is_named(copy):
    (copy / "know/stages.yaml").unlink()
    with pytest.raises(PackError, match=r"bank/know/stages\.yaml:1: the file is missing — add it"):
        load("bank", as_of=TODAY, folder=copy)
