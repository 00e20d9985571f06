"""Reasons and warnings in Chinese and English: a code and its numbers are stored, words are made when shown."""

from collections.abc import Mapping

from yuandian.engine.pack import Label

WORDS: dict[str, tuple[str, str]] = {
    # reasons of lines
    "bracket": ("按所在档计", "by the bracket reached"),
    "bracket_by_days": ("按所在档计，{days}/{of_days} 天", "by the bracket reached, for {days} of {of_days} days"),
    "units": ("按数量计", "for each unit"),
    "share_marginal": ("分段计提", "each slice at its own rate"),
    "share_whole": ("全额按所在档计提", "all of it at the rate of its bracket"),
    "spread": ("余额乘利差乘分成，按月", "balance by spread by share, for a month"),
    "conduct": ("按考核档调整 {over_fen} 元", "changes {over_fen} yuan by conduct"),
    "guarantee": ("补足保底", "made up to the guarantee"),
    "guarantee_reached": ("所得已不低于保底", "earned as much as the guarantee"),
    "guarantee_over": ("不在保底期内", "outside the months of the guarantee"),
    "cap": ("合计 {over_fen} 元，封顶 {cap_fen} 元", "{over_fen} yuan together, capped at {cap_fen}"),
    "cap_not_reached": ("未到封顶", "below the cap"),
    "nothing_to_keep": ("期初没有可留存的", "there was nothing to keep"),
    "negative_owed": ("冲回大于所得，本月不计，结转待扣", "reversals outweigh: nothing earned, the rest is owed"),
    "not_for_status": ("此级别不适用", "not for this status"),
    "contribution": ("按缴费基数计", "on the contribution wage"),
    "contribution_short": ("工资不足以扣缴，差额结转", "the wage does not suffice; the rest is owed"),
    "not_an_employee": ("非劳动合同，不缴", "not an employee"),
    "not_employed": ("本月不在职", "not employed this month"),
    "nothing_owed": ("没有待扣", "nothing is owed"),
    "taken_back": ("待扣 {due_fen} 元，全部扣回", "{due_fen} yuan owed, all taken back"),
    "taken_within_limit": (
        "待扣 {due_fen} 元，本月最多扣 {limit_fen} 元，余 {carried_fen} 元结转",
        "{due_fen} yuan owed, at most {limit_fen} this month, {carried_fen} carried on",
    ),
    # warnings
    "volume_alone": (
        "薪酬只与开户数、资产或交易挂钩，没有合规、适当性、投诉的考核（缺：{missing}）",
        "pay hangs on accounts, assets and trading alone; conduct does not count (missing: {missing})",
    ),
    "conduct_missing": ("考核缺少：{missing}", "conduct is only partly considered; missing: {missing}"),
    "first_sale_only": (
        "只奖励第一次成交（{measures}），之后的服务和留存不计",
        "only the first sale is rewarded ({measures}); service and retention do not count",
    ),
    "below_minimum_wage": (
        "级别 {status} 最低到手 {paid_fen} 元，比当地最低工资 {minimum_fen} 元少 {short_fen} 元",
        "status {status} pays as little as {paid_fen} yuan, {short_fen} under the minimum wage of {minimum_fen}",
    ),
    "cliff": (
        "{input} 到 {edge} 时，到手从 {below_fen} 元降到 {above_fen} 元：做得更多，拿得更少",
        "when {input} reaches {edge}, pay falls from {below_fen} to {above_fen} yuan: more work for less",
    ),
    "clawback_over_limit": (
        "扣回上限高于法定上限（百万分之 {limit_ppm}，法定 {legal_ppm}）；对员工按法定上限执行",
        "the clawback's limit ({limit_ppm} ppm) is over the law's ({legal_ppm}); employees get the law's",
    ),
    "rates_old": (
        "{city} 的缴费标准是 {since} 起的，可能已经更新",
        "contributions of {city} are those from {since}; newer ones may be in force",
    ),
    "month_below_minimum": (
        "到手比最低工资少 {short_fen} 元",
        "this month is {short_fen} yuan under the minimum wage",
    ),
    "carried": ("还有 {carried_fen} 元待扣，结转下月", "{carried_fen} yuan are still owed and carried on"),
    "status_differs": (
        "已定级别 {decided}，按业绩应为 {reached}",
        "the decided status is {decided}; the results reach {reached}",
    ),
    "column_missing": (
        "结果里没有“{column}”一列，按 0 计",
        "the results have no column {column}: counted as 0",
    ),
    "column_unused": ("“{column}”一列没有用到", "column {column} is not used"),
}


def wording(code: str, inputs: Mapping[str, int | str | None]) -> Label:
    """The words for a code; amounts in yuan."""
    zh, en = WORDS[code]
    shown = {name: yuan(value) if _is_fen(name, value, inputs) else value for name, value in inputs.items()}
    return Label(zh=zh.format_map(shown), en=en.format_map(shown))


def yuan(fen: object) -> str:
    """-123456 → `-1,234.56`."""
    whole, rest = divmod(abs(int(str(fen))), 100)
    return f"{'-' if int(str(fen)) < 0 else ''}{whole:,}.{rest:02}"


def _is_fen(name: str, value: object, inputs: Mapping[str, object]) -> bool:
    return isinstance(value, int) and (name.endswith("_fen") or (name == "edge" and inputs.get("unit") == "fen"))
