"""Posts a body some times over one session of Python's `requests`, and prints each answer's status.

post.py METHOD URL USER PASSWORD BODY TIMES [FROM], METHOD none|basic|digest|bearer (its token in PASSWORD), FROM an address of
this machine.
RINGSIDE_CA names the authority to trust, where the URL is https.
A line is the last status, then those of the requests before it that it took: "200 401".
"""

import os
import sys

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

method, url, user, password, body, times, *source = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.verify = os.environ.get("RINGSIDE_CA", True)
if source:

    class From(HTTPAdapter):
        """Connects from that address."""

        def init_poolmanager(self, *arguments, **options):
            super().init_poolmanager(*arguments, source_address=(source[0], 0), **options)

    session.mount("https://", From())
if method == "basic":
    session.auth = HTTPBasicAuth(user, password)
elif method == "digest":
    session.auth = HTTPDigestAuth(user, password)
elif method == "bearer":
    session.headers["Authorization"] = "Bearer " + password
for number in range(int(times)):
    data = body.replace("NUMBER", str(number)).encode()
    answer = session.post(url, data=data, headers={"Content-Type": "application/json"}, timeout=20)
    print(answer.status_code, *[before.status_code for before in answer.history])
