"""How what is wrong with a file is worded: what (Chinese), mend (Chinese), what (English), mend (English)."""

FAULTS: dict[str, tuple[str, str, str, str]] = {
    "unknown_ending": (
        "不认识这种文件",
        "请另存为 {known} 之一",
        "this kind of file is not known",
        "save it as one of {known}",
    ),
    "empty_file": ("文件是空的", "请重新导出", "the file is empty", "export it again"),
    "unreadable": (
        "文件打不开（{why}）",
        "请检查文件后重试",
        "it cannot be opened ({why})",
        "check the file and try again",
    ),
    "no_header": (
        "没有表头",
        "第一行请写列名",
        "there is no header",
        "write the names of the columns in the first row",
    ),
    "duplicate_header": (
        "列名“{column}”出现了两次",
        "请改掉其中一个列名",
        "two columns are called “{column}”",
        "rename one of them",
    ),
    "too_wide": (
        "有 {columns} 列，最多 {limit} 列",
        "请删去不用的列",
        "it has {columns} columns, {limit} are the most",
        "delete the columns that are not used",
    ),
    "row_too_long": (
        "这一行超过 {limit} 个字符",
        "多半是引号没有成对；请检查这一行",
        "this row is longer than {limit} characters",
        "a quote is probably not closed; check this row",
    ),
    "bad_quotes": (
        "引号没有成对",
        "含逗号、换行或引号的格要整格加引号，格内的引号写两遍",
        "a quote is not closed or not alone",
        "put quotes around the whole cell and write a quote inside it twice",
    ),
    "not_text": (
        "第 {offset} 字节处既不是 UTF-8 也不是 GB18030",
        "请另存为“CSV UTF-8”",
        "byte {offset} is neither UTF-8 nor GB18030",
        "save it as “CSV UTF-8”",
    ),
    "binary": (
        "表头里有 NUL 字节，这不是文本文件",
        "请另存为“CSV UTF-8”",
        "there are NUL bytes in the header: this is not a text file",
        "save it as “CSV UTF-8”",
    ),
    "really": (
        "内容其实是 {kind} 文件",
        "请把文件名的结尾改为 {kind}",
        "its content is a {kind} file",
        "change the ending of its name to {kind}",
    ),
    "broken_archive": (
        "压缩文件不完整或已损坏",
        "请重新导出或重新传输",
        "the compressed file is cut short or damaged",
        "export or copy it again",
    ),
    "inflates": (
        "解压后超过 {limit} 字节",
        "请拆成几个文件",
        "it inflates beyond {limit} bytes",
        "split it into several files",
    ),
    "not_a_workbook": (
        "不是可读的 Excel 工作簿",
        "请用 Excel 打开后另存为 .xlsx",
        "this is not a readable Excel workbook",
        "open it in Excel and save it as .xlsx",
    ),
    "declares_entities": (
        "工作簿里有 DTD，可能是恶意文件",
        "请用 Excel 打开后另存为 .xlsx",
        "the workbook holds a DTD and may be hostile",
        "open it in Excel and save it as .xlsx",
    ),
    "not_parquet": (
        "不是可读的 Parquet 文件（{why}）",
        "请重新导出",
        "this is not a readable Parquet file ({why})",
        "export it again",
    ),
    "not_plain": (
        "列“{column}”的类型 {type} 不能读",
        "请导出为文本、数字、日期或时间",
        "column “{column}” is of type {type}, which cannot be read",
        "export it as text, number, date or time",
    ),
}
