"""Ask a server for its health again and again while it does something else, and print how long each answer took.

usage: python beside.py PORT; ends when its standard input does
"""

import json
import select
import sys
import time
from http.client import HTTPConnection

PAUSE = 0.002


def main(port: str) -> None:
    connection = HTTPConnection("127.0.0.1", int(port), timeout=300)
    print("ready", flush=True)
    waited: list[float] = []
    is_over = False
    while not is_over:
        began = time.perf_counter()
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except ConnectionError:  # it was idle for too long: it may be asked anew
            connection.close()
        else:
            waited.append((time.perf_counter() - began) * 1e3)
        is_over = bool(waited) and bool(select.select([sys.stdin], [], [], PAUSE)[0])
    print(json.dumps(sorted(waited)))


if __name__ == "__main__":
    main(*sys.argv[1:])
