"""Posts what the matrix of `main.rs` asks for, by one of Python's clients, and prints what it heard.

matrix.py requests|httpx|aiohttp JOBS: a file with a list of jobs (`job.rs`), done one after the other, each with a session
of its own. Prints a list of {"row", "statuses"} or {"row", "error"}.
"""

import asyncio
import json
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor


class Pieces:
    """A body whose length nobody says, so it is sent in chunks. It can be sent again, for a challenge."""

    def __init__(self, body):
        self.pieces = [body[:20], body[20:]]


class PiecesForThreads(Pieces):
    def __iter__(self):
        return iter(self.pieces)


class PiecesForTasks(Pieces):
    async def __aiter__(self):
        for piece in self.pieces:
            yield piece


def body(job, pieces):
    content = pathlib.Path(job["body"]).read_bytes()
    return pieces(content) if job["chunked"] else content


def headers(job):
    more = [("Expect", "100-continue")] if job["expect"] else []
    if job["method"] == "bearer":
        more.append(("Authorization", "Bearer " + job["password"]))
    return [*map(tuple, job["headers"]), *more]


def by_requests(job):
    import requests
    from requests.adapters import HTTPAdapter
    from requests.auth import HTTPBasicAuth, HTTPDigestAuth

    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=job["posts"]))
    session.headers.update(headers(job))
    if job["proxy"]:
        session.proxies = {"http": job["proxy"]}
    if job["method"] == "basic":
        session.auth = HTTPBasicAuth(job["user"], job["password"])
    elif job["method"] == "digest":
        session.auth = HTTPDigestAuth(job["user"], job["password"])

    def post(_):
        return session.post(job["url"], data=body(job, PiecesForThreads), timeout=30).status_code

    first, rest = [post(0)], range(1, job["posts"])
    if not job["parallel"]:
        return first + [post(number) for number in rest]
    with ThreadPoolExecutor(max_workers=job["posts"]) as threads:
        return first + list(threads.map(post, rest))


async def in_turn_or_at_once(job, post):
    """The first alone, so that the others may have its nonce."""
    first, rest = [await post()], range(1, job["posts"])
    if job["parallel"]:
        return first + list(await asyncio.gather(*(post() for _ in rest)))
    return first + [await post() for _ in rest]


async def by_httpx(job):
    import httpx

    auth = None
    if job["method"] == "basic":
        auth = httpx.BasicAuth(job["user"], job["password"])
    elif job["method"] == "digest":
        auth = httpx.DigestAuth(job["user"], job["password"])
    async with httpx.AsyncClient(
        auth=auth, headers=headers(job), proxy=job["proxy"], trust_env=False, verify=False, timeout=30
    ) as client:

        async def post():
            return (await client.post(job["url"], content=body(job, PiecesForTasks))).status_code

        return await in_turn_or_at_once(job, post)


async def by_aiohttp(job):
    import aiohttp
    from multidict import CIMultiDict

    middlewares = ()
    sent = CIMultiDict((name, value) for name, value in headers(job) if name != "Expect")
    if job["method"] == "basic":
        sent["Authorization"] = aiohttp.encode_basic_auth(job["user"], job["password"])
    elif job["method"] == "digest":
        middlewares = (aiohttp.DigestAuthMiddleware(job["user"], job["password"]),)
    async with aiohttp.ClientSession(
        middlewares=middlewares,
        headers=sent,
        version=aiohttp.HttpVersion10 if job["http10"] else aiohttp.HttpVersion11,
        timeout=aiohttp.ClientTimeout(total=30),
    ) as session:

        async def post():
            async with session.post(
                job["url"],
                data=body(job, bytes),
                # Not by pieces: after a challenge it would send those that are left, none.
                chunked=job["chunked"] or None,
                proxy=job["proxy"],
                expect100=job["expect"],
            ) as answer:
                await answer.read()
                return answer.status

        return await in_turn_or_at_once(job, post)


def done(client, job):
    try:
        if client == "requests":
            statuses = by_requests(job)
        else:
            statuses = asyncio.run({"httpx": by_httpx, "aiohttp": by_aiohttp}[client](job))
        return {"row": job["row"], "statuses": statuses}
    except Exception as error:
        return {"row": job["row"], "error": repr(error)}


client, jobs = sys.argv[1:]
print(json.dumps([done(client, job) for job in json.loads(pathlib.Path(jobs).read_text())]))
