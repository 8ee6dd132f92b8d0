"""A thousand ciphers in one environment: `python -m benchmarks.ciphers [CIPHERS]`.

Prints how long an answer takes that has them all to decrypt for the first time, beside a loop that
does nothing but decrypt them, and the longest time for which the event loop was held up.
"""

import asyncio
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from statistics import median
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from configserver.backends.states import State
from configserver.decryption import Decryption
from configserver.encryption import Cipher
from configserver.encryption.rsa import RsaCipher
from configserver.encryption.symmetric import SymmetricCipher
from configserver.model import Environment, PropertySource
from configserver.query import Query
from tests.server.test_encryption import Only, Place

_RUNS = 5
_TICK = 0.001


def main() -> None:
    """Measure each kind of key, and print the median of some runs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    pair = generate_private_key(65537, 2048)
    kinds: dict[str, Cipher] = {
        "symmetric": SymmetricCipher("a pass phrase", "deadbeef", secrets.token_bytes),
        "RSA-2048": RsaCipher(pair.public_key(), pair, random=secrets.token_bytes),
    }
    print(f"{count} ciphers, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, cipher in kinds.items():
        texts = [cipher.encrypt(f"value {number}") for number in range(count)]
        runs = [asyncio.run(_run(cipher, texts)) for _ in range(_RUNS)]
        ours, bare, pause = (1000 * median(one) for one in zip(*runs, strict=True))
        print(
            f"{name:10} {ours:7.1f} ms, bare {bare:7.1f} ms, ratio {ours / bare:.2f}, "
            f"longest pause of the loop {pause:.1f} ms"
        )


async def _run(cipher: Cipher, texts: list[str]) -> tuple[float, float, float]:
    values = {f"k{number}": "{cipher}" + text for number, text in enumerate(texts)}
    found = Environment("foo", "dev", None, None, "", (PropertySource("f", values),))
    place = Place()
    state = State(cast(Any, place), place.generation, 0)
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.perf_counter())
            await asyncio.sleep(_TICK)

    ticking = asyncio.create_task(tick())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        decryption = Decryption(Only(cipher), pool=pool)
        began = time.perf_counter()
        await decryption.environment(found, Query("foo", "dev"), state)
        took = time.perf_counter() - began
    ticking.cancel()
    began = time.perf_counter()
    for text in texts:
        cipher.decrypt(text)
    bare = time.perf_counter() - began
    return took, bare, max((later - one for one, later in pairwise(ticks)), default=0.0)


if __name__ == "__main__":
    main()
