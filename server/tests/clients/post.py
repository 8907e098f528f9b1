"""Posts a body some times over one session of Python's `requests`, and prints each answer's status.

post.py METHOD URL USER PASSWORD BODY TIMES, METHOD none|basic|digest|bearer (its token in PASSWORD).
A line is the last status, then those of the requests before it that it took: "200 401".
"""

import sys

import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

method, url, user, password, body, times = sys.argv[1:]
session = requests.Session()
session.trust_env = False
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
