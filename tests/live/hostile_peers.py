#!/usr/bin/env python3
"""Keeps slow and hostile peers connected to a service until it is ended: hostile_peers.py PORT COUNT.

Each peer comes from an address of its own or, six in ten, from a common one, and begins again a second after it was refused.
Prints "ready" when all have begun.
"""
import asyncio
import contextlib
import os
import random
import sys

POST = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /v1/users/u1/recommendations?k=100&explain=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
begun = 0


async def trickle(writer, start: bytes, piece: bytes) -> None:
    writer.write(start)
    while True:
        await writer.drain()
        await asyncio.sleep(1)
        writer.write(piece)


async def idle(writer) -> None:
    await asyncio.sleep(3600)


async def slow_header(writer) -> None:
    await trickle(writer, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a")


async def slow_body(writer) -> None:
    await trickle(writer, POST + b"Content-Length: 8000000\r\n\r\n", b" " * 1000)


async def slow_chunks(writer) -> None:
    await trickle(writer, POST + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b" " * 1024 + b"\r\n")


async def once(writer, words: bytes) -> None:
    writer.write(words)
    await writer.drain()
    await asyncio.sleep(1)


async def huge_header(writer) -> None:
    await once(writer, b"GET / HTTP/1.1\r\nX-Huge: " + b"h" * 60_000)


async def half(writer) -> None:
    await once(writer, (POST + b'Content-Length: 100\r\n\r\n{"events": [')[: random.randint(1, 120)])


async def garbage(writer) -> None:
    await once(writer, random.randbytes(2000))


async def big_body(writer) -> None:
    await trickle(writer, POST + b"Content-Length: 8000000\r\n\r\n" + b" " * 7_000_000, b" ")


async def hostile_id(writer) -> None:
    await once(writer, b"GET /v1/items/" + b"i" * 15_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")


async def unread(writer) -> None:
    await once(writer, GET * 20)
    await asyncio.sleep(20)


async def reset(writer) -> None:
    await once(writer, GET)
    writer.transport.abort()


async def peer(port: int, number: int) -> None:
    global begun
    source = "127.0.0.2" if number % 10 < 6 else f"127.0.{1 + number // 250}.{3 + number % 250}"
    kinds = [idle, slow_header, slow_body, slow_chunks, huge_header, half, garbage, hostile_id, unread, reset]
    if wanted := os.environ.get("HAINA_PEER_KINDS"):  # to find out which of them does harm
        kind = globals()[wanted.split(",")[number % len(wanted.split(","))]]
    else:
        kind = big_body if number < 40 else kinds[number % 97 % len(kinds)]
    first = True
    while True:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)), 30)
            begun, first = begun + first, False
            try:
                await kind(writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(random.uniform(0.5, 1.5))


async def main() -> None:
    os.nice(15)  # they stand for other machines
    port, count = int(sys.argv[1]), int(sys.argv[2])
    peers = [asyncio.create_task(peer(port, number)) for number in range(count)]
    while begun < count * 0.98:
        await asyncio.sleep(0.1)
    print("ready", flush=True)
    await asyncio.gather(*peers)


asyncio.run(main())
