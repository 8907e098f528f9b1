"""Follows Ringside's feed and prints each queue's callers. pip install websockets; set RINGSIDE and TOKEN."""
import asyncio, json, os, urllib.request
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

BASE = os.environ.get("RINGSIDE", "http://127.0.0.1:8080")
HEADERS = {"Authorization": f"Bearer {os.environ['TOKEN']}"} if "TOKEN" in os.environ else {}

def fetched(path):
    with urllib.request.urlopen(urllib.request.Request(BASE + path, headers=HEADERS)) as answer:
        return json.load(answer)

async def follow(socket, rows, mine):
    subscribe = lambda: socket.send(json.dumps({"t": "subscribe", "view": "queues", "resume": mine or None}))
    await subscribe()
    while True:  # 8 s without any frame: the connection is dead, whatever the socket says.
        frame = json.loads(await asyncio.wait_for(socket.recv(), 8))
        kind, got = frame["t"], await asyncio.to_thread(fetched, frame["url"]) if frame["t"] == "fetch" else frame
        if kind in ("snapshot", "fetch"):
            rows.clear()
            mine.update(epoch=got["epoch"], offset=got["offset"])
        if kind in ("snapshot", "fetch", "changes"):
            for key in got.get("gone", []): rows.pop(tuple(key), None)
            for row in got["rows"]:
                rows[row["k"], row["id"]] = row
                if row["k"] == "queue": print(row["number"], row["name"], row["waiting"], "waiting", flush=True)
            mine["offset"] = got["offset"]
        if kind == "fetch": await subscribe()  # What came meanwhile.
        if kind == "beat" and got["check"] != {"rows": len(rows), "sum": sum(r["rev"] for r in rows.values()) % 2**53}:
            mine.clear()  # Something was missed: all rows again.
            await subscribe()
        if kind == "error": raise SystemExit(got["text"])

async def main():
    rows, mine = {}, {}
    async for socket in connect(BASE.replace("http", "ws", 1) + "/feed", additional_headers=HEADERS, max_size=4 << 20):
        try: await follow(socket, rows, mine)
        except (ConnectionClosed, TimeoutError): pass  # Comes back, and resumes.

asyncio.run(main())
