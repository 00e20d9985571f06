"""cities.yaml: what law and each city set, dated; resolved for a month as `engine.pay.city.CityRates`."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import Field

from yuandian.engine.pack import Frozen, Identifier, Label
from yuandian.engine.pay.city import CityRates, Contribution
from yuandian.packs import checks
from yuandian.packs.documents import Document, fill, read
from yuandian.packs.draft import HERE
from yuandian.packs.problems import PackError, Problem, suggestion
from yuandian.packs.schema import Dated, Text, Value


class ContributionTable(Frozen):
    """All contributions of a city, in force from a day on."""

    from_: Annotated[date, Field(alias="from")]
    source: Text
    items: Annotated[tuple[Contribution, ...], Field(min_length=1)]


class City(Frozen):
    label: Label
    minimum_is_net: bool
    minimum_wage: Value
    contributions: Annotated[tuple[ContributionTable, ...], Field(min_length=1)]


class Industries(Frozen):
    """A rule for some industries, from a day on."""

    from_: Annotated[date, Field(alias="from")]
    packs: tuple[Identifier, ...]
    source: Text


class National(Frozen):
    deduction_limit: Value
    conduct_counts: Industries
    """Where pay must not hang on accounts and volume alone."""


class CitiesFile(Frozen):
    national: National
    cities: Annotated[dict[Identifier, City], Field(min_length=1)]


D = TypeVar("D", Dated, ContributionTable)


@cache
def cities() -> tuple[Document, CitiesFile]:
    """The file that comes with the house. Raises PackError."""
    document = read(HERE / "cities.yaml", HERE)
    file = fill(document, CitiesFile)
    if problems := list(_problems(document, file)):
        raise PackError(problems)
    return document, file


def rates(city_id: str, period: date) -> CityRates:
    """As in force on the first day of the month. Raises PackError where the city or its table is missing."""
    document, file = cities()
    if city_id not in file.cities:
        fix = suggestion(city_id, file.cities)
        raise PackError([document.problem(("cities",), f"unknown city `{city_id}`", fix)])
    city, day = file.cities[city_id], period.replace(day=1)
    place = ("cities", city_id)
    minimum = _in_force(document, (*place, "minimum_wage"), city.minimum_wage.values, day)
    table = _in_force(document, (*place, "contributions"), city.contributions, day)
    limit = _in_force(document, ("national", "deduction_limit"), file.national.deduction_limit.values, day)
    conduct = file.national.conduct_counts
    return CityRates(
        city=city_id,
        minimum_wage_fen=minimum.value,
        minimum_is_net=city.minimum_is_net,
        deduction_limit_ppm=limit.value,
        conduct_counts_in=conduct.packs if conduct.from_ <= day else (),
        contributions=table.items,
        since=table.from_,
    )


def _in_force(document: Document, place: tuple[str, ...], dated: Sequence[D], day: date) -> D:
    known = [one for one in dated if one.from_ <= day]
    if not known:
        what = f"`{'.'.join(place)}` begins on {dated[0].from_}; nothing is known for {day:%Y-%m}"
        raise PackError([document.problem(place, what, "add what was in force then, with its source")])
    return known[-1]


def _problems(document: Document, file: CitiesFile) -> Iterator[Problem]:
    limit = file.national.deduction_limit
    yield from checks.dates(document, ("national", "deduction_limit", "values"), "deduction_limit", limit.values)
    for name, city in file.cities.items():
        place = ("cities", name)
        yield from checks.dates(
            document, (*place, "minimum_wage", "values"), "minimum_wage", city.minimum_wage.values
        )
        for nth, (before, after) in enumerate(pairwise(city.contributions), start=1):
            if before.from_ >= after.from_:
                what = f"the table from {after.from_} stands after that from {before.from_}"
                yield document.problem((*place, "contributions", nth), what, "order the tables by their first day")
        for nth, table in enumerate(city.contributions):
            for item, one in enumerate(table.items):
                if one.floor_fen > one.ceiling_fen:
                    where = (*place, "contributions", nth, "items", item)
                    yield document.problem(where, f"`{one.id}`: the floor is above the ceiling", "correct one")
