#!/usr/bin/python3
"""What a bare HTTP client needs to read what the agent read: the same first pages, their next links followed, nothing looked at.

    bare_client.py HOST:PORT FILE [CONNECTIONS]      FILE: one path a line; prints {"requests", "bytes", "wall_s"}

Each of the connections (1) is a process of its own and takes the next path that is free, as an interpreter would be the limit otherwise.
"""
import http.client
import json
import multiprocessing
import re
import sys
import time
import zlib

NEXT = re.compile(rb'"relation":"next","url":"http://[^/]+([^"]+)"')
HEADERS = {"Accept": "application/fhir+json", "Accept-Encoding": "gzip"}


def read(address, paths, taken, ready, go, results):
    connection = http.client.HTTPConnection(address)
    requests = size = 0
    connection.connect()
    ready.release()
    go.wait()
    while True:
        with taken.get_lock():
            at = taken.value
            taken.value += 1
        if at >= len(paths):
            break
        path = paths[at]
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
    results.put((requests, size))


def main():
    address, file = sys.argv[1:3]
    connections = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with open(file, encoding="utf-8") as opened:
        paths = opened.read().splitlines()
    taken, ready, go, results = multiprocessing.Value("q", 0), multiprocessing.Semaphore(0), multiprocessing.Event(), multiprocessing.Queue()
    readers = [multiprocessing.Process(target=read, args=(address, paths, taken, ready, go, results)) for _ in range(connections)]
    for reader in readers:
        reader.start()
    for _ in readers:
        ready.acquire()
    began = time.monotonic()
    go.set()
    found = [results.get() for _ in readers]
    wall = time.monotonic() - began
    for reader in readers:
        reader.join()
    print(json.dumps({"requests": sum(requests for requests, _ in found), "bytes": sum(size for _, size in found), "wall_s": wall}))


if __name__ == "__main__":
    main()
