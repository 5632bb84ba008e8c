"""Finds dates in a text, in digits or with names of months, with one lexer for documents and for answers of models.

The lexer yields each date with the days that it may mean. `printed_dates` and `read_date` keep all of them, to look up
a date in a document; `find_dates` selects the one day that a `LocaleHint` determines, or none.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .locale import NO_HINT, LocaleHint
from .normalization import plain

Day = tuple[int, int, int]
"""Year, month, day."""

PIVOT = 50
"""Years of two digits: 50 to 99 mean 1950 to 1999, 00 to 49 mean 2000 to 2049.

This is the window of UTCTime in X.509 (RFC 5280, section 4.1.2.5.1). In business documents, a date of birth such as
`05.03.52` is far more frequent than a day thirty years ahead, which mostly has four digits. The window does not depend
on the clock, so that a job that is resumed in another year writes the same rows.
"""

# In Bulgarian, Catalan, Croatian, Czech, Danish, Dutch, English, Estonian, Finnish, French, German, Greek, Hungarian,
# Italian, Latvian, Lithuanian, Norwegian, Polish, Portuguese, Romanian, Russian, Slovak, Slovene, Spanish, Swedish,
# Turkish and Ukrainian, as Unicode's CLDR and habit have them: plain characters, the cases of dates, abbreviations.
_MONTHS = """
    1 ene enero gen gener gennaio ian ianuarie jaan jaanuar jaen jaenner jan janeiro janner januar januara januari
    january janv janvaris janvier led leden ledna oca ocak saus sausio sausis sij sijecanj sijecnja sty styczen
    stycznia tammi tammikuu tammikuuta ιαν ιανουαριοσ ιανουαριου січ січень січня янв январь января яну януари | 2
    feb febbraio febr febrer febrero februar februara februari februarie februaris february fev fevereiro fevr
    fevrier helmi helmikuu helmikuuta lut lutego luty sub subat uno unor unora vas vasario vasaris veebr veebruar
    velj veljaca veljace φεβ φεβρουαριοσ φεβρουαριου лют лютии лютого фев февр февраль февраля февруари | 3 bre
    brezen brezna kov kovas kovo maalis maaliskuu maaliskuuta maart maerz mar marc marca march marcius marco marec
    mars mart martie marts marz marzec marzo mrt mrz ozu ozujak ozujka μαρ μαρτιοσ μαρτιου бер березень березня мар
    март марта | 4 abr abril apr april aprila aprile aprilie aprilis aprill avr avril bal balandis balandzio dub
    duben dubna huhti huhtikuu huhtikuuta kwi kwiecien kwietnia nis nisan tra travanj travnja απρ απριλιοσ απριλιου
    апр апрель апреля април квіт квітень квітня | 5 geg geguze geguzes kve kveten kvetna mag maggio mai maig maijs
    maio maj maja majus may mayo mayıs mei svi svibanj svibnja touko toukokuu toukokuuta μαι μαιοσ μαιου маи мая
    трав травень травня | 6 birz birzelio birzelis cerven cervna cvn cze czerwca czerwiec giu giugno haz haziran iun
    iunie juin jun juna june junho juni junij junijs junio junius juny juuni kesa kesakuu kesakuuta lipanj lipnja
    ιουν ιουνιοσ ιουνιου июн июнь июня черв червень червня юни | 7 cervence cervenec cvc heina heinakuu heinakuuta
    iul iulie juil juillet jul jula julho juli julij julijs julio juliol julius july juuli liep liepa liepos lip
    lipca lipiec lug luglio srpanj srpnja tem temmuz ιουλ ιουλιοσ ιουλιου июл июль июля лип липень липня юли | 8 ag
    ago agost agosto agu agustos aout aug august augusta augusti augusts augustus augusztus avg avgust elo elokuu
    elokuuta kol kolovoz kolovoza rugp rugpjucio rugpjutis sie sierpien sierpnia srp srpen srpna αυγ αυγουστοσ
    αυγουστου авг август августа серп серпень серпня | 9 eyl eylul rugs rugsejis rugsejo ruj rujan rujna sep sept
    september septembra septembre septembrie septembris septiembre set setembre setembro setiembre settembre syys
    syyskuu syyskuuta szept szeptember wrz wrzesien wrzesnia zar zari σεπ σεπτεμβριοσ σεπτεμβριου вер вересень
    вересня сент сентябрь сентября сеп септември | 10 eki ekim loka lokakuu lokakuuta oct october octobre octombrie
    octubre okt oktober oktobra oktobris oktoober ott ottobre out outubro paz pazdziernik pazdziernika rij rijen
    rijna spal spalio spalis οκτ οκτωβριοσ οκτωβριου жовт жовтень жовтня окт октомври октябрь октября | 11 kas kasım
    lapkr lapkricio lapkritis lis listopad listopada listopadu marras marraskuu marraskuuta noiembrie nov november
    novembra novembre novembris novembro noviembre stu studeni studenoga νοε νοεμβριοσ νοεμβριου лист листопад
    листопада ное ноември нояб ноябрь ноября | 12 ara aralık dec december decembra decembre decembrie decembris des
    desember desembre dets detsember dez dezember dezembro dic dicembre diciembre gru grudnia grudzien gruod gruodis
    gruodzio joulu joulukuu joulukuuta pro prosinac prosinca prosince prosinec δεκ δεκεμβριοσ δεκεμβριου груд
    грудень грудня дек декабрь декабря декември
"""
_NUMBER_OF = {name: int(month) for month, *names in map(str.split, _MONTHS.split("|")) for name in names}
# These names mean different months in Croatian than in Czech and Polish.
_CROATIAN = {"lip": 6, "srp": 7, "lis": 10, "listopad": 10, "listopada": 10}
_KNOWS_NO_CROATIAN = ("cs", "pl")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911, "民国": 1911}
"""Eras of Japan and Taiwan, with the year before their first."""

_NAME = r"(?<![^\W\d_])(?P<n>[^\W\d_]{2,14}+)(?![^\W\d_])"
_GAP = r"[ \n./,'-]{0,3}"
_OF = r"(?:(?:day of|del?|of|d'|di|den) ?)?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|re|[eoa°])?"
_CENTURIES = r"(?:1[5-9]|2[01])"
_YEAR = rf"(?P<y>{_CENTURIES}\d\d(?!\d)|\d\d(?![\d:]))"
_UNAMBIGUOUS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<y>{_CENTURIES}\d\d) ?[-/.年년] ?(?P<m>\d\d?) ?[-/.月월] ?(?P<d>\d\d?)(?!\d)(?: ?[日号號일])?",
        rf"(?P<e>{'|'.join(_ERAS)}) ?(?P<y>\d{{1,3}}|元) ?年 ?(?P<m>\d\d?) ?月 ?(?P<d>\d\d?)(?!\d)(?: ?[日號])?",
        rf"(?<![\d.,]){_DAY}{_GAP}{_OF}{_NAME}{_GAP}{_OF}{_YEAR}",
        rf"{_NAME}{_GAP}{_DAY}(?:{_GAP}(?=\d{{4}})|[ ,'-]{{1,3}}){_YEAR}",
        rf"(?<!\d)(?P<y>(?:19|20)\d\d){_GAP}{_NAME}{_GAP}(?P<d>\d{{1,2}})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)",
    )
)
# A time of day may follow the year without a space.
_TWO_AND_YEAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<a>\d{{1,2}}) ?[-/.] ?(?P<b>\d{{1,2}}) ?[-/.] ?(?P<y>{_CENTURIES}\d\d)(?=\D|$|\d{{1,2}}[:.h]\d\d)",
        r"(?<![\d./-])(?P<a>\d{1,2})(?P<s> ?[-/.] ?)(?P<b>\d{1,2})(?P=s)(?P<y>\d\d)(?:(?=\d{1,2}:\d)|(?![\d/]|[.-]\d))",
        r"(?<!\d)(?P<a>[0-3]\d)(?P<b>[01]\d)(?P<y>(?:19|20)\d\d)(?!\d)",
    )
)
_TIME = re.compile(
    r"(?:[ ,t]|, )?(?P<hour>\d{1,2})[:.h](?P<minutes>\d\d)(?P<seconds>[:.]\d\d)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?| ?uhr\b| ?h\b|z\b)?(?![\d.,:]*\d)"
)
_WEEKDAY = re.compile(r"(?:[a-z]{2,12}[.,]{0,2} {0,2}){0,2}")
_LONGEST = 60
# Adjacent digits make a date a part of something else, or its year an hour; a letter before it is an era (`R6.03.05`)
# or a digit that was misread.
_GOES_ON = re.compile(r"[-/.,]?\d")
_BEGINS_BEFORE = re.compile(r"\d[-/.,:]?$|(?<![^\W\d_])[a-z]$|[?_]$")
# Two days of one month or year: `5 to 10 March 2024`, `March 5-10, 2024`.
_JOINT = r"(?:-|&|/|…|\.\.+|\b(?:to|bis|und|and|et|au|al|a|y|e|or|oder|ou|o|through|until|till|do|до|и)\b)"
_FROM = re.compile(rf"(?<![\d:])\d{{1,2}}(?:st|nd|rd|th)?\.? ?(?:[^\W\d_]{{3,}}\.? ?)?{_JOINT} ?$")
_TO = re.compile(rf" ?{_JOINT} ?\d{{1,2}}(?!\d|[:.h]\d\d)")
_REAL_YEAR = re.compile(rf",? ?(?:[^\W\d_]{{3,}}\.?,? ?)?{_CENTURIES}\d\d(?!\d)")
_HOUR = re.compile(r":\d| ?(?:[ap]\.?m\b|uhr\b|h\b)")


@dataclass(frozen=True)
class PrintedDate:
    """A date in a text.

    Attributes:
        start, end: indices in the text.
        days: possible days: `05/03/2024` is the 5th of March or the 3rd of May. Empty if no such day exists.
        order: the two ambiguous numbers as printed; None if the form distinguishes day and month.
        month: name of the month as plain text; empty if there is none.
    """

    start: int
    end: int
    days: frozenset[Day]
    order: tuple[int, int] | None = None
    month: str = ""


@dataclass(frozen=True)
class WrittenDate:
    """A date in a text; `value` is None if no such day exists, or the order of day and month is unknown."""

    value: datetime.date | None
    start: int
    end: int


def month_number(name: str) -> int | None:
    """The month, from 1, of a name or an abbreviation in one of the languages that are known here; None for other
    words."""
    return _NUMBER_OF.get(plain(name).rstrip("."))


def parse_date(text: str, hint: LocaleHint = NO_HINT) -> datetime.date | None:
    """The only date in `text`; None if there is none, or several that differ.

    A date with a year of four digits first is in the order year, month, day. In digits with the year last, a number
    above 12 is the day; if both can be the day, `hint.day_first` decides, and without it the day is first, as in most
    countries. `PIVOT` resolves years of two digits; with dashes such a year may be first or last, so that `24-03-05` is
    rejected. A name that means different months in different languages (`listopad`) needs `hint.language`. A month
    without a day is not a date.
    """
    values = {date.value for date in find_dates(text, hint)}
    return values.pop() if len(values) == 1 else None


def find_dates(text: str, hint: LocaleHint = NO_HINT) -> list[WrittenDate]:
    """Everything in `text` that is written like a date, in order."""
    simple = plain(text)
    found: list[WrittenDate] = []
    for date in sorted(_lexed(simple), key=lambda date: (date.start, -date.end)):
        if not found or date.start >= found[-1].end:
            day = _one_day(date, hint) if _is_whole(simple, date) else None
            found.append(WrittenDate(datetime.date(*day) if day else None, date.start, date.end))
    return found


def printed_dates(simple: str) -> Iterator[PrintedDate]:
    """Existing days in a text of `plain` characters; dates that can be read in several ways overlap."""
    return (date for date in _lexed(simple) if date.days)


def read_date(text: str) -> PrintedDate | None:
    """The date that is the whole text, except for a weekday and a time of day; None for any other text."""
    simple = plain(text.strip()[:_LONGEST])
    found = [date for date in printed_dates(simple) if _WEEKDAY.fullmatch(simple[: date.start])]
    if not found or len(text.strip()) > _LONGEST:
        return None
    date = max(found, key=lambda date: date.end - date.start)
    return None if simple[end_of_time(simple, date.end) :].strip(" ,.") else date


def same_day(value: PrintedDate, printed: PrintedDate) -> bool:
    """Whether two dates may be the same; if both are ambiguous, day and month must be printed in the same order."""
    if value.order is not None and printed.order is not None:
        return value.order == printed.order and bool(value.days & printed.days)
    return bool(value.days & printed.days)


def end_of_time(simple: str, end: int) -> int:
    """The end of the time of day that directly follows a date, otherwise `end` itself."""
    found = _TIME.match(simple, end)
    return end if found is None else found.end()


def times_differ(value: str, printed: str) -> bool:
    """Whether a value has a time of day after its date, and the printed date has a different one or none.

    Args:
        value, printed: the texts after the two dates.
    """
    wanted, found = _TIME.match(plain(value)), _TIME.match(plain(printed))
    if wanted is None:
        return False
    if found is None or wanted["minutes"] != found["minutes"] or not _hours(wanted) & _hours(found):
        return True
    return bool(wanted["seconds"] and found["seconds"]) and wanted["seconds"][1:] != found["seconds"][1:]


def _hours(time: re.Match[str]) -> set[int]:
    """The hours of the day that a time may mean."""
    hour = int(time["hour"])
    if time["half"] is None:
        return {hour}
    return {hour % 12 + (12 if time["half"] == "p" else 0), hour}


def _lexed(simple: str) -> Iterator[PrintedDate]:
    for pattern in _UNAMBIGUOUS:
        for match in pattern.finditer(simple):
            groups = match.groupdict()
            name = groups.get("n", "")
            months = {_NUMBER_OF.get(name), _CROATIAN.get(name)} if name else {int(match["m"])}
            days = _days((_full_year(match["y"], groups.get("e")), month, int(match["d"])) for month in months if month)
            if days or not name:
                yield PrintedDate(*match.span(), days, month=name)
    for pattern in _TWO_AND_YEAR:
        for match in pattern.finditer(simple):
            first, second, year = int(match["a"]), int(match["b"]), _full_year(match["y"])
            readings = [(year, second, first), (year, first, second)]
            if len(match["y"]) == 2 and "-" in match["s"]:
                readings.append((_full_year(match["a"]), second, int(match["y"])))
            days = _days(readings)
            yield PrintedDate(*match.span(), days, (first, second) if len(days) > 1 else None)


def _one_day(date: PrintedDate, hint: LocaleHint) -> Day | None:
    days = date.days
    if date.month in _CROATIAN and hint.language in ("hr", *_KNOWS_NO_CROATIAN):
        month = (_CROATIAN if hint.language == "hr" else _NUMBER_OF)[date.month]
        days = frozenset(day for day in days if day[1] == month)
    elif date.order is not None and len({year for year, _, _ in days}) == 1:
        days = frozenset(day for day in days if day[2] == date.order[hint.day_first is False])
    return next(iter(days)) if len(days) == 1 else None


def _is_whole(simple: str, date: PrintedDate) -> bool:
    """Whether a date is no part of more digits or of several days, except for a time of day."""
    if _BEGINS_BEFORE.search(simple[max(0, date.start - 2) : date.start]):
        return False
    end, year_is_short = date.end, not simple[max(0, date.end - 3) : date.end].isdigit()
    if _FROM.search(simple[max(0, date.start - _LONGEST) : date.start]) or _TO.match(simple, end):
        return False
    if date.month and year_is_short and _REAL_YEAR.match(simple, end):
        return False
    if date.month and year_is_short and _HOUR.match(simple, end):
        return False
    return end_of_time(simple, end) > end or not _GOES_ON.match(simple, end)


def _full_year(text: str, era: str | None = None) -> int:
    if era is not None:
        return _ERAS[era] + (1 if text == "元" else int(text))
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < PIVOT else 1900)


def _days(readings: Iterator[Day] | list[Day]) -> frozenset[Day]:
    return frozenset(filter(_is_day, readings))


def _is_day(day: Day) -> bool:
    year, month, number = day
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= number <= lengths[month - 1]
