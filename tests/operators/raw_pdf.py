"""Writes PDF files object by object, so that a test can leave out or damage any of them."""

from collections.abc import Mapping
from pathlib import Path

FONTS = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
CATALOG = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """The body of a stream object with further `entries` in its dictionary."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def shown(text: str, x: float = 50, y: float = 700, size: float = 12, before: str = "") -> bytes:
    """Operators that show a text in Helvetica with its baseline at (x, y) from the bottom left."""
    return f"BT {before} /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n".encode()


def one_page(content: bytes, resources: bytes = FONTS, entry: bytes = b"/Contents 4 0 R") -> dict[int, bytes]:
    """The objects of a document of one page; the page is object 3 and its content object 4."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << %s >> %s >>" % (resources, entry)
    return CATALOG | {2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", 3: page, 4: stream(content)}


def mapped(wrong: Mapping[str, str], font: str = "Helvetica") -> tuple[bytes, dict[int, bytes]]:
    """Resources of a standard font with a character map that takes some characters for others, and their objects."""
    characters = {c: wrong.get(c, c) for c in map(chr, range(32, 127))}
    pairs = "".join(f"<{ord(code):02x}> <{ord(c):04x}>\n" for code, c in characters.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(characters)} beginbfchar\n{pairs}endbfchar endcmap end end"
    )
    entries = f"/Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding /ToUnicode 10 0 R"
    return f"/Font << /F1 << {entries} >> >>".encode(), {10: stream(cmap.encode())}


def written(path: Path, objects: Mapping[int, bytes]) -> Path:
    """The file at `path` with these objects, of which object 1 is the catalog."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size, start = max(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 %s \n" % (offsets.get(number, 0), b"n" if number in offsets else b"f")
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    path.write_bytes(out)
    return path
