"""How much hostile input may cost. Nothing comes in; `Limits` with its defaults goes out, one for a whole run.

Every reader of bytes takes it, so that a test can make the bounds small and an operator can see them in one place.
"""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Bounds on what is read; beyond them a record, a member or a stream is unreadable, never the whole run.

    Sizes are bytes. Memory in use is a small multiple of `record_bytes` or `block_bytes`, whichever is greater.
    """

    block_bytes: int = 1 << 20
    """Read and split at a time."""
    record_bytes: int = 16 << 20
    """The longest record; the longest known, a CloudTrail event with a policy in it, has 256 KiB."""
    record_depth: int = 64
    """How deep objects and arrays may nest within a record."""
    sample_bytes: int = 200
    """How much of an unreadable stretch is kept to show."""
    stream_bytes: int = 64 << 30
    """The longest stream, after decompression."""
    ratio: int = 200
    """Decompressed to compressed; logs reach 10 to 60."""
    ratio_from_bytes: int = 100 << 20
    """Below so much output the ratio is not looked at: it can do no harm."""
    archive_members: int = 100_000
    """Files in one zip archive."""
    archive_depth: int = 2
    """Layers of compression, an archive counted as one: a gzip in a zip is two."""
