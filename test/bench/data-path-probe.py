"""Measures how long connect() takes for a connection that the rules redirect to port 15001.

Arguments: UID to become, address to connect to. A line on standard input asks for that many connections; a line on
standard output answers with their times in nanoseconds, as JSON. In Python because its connect() is the system call: the
kernel does all of the handshake within it when both ends are local, and an event loop would add several times as much.
"""

import json
import os
import socket
import struct
import sys
import time

PROXY_PORT = 15001
# A connection that is reset leaves nothing behind, so that any number can follow.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def connect_time(listener: socket.socket, address: str) -> int:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    start = time.perf_counter_ns()
    client.connect((address, 80))
    taken = time.perf_counter_ns() - start
    # Fails when the connection went elsewhere.
    server, _ = listener.accept()
    client.close()
    server.close()
    return taken


def main() -> None:
    uid, address = int(sys.argv[1]), sys.argv[2]
    os.setgid(uid)
    os.setuid(uid)
    listener = socket.create_server(("0.0.0.0", PROXY_PORT))
    listener.settimeout(1)
    for line in sys.stdin:
        print(json.dumps([connect_time(listener, address) for _ in range(int(line))]), flush=True)


main()
