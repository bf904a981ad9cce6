"""A line of the ledger: a record with two checksums, of which one changed byte can be mended.

A line is `<crc32> <blake2b> <JSON>`: the first sum is of all that follows it, the second of the JSON;
both in hex. The first tells where a single changed byte must sit, the second proves that what the
mended line says is what was written.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

_CRC_CHARS = 8
_SEAL_CHARS = 16
_SEALED_FROM = _CRC_CHARS + 1
_JSON_FROM = _SEAL_CHARS + 1
_HEAD = re.compile(rb"[0-9a-f]{8} [0-9a-f]{16} \{")
_CRC_HEX = re.compile(rb"[0-9a-f]{8}")
_MOST_STARTS = 64
"""Places in a damaged line that are tried as the beginning of another record."""
_CRC_STEP = [zlib.crc32(bytes([byte])) ^ zlib.crc32(b"\0") for byte in range(256)]
"""How a crc32 changes with the last byte of its text, by the bits that differ in that byte."""
_BYTE_OF_STEP = {step >> 24: byte for byte, step in enumerate(_CRC_STEP)}


class State(Enum):
    """How much of a line is as it was written."""

    GOOD = "good"
    MENDED = "mended"
    LOST = "beyond mending"
    TORN = "torn"
    """The end of the file in the middle of a record: nobody had been told that it was kept."""


class Line(NamedTuple):
    """A line of a ledger, or what is left of it."""

    number: int
    """From 1; of the first where a line was broken in two."""
    content: bytes
    """Without its newline; as it was written where it is good or mended."""
    state: State

    @property
    def is_usable(self) -> bool:
        """True where it says what was written."""
        return self.state in (State.GOOD, State.MENDED)

    @property
    def record(self) -> dict[str, Any]:
        """What a usable line says."""
        record: dict[str, object] = json.loads(self.content[self.content.index(b"{") :])
        return record


def encode(record: Mapping[str, object]) -> bytes:
    """Return a record as a line with its checksums and its newline."""
    # Escaped to ASCII, so that a lone surrogate in a provider's answer cannot break the file.
    body = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode()
    return _with_crc(b"%b %b" % (_seal(body), body)) + b"\n"


def is_good(content: bytes) -> bool:
    """Tell whether a line, without its newline, is as it was written."""
    sealed = content[_SEALED_FROM:]
    # Lines of the first version had no second checksum: they are read, but cannot be mended.
    return content == _with_crc(sealed) and (sealed.startswith(b"{") or _is_sealed(sealed))


def mended(damaged: Sequence[tuple[int, bytes]]) -> Iterator[Line]:
    """Yield what neighbouring damaged lines of a file were, as far as it can be told.

    Args:
        damaged: Their numbers, and their bytes with the newline if there is one.
    """
    waiting = [*damaged]
    while waiting:
        number, raw = waiting.pop(0)
        content = raw.removesuffix(b"\n")
        if (end := _end_of_first(content)) is not None:
            # The newline between two records is what changed, or the last one of the file.
            yield Line(number, content[:end], State.MENDED)
            rest = raw[end + 1 :]
            waiting[:0] = [(number, rest)] if rest else []
        elif whole := one_byte_changed(content):
            yield Line(number, whole, State.MENDED)
        elif waiting and (whole := one_byte_changed(raw + waiting[0][1].removesuffix(b"\n"))):
            waiting.pop(0)
            yield Line(number, whole, State.MENDED)
        elif start := _start_of_last(content):
            waiting[:0] = [(number, content[: start - 1] + b"\n"), (number, raw[start:])]
        else:
            yield Line(number, content, State.TORN if raw == content else State.LOST)


def one_byte_changed(content: bytes) -> bytes | None:
    """Return the one line that differs from this in a single byte; None if there is none, or two."""
    sealed = content[_SEALED_FROM:]
    if _is_sealed(sealed):
        return _with_crc(sealed)
    if not _CRC_HEX.fullmatch(content[:_CRC_CHARS]):
        return None
    found = []
    for at, bits in _changes(int(content[:_CRC_CHARS], 16) ^ zlib.crc32(sealed), len(sealed)):
        other = b"%b%c%b" % (sealed[:at], sealed[at] ^ bits, sealed[at + 1 :])
        if _is_sealed(other):
            found.append(_with_crc(other))
    return found[0] if len(found) == 1 else None


def _with_crc(sealed: bytes) -> bytes:
    return b"%08x %b" % (zlib.crc32(sealed), sealed)


def _seal(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SEAL_CHARS // 2).hexdigest().encode()


def _is_sealed(sealed: bytes) -> bool:
    return sealed[:_JSON_FROM] == _seal(sealed[_JSON_FROM:]) + b" "


def _end_of_first(content: bytes) -> int | None:
    """Return where a good line ends that begins here and lacks its newline; None if none does."""
    heads = _HEAD.finditer(content, _SEALED_FROM + 1)
    ends = [*(head.start() - 1 for head in heads), len(content) - 1, len(content)]
    crc, since = 0, _SEALED_FROM
    for end in ends:
        crc, since = zlib.crc32(content[since:end], crc), end
        if content[:_CRC_CHARS] == b"%08x" % crc and is_good(content[:end]):
            return end
    return None


def _start_of_last(content: bytes) -> int | None:
    """Return where a good line begins that ends here; None if none does."""
    starts = [head.start() for head in _HEAD.finditer(content, 1)][-_MOST_STARTS:]
    return next((start for start in starts if is_good(content[start:])), None)


def _changes(difference: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield where and by which bits one byte of a text changes its crc32 by this difference.

    A crc32 is linear: the difference that a change makes is pushed on by every later byte in the
    same way, whatever these bytes are. So it is pulled back from the end, byte by byte.
    """
    for at in reversed(range(length)):
        byte = _BYTE_OF_STEP[difference >> 24]
        if byte and _CRC_STEP[byte] == difference:
            yield at, byte
        difference = (difference ^ _CRC_STEP[byte]) << 8 | byte
