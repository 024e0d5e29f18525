"""What the system lets a process take, looked at before anything that would take more."""

from __future__ import annotations

# The libraries that read and compute map about 1.6 GB as they start, of which they use 0.3; with
# less they end without a word, or wait for ever for a thread that cannot start.
NEEDED = 2 * 2**30


def allowed() -> int | None:
    """Return the bytes of address space that this process may have (`ulimit -v`), None for any."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def limit_memory(kind: int, most: int) -> None:
    """Limit what this process may take to a number of bytes, or less where the system says so."""
    import resource  # noqa: PLC0415  # not on Windows

    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
