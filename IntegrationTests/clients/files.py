"""How many connections a test may have open."""

import resource
from contextlib import contextmanager


@contextmanager
def enough_files(connections: int):
    """For both ends: servers inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + 500
    if 0 <= soft < needed:
        assert hard < 0 or hard >= needed, f"at most {hard} files may be open, {needed} are needed (ulimit -n)"
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
