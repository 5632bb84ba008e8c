"""The rows of a manifest file: text as it is written in CSV and JSON Lines, typed values from Parquet."""

import base64
import codecs
import csv
import datetime
import decimal
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet

Row = dict[str, Any]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Decimals of a second in units of Arrow.
_PLACES = {"s": 0, "ms": 3, "us": 6, "ns": 9}
# How files begin that are saved under the name of a table, and what to do with them.
_OTHERS = {
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook; save it as CSV",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save it as CSV",
    b"\x1f\x8b": "is compressed with gzip; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; unpack it first",
    b"BZh": "is compressed with bzip2; unpack it first",
    b"PAR1": "is a Parquet file; its name must end in .parquet",
}
_DELIMITERS = ",;\t|"
_TIME = re.compile(
    r"(?P<day>\d+-\d\d-\d\d )?(?P<time>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d*?)0*)?(?P<zone>Z|[+-]\d{4})?"
)


class Literal(str):
    """A number as JSON writes it, digit for digit."""

    __slots__ = ()


class ManifestError(ValueError):
    """The file is not a manifest; the message names the line and what to change."""


def csv_rows(data: bytes) -> Iterator[Row]:
    """Rows of a CSV file with a header; every cell is text. Cells are separated by `,`, `;`, a tab or `|`."""
    text = _decoded(data).lstrip("\r\n")
    first = text.split("\n", 1)[0].rstrip("\r")
    if first[:4].lower() == "sep=" and len(first) == 5:
        text, delimiters = text.partition("\n")[2], first[4]
    else:
        delimiters = _DELIMITERS
    header, delimiter = _header(text, delimiters)
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        next(reader, None)
        for cells in reader:
            # Spreadsheets write empty rows as delimiters alone.
            if not cells or (len(cells) > 1 and not any(cells)):
                continue
            if len(cells) != len(header):
                raise ManifestError(
                    f"line {reader.line_num} has {len(cells)} cells and the header {len(header)}; put cells that "
                    f"contain {delimiter!r} in double quotes"
                )
            # A comma at the end of each line is a column without a name.
            if any(cell and not name for name, cell in zip(header, cells, strict=True)):
                raise ManifestError(f"line {reader.line_num} has a value in a column without a name; name the column")
            yield {name: cell for name, cell in zip(header, cells, strict=True) if name}
    except csv.Error as error:
        raise ManifestError(f"line {reader.line_num} is not CSV: {error}") from error


def json_rows(data: bytes) -> Iterator[Row]:
    """Rows of JSON Lines: one object a line, numbers as they are written."""
    for number, line in enumerate(_decoded(data).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(
                line, parse_float=Literal, parse_int=Literal, parse_constant=lambda _: None, object_pairs_hook=_object
            )
        except (json.JSONDecodeError, RecursionError) as error:
            raise ManifestError(
                f"line {number} is not a JSON object ({error}); JSON Lines has one whole object on each line"
            ) from error
        except ManifestError as error:
            raise ManifestError(f"line {number}: {error}") from error
        if not isinstance(row, dict):
            raise ManifestError(f"line {number} is not a JSON object; JSON Lines has one whole object on each line")
        if _HALF_A_PAIR.search(line):
            try:
                json_text(row).encode()
            except UnicodeEncodeError:
                raise ManifestError(
                    f"line {number} contains half of a \\u… surrogate pair, which is not text"
                ) from None
        yield row


def parquet_rows(file: BinaryIO) -> Iterator[Row]:
    """Rows of a Parquet file, with values as `json_text` writes them."""
    # A column is read as one, since all of its bytes decide whether they are text.
    table = pyarrow.parquet.ParquetFile(file).read().combine_chunks()
    _check_names(table.column_names)
    names = table.column_names
    for batch in table.to_batches():
        columns = [_values(column) for column in batch.columns]
        for cells in zip(*columns, strict=True):
            yield dict(zip(names, cells, strict=True))


def json_text(value: Any) -> str:
    """JSON of the value of a cell, with keys in order, numbers as written, and NaN and infinity as null."""
    match value:
        case Literal():
            return str(value)
        case dict():
            inner = sorted((str(name), one) for name, one in value.items())
            return f"{{{', '.join(f'{json_text(name)}: {json_text(one)}' for name, one in inner)}}}"
        case list():
            return f"[{', '.join(map(json_text, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _decoded(data: bytes) -> str:
    for start_of_file, says in _OTHERS.items():
        if data.startswith(start_of_file):
            raise ManifestError(says)
    encoding, start = next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), ("utf-8", 0))
    if not start and data[:100].count(0) * 4 > len(data[:100]):
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    try:
        # Joined files may have further marks.
        text = data[start:].decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: start + error.start].count(b"\n") + 1
        found = data[start + error.start]
        guess = "it may be Latin-1 or Windows-1252: " if encoding == "utf-8" else ""
        raise ManifestError(
            f"line {line} is not {encoding.upper()} text (byte 0x{found:02X}); {guess}save the file as UTF-8"
        ) from error
    if "\0" in text:
        raise ManifestError(f"line {text[: text.index(chr(0))].count(chr(10)) + 1} contains a NUL character")
    return text


def _header(text: str, delimiters: str) -> tuple[list[str], str]:
    """The names of the columns, and the delimiter with which one of them is `uri`."""
    headers: dict[str, list[str]] = {}
    wrong = ""
    for delimiter in delimiters:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), None)
        except csv.Error as error:
            # Quotes end before a delimiter, which may be another one.
            wrong = wrong or f"line 1 is not CSV: {error}"
            continue
        if not cells:
            raise ManifestError("is empty; its first line names the columns")
        headers[delimiter] = [cell.strip() for cell in cells]
        if "uri" in headers[delimiter]:
            _check_names(headers[delimiter])
            return headers[delimiter], delimiter
    if not headers:
        raise ManifestError(wrong)
    names = max(headers.values(), key=len)
    raise ManifestError(f"has no column 'uri', only {', '.join(names)}")


def _check_names(names: list[str]) -> None:
    twice = sorted(name for name, number in Counter(names).items() if number > 1 and name)
    if twice:
        raise ManifestError(f"has the column {twice[0]!r} more than once; rename one of them")
    if "uri" not in names:
        raise ManifestError(f"has no column 'uri', only {', '.join(names)}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name, number in Counter(name for name, _ in pairs).items() if number > 1)
        raise ManifestError(f"the key {twice!r} stands more than once in one object")
    return made


def _values(column: pa.Array) -> list[Any]:
    """The values of a column or of a nested one: text, Literal, bool, None, dict and list."""
    kind = column.type
    if isinstance(kind, pa.ExtensionType):
        return _values(column.storage)
    if pa.types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if pa.types.is_struct(kind):
        fields = [(field.name, _values(part)) for field, part in zip(kind, column.flatten(), strict=True)]
        rows = range(len(column))
        return [{name: part[at] for name, part in fields} if column[at].is_valid else None for at in rows]
    if pa.types.is_map(kind):
        return [None if one.values is None else _of_map(one.values) for one in column]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [None if one.values is None else _values(one.values) for one in column]
    if pa.types.is_floating(kind):
        # The shortest text that gives the same float of this width.
        numbers = column.to_numpy(zero_copy_only=False)
        finite = [abs(number) < float("inf") for number in numbers.tolist()]
        texts = [str(number) for number in numbers]
        valid = column.is_valid().to_pylist()
        return [Literal(text) if good and here else None for text, good, here in zip(texts, finite, valid, strict=True)]
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return [None if text is None else _iso(text) for text in column.cast(pa.string()).to_pylist()]
    if pa.types.is_duration(kind):
        return [None if one is None else _seconds(one, kind.unit) for one in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _texts(column.to_pylist())
    return list(map(_plain, column.to_pylist()))


def _seconds(count: int, unit: str) -> Literal:
    return Literal(format(decimal.Decimal(count).scaleb(-_PLACES[unit]), "f"))


def _texts(values: list[bytes | None]) -> list[str | None]:
    """Bytes as the text that they are, which some writers do not say of their text; otherwise as base64."""
    try:
        texts = [None if value is None else value.decode() for value in values]
    except UnicodeDecodeError:
        texts = []
    if texts and not any(_CONTROL.search(text) for text in texts if text is not None):
        return texts
    return [None if value is None else base64.b64encode(value).decode() for value in values]


def _plain(value: Any) -> Any:
    match value:
        case None | str() | bool():
            return value
        case int() | decimal.Decimal():
            return Literal(value)
        case datetime.date():
            return value.isoformat()
    return str(value)


def _of_map(entries: pa.StructArray) -> dict[str, Any]:
    keys, values = (_values(part) for part in entries.flatten())
    return {str(key): value for key, value in zip(keys, values, strict=True)}


def _iso(text: str) -> str:
    """A timestamp or time as Arrow writes it, as ISO 8601 without zeros at the end of its seconds."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    day = f"{match['day'].strip()}T" if match["day"] else ""
    fraction = f".{match['fraction']}" if match["fraction"] else ""
    zone = match["zone"] or ""
    return f"{day}{match['time']}{fraction}{f'{zone[:3]}:{zone[3:]}' if len(zone) == 5 else zone}"
