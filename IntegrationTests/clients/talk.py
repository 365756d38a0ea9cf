"""Seeded messages for an echo: mostly small, some big, text and binary."""

import random

MEBIBYTE = 1 << 20
_LETTERS = "abc é€😀\n\0"


def messages(seed: int, count: int) -> list[str | bytes]:
    source = random.Random(seed)
    sizes = [_size(source) for _ in range(count - 4)] + [0, 0, MEBIBYTE, MEBIBYTE]
    source.shuffle(sizes)
    return [_message(source, size) for size in sizes]


def _size(source: random.Random) -> int:
    largest = source.choices([10, 16, 20], [980, 15, 5])[0]
    return int(2 ** source.uniform(0, largest)) - 1


def _message(source: random.Random, size: int) -> str | bytes:
    if source.random() < 0.5:
        return source.randbytes(size)
    if source.random() < 0.5:
        return ("x" * 7 + source.choice("abcdef")) * (size // 8) + "y" * (size % 8)
    text = "".join(source.choices(_LETTERS, k=min(size, 2000)))
    text = (text * (size // max(1, len(text)) + 1)).encode()[:size].decode(errors="ignore")
    return text + "z" * (size - len(text.encode()))
