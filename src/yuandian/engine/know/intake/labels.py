"""Words that people write for our codes, in Chinese and English. Packs rename columns; these are the cells."""

CODES: dict[str, tuple[str, ...]] = {
    "person": ("个人", "自然人", "个人客户", "individual"),
    "organisation": ("机构", "企业", "公司", "单位", "机构客户", "对公", "organization", "company"),
    "solar": ("公历", "阳历", "新历"),
    "lunar": ("农历", "阴历", "旧历"),
    "phone": ("电话", "手机", "call", "telephone"),
    "wecom": ("企业微信", "企微", "微信", "wechat"),
    "sms": ("短信", "text message"),
    "email": ("邮件", "电子邮件", "邮箱", "e-mail", "mail"),
    "visit": ("拜访", "上门", "走访", "面访"),
    "counter": ("柜台", "柜面", "网点", "branch"),
    "care": ("关怀", "问候"),
    "ask": ("邀约", "营销", "推荐"),
    "service": ("服务",),
    "recovery": ("补救", "挽回", "投诉处理"),
    "out": ("呼出", "去电", "主动", "outbound"),
    "in": ("呼入", "来电", "客户来访", "inbound"),
    "agent": ("代理", "代理制", "经纪人"),
    "employee": ("员工", "正式", "正式员工", "在编"),
    "trial": ("试用", "试用期", "probation"),
}
"""Code → its labels. They count where a column's choices hold the code."""

FLAGS: dict[str, bool] = {
    **dict.fromkeys(("是", "true", "yes", "y", "t", "1", "同意"), True),
    **dict.fromkeys(("否", "false", "no", "n", "f", "0", "不同意"), False),
}

GRADES: dict[str, str] = {f"{letter}{level}": str(level) for letter in "cr" for level in range(1, 6)}
"""Investors are graded C1 to C5, products R1 to R5; we keep the digit."""

BOUNDS: dict[str, tuple[int, int]] = {
    "risk_level": (1, 5),
    "spending_power": (1, 5),
    "minutes": (0, 1440),
    "minutes_per_day": (0, 1440),
}
MOST_FEN = 10**15
"""Ten trillion yuan in one line. Sums of a customer's day then stay far from the end of 64 bits."""
YEARS = (1900, 2200)
