#!/usr/bin/env python3
"""Rebuilds a disk from an older copy and what changed since; the standard library is enough.

Makes a managed disk and writes to it, takes two snapshots, and reads of the second only what the
difference names. Usage: [SKIKT_URL=http://127.0.0.1:8080] rebuild.py
"""

import hashlib
import json
import os
import sys
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

API = os.environ.get("SKIKT_URL", "http://127.0.0.1:8080") + "/api/v1/"
MIB = 1 << 20
SIZE = 16 * MIB


def ask(method, path, body=None, headers=None):
    """Sends a request and gives the open answer; a refusal ends the script with its problem."""
    headers = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    elif body is not None:
        headers["Content-Type"] = "application/octet-stream"
    try:
        return urlopen(Request(API + path, data=body, headers=headers, method=method))
    except HTTPError as refusal:
        sys.exit(f"{method} {path}: {refusal.read().decode()}")


def get(path, **query):
    """What a path holds, as JSON."""
    with ask("GET", f"{path}?{urlencode(query)}" if query else path) as answer:
        return json.load(answer)


def write(disk, offset, data):
    """Writes bytes to a managed disk; they are durable when this returns."""
    place = {"Content-Range": f"bytes {offset}-{offset + len(data) - 1}/*"}
    ask("PUT", f"disks/{disk}/data", data, place).close()


def read(snapshot, offset=0, length=None):
    """Bytes of a snapshot: a range, or from the offset to the end."""
    last = "" if length is None else offset + length - 1
    with ask("GET", f"snapshots/{snapshot}/data", headers={"Range": f"bytes={offset}-{last}"}) as it:
        return it.read()


def events(stream):
    """The events of a stream, each as its kind and what it tells of."""
    kind = None
    for line in stream:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


def take(disk, name):
    """Takes a snapshot, and shows how far it is until it is done."""
    # Listened to before the job begins, so that nothing of it is missed.
    with ask("GET", "events") as stream:
        with ask("POST", f"disks/{disk}/snapshots", {"name": name}) as answer:
            job = json.load(answer)["id"]
        for kind, it in events(stream):
            if kind != "job" or it["id"] != job:
                continue
            if it["state"] == "running":
                progress = it["progress"]
                print(f"{name}: {progress['phase']}, {progress['done_bytes']} bytes")
            elif it["state"] == "done":
                snapshot = it["result"]["snapshot"]
                print(f"{name}: done, {snapshot['stored_bytes']} bytes stored")
                return snapshot["id"]
            elif it["state"] != "queued":
                sys.exit(f"{name}: {it}")
    sys.exit(f"{name}: the server went away; GET {API}jobs/{job} tells what became of it")


def difference(base, target):
    """The runs in which two snapshots differ, page by page."""
    query = {"base": base, "limit": 2}
    while True:
        page = get(f"snapshots/{target}/diff", **query)
        yield from page["items"]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


# An empty disk takes no room; what is written to it does, and only that.
source = {"kind": "empty", "size_bytes": SIZE}
with ask("POST", "disks", {"name": "rebuilt", "source": source}) as made:
    disk = json.load(made)["id"]
for megabyte in range(8):
    write(disk, megabyte * MIB, os.urandom(MIB))
first = take(disk, "rebuilt-first")

for offset in (4096, 3 * MIB, 5 * MIB + 512, 12 * MIB):
    write(disk, offset, os.urandom(10_000))
write(disk, 6 * MIB, bytes(MIB))
second = take(disk, "rebuilt-second")

# The older copy, brought up to date with the changed bytes alone.
image, fetched = bytearray(read(first)), 0
for run in difference(first, second):
    offset, length = run["offset_bytes"], run["length_bytes"]
    if run["kind"] == "changed":
        image[offset : offset + length] = read(second, offset, length)
        fetched += length
    else:
        image[offset : offset + length] = bytes(length)

rebuilt, whole = hashlib.sha256(image), hashlib.sha256(read(second))
if rebuilt.digest() != whole.digest():
    sys.exit("the rebuilt image is not the second snapshot")
print(f"rebuilt {SIZE} bytes by fetching {fetched}: sha256 {rebuilt.hexdigest()}")
