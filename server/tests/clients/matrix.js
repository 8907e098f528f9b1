// Posts what the matrix of `main.rs` asks for, by Node's own fetch, Digest by digest-fetch, and prints what it heard.
//
// matrix.js JOBS: a file with a list of jobs (`job.rs`), done one after the other. Prints a list of { row, statuses } or
// { row, error }.

import { readFileSync } from "node:fs";

import DigestClient from "digest-fetch";

/** What fetch is given, made anew for each request: a stream is sent once. */
function request(job, bytes) {
  const headers = new Headers(job.headers);
  if (job.method === "basic") {
    headers.set("Authorization", "Basic " + Buffer.from(`${job.user}:${job.password}`).toString("base64"));
  } else if (job.method === "bearer") {
    headers.set("Authorization", "Bearer " + job.password);
  }
  const body = job.chunked ? new Blob([bytes]).stream() : bytes;
  return { method: "POST", headers, body, duplex: "half", signal: AbortSignal.timeout(30_000) };
}

async function statuses(job) {
  const bytes = readFileSync(job.body);
  const digest = new DigestClient(job.user, job.password, { algorithm: job.algorithm });
  const post = async () => {
    const answer =
      job.method === "digest"
        ? await digest.fetch(job.url, { factory: () => request(job, bytes) })
        : await fetch(job.url, request(job, bytes));
    await answer.arrayBuffer();
    return answer.status;
  };
  const heard = [await post()];
  if (job.parallel) {
    return heard.concat(await Promise.all(Array.from({ length: job.posts - 1 }, post)));
  }
  while (heard.length < job.posts) {
    // A connection is free a little after its answer was read; until then fetch opens another one.
    await new Promise((done) => setTimeout(done, 200));
    heard.push(await post());
  }
  return heard;
}

const results = [];
for (const job of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  try {
    results.push({ row: job.row, statuses: await statuses(job) });
  } catch (error) {
    results.push({ row: job.row, error: `${error} ${error.cause ?? ""}` });
  }
}
console.log(JSON.stringify(results));
