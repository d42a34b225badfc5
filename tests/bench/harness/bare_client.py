#!/usr/bin/python3
"""What a bare HTTP client needs to read what the agent read: the same first pages, their next links followed, nothing looked at.

    bare_client.py HOST:PORT FILE      FILE: one path a line; prints {"requests", "bytes", "wall_s"}
"""
import http.client
import json
import re
import sys
import time
import zlib

NEXT = re.compile(rb'"relation":"next","url":"http://[^/]+([^"]+)"')
HEADERS = {"Accept": "application/fhir+json", "Accept-Encoding": "gzip"}


def main():
    address, file = sys.argv[1:]
    with open(file, encoding="utf-8") as opened:
        paths = opened.read().splitlines()
    connection = http.client.HTTPConnection(address)
    requests = size = 0
    began = time.monotonic()
    for path in paths:
        while path:
            connection.request("GET", path, headers=HEADERS)
            answer = connection.getresponse()
            body = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                body = zlib.decompress(body, 31)
            requests, size = requests + 1, size + len(body)
            # The links stand before the entries.
            found = NEXT.search(body[:2000])
            path = found.group(1).decode().replace("\\/", "/") if found else None
    print(json.dumps({"requests": requests, "bytes": size, "wall_s": time.monotonic() - began}))


if __name__ == "__main__":
    main()
