"""How a name is searched: as written, or by the initials of its pinyin."""

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin


def search_key(name: str) -> str:
    """Lower case, half width, no spaces: 「Ａ 公司」 is found as 「a公司」."""
    return "".join(unicodedata.normalize("NFKC", name).lower().split())[:200]


@lru_cache(maxsize=200_000)
def initials(name: str) -> str:
    """Pinyin initials of Chinese, the letters themselves of Latin: 周小云 is `zxy`, Ann Lee `annlee`."""
    letters = lazy_pinyin(search_key(name), style=Style.FIRST_LETTER)
    return "".join(letter for part in letters for letter in part if letter.isalnum())[:40]
