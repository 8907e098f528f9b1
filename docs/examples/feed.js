// Follows Ringside's feed and prints each queue's callers. Node 22 (20 with --experimental-websocket); set RINGSIDE and TOKEN.
// A page of Ringside's own needs no header: its cookie goes along.
const base = process.env.RINGSIDE ?? "http://127.0.0.1:8080";
const headers = process.env.TOKEN ? { Authorization: `Bearer ${process.env.TOKEN}` } : {};
const rows = new Map();
let mine, wait = 500;

function follow() {
  const socket = new WebSocket(base.replace("http", "ws") + "/feed", { protocols: "ringside.v1", headers });
  const subscribe = () => socket.send(JSON.stringify({ t: "subscribe", view: "queues", resume: mine }));
  let silence, ended = false;
  const again = () => {
    clearTimeout(silence);
    if (!ended) setTimeout(follow, wait = Math.min(2 * wait, 15000) * (0.75 + Math.random() / 2));
    ended = true;
  };
  // 8 s without any frame: the connection is dead, whatever the socket says.
  const heard = () => { clearTimeout(silence); silence = setTimeout(() => { again(); socket.close(); }, 8000); };
  let queue = Promise.resolve();
  socket.onopen = () => { heard(); subscribe(); };
  socket.onclose = socket.onerror = again;
  socket.onmessage = ({ data }) => { heard(); queue = queue.then(() => take(JSON.parse(data), subscribe)).catch(again); };
}

async function take(frame, subscribe) {
  const got = frame.t === "fetch" ? await (await fetch(base + frame.url, { headers })).json() : frame;
  if (["snapshot", "fetch"].includes(frame.t)) { rows.clear(); mine = { epoch: got.epoch, offset: got.offset }; }
  if (["snapshot", "fetch", "changes"].includes(frame.t)) {
    for (const [kind, id] of got.gone ?? []) rows.delete(`${kind} ${id}`);
    for (const row of got.rows) rows.set(`${row.k} ${row.id}`, row);
    for (const row of got.rows) if (row.k === "queue") console.log(row.number, row.name, row.waiting, "waiting");
    mine.offset = got.offset; wait = 500;
  }
  if (frame.t === "fetch") subscribe(); // What came meanwhile.
  const sum = [...rows.values()].reduce((sum, row) => (sum + row.rev) % 2 ** 53, 0);
  if (frame.t === "beat" && (frame.check.rows !== rows.size || frame.check.sum !== sum)) { mine = undefined; subscribe(); }
  if (frame.t === "error") { console.error(frame.text); process.exit(1); }
}

follow();
