// Events as PortSIP documents them (Webhook notifications: Event reference; Pub/Sub 22.3): whole seconds as text,
// SIP URIs for extensions, numbers as text.

const TENANT = "700000000000000001";
const QUEUE = "800000000000000001";

/** Seconds since 1970 as the PBX writes them, `before` seconds ago. */
export const stamp = (before = 0) => String(Math.floor(Date.now() / 1000) - before);

export const extensionStatus = (number, { call = "", presence = "ONLINE", online = true, at = stamp() } = {}) => ({
  event_type: "extension_status",
  tenant_id: TENANT,
  status: [
    {
      extension: `sip:${number}@acme.test`,
      extension_id: `600000000000000${number}`,
      call_status: call,
      online,
      presence,
      presence_note: "",
      push_online: false,
      time: at,
    },
  ],
});

export const extensionPresence = (number, presence, at = stamp()) => ({
  event_type: "extension_presence",
  tenant_id: TENANT,
  extension: `sip:${number}@acme.test`,
  extension_id: `600000000000000${number}`,
  presence,
  presence_note: "",
  time: at,
});

export const queueStatus = ({ waiting = [], agents = [] } = {}) => ({
  event_type: "queue_status",
  tenant_id: TENANT,
  queue_id: QUEUE,
  queue_number: "8001",
  queue_name: "Support",
  waiting_list: waiting.map(({ session, name = "", number = "15550100", at = stamp() }, place) => ({
    position: String(place + 1),
    session_id: session,
    caller_number: number,
    caller_name: name,
    timestamp: at,
    type: "normal",
  })),
  agents: agents.map(({ number, state, at = stamp() }) => ({
    state,
    agent_extension_number: number,
    session_id: "",
    caller_number: "",
    caller_name: "",
    timestamp: at,
  })),
});

export const queueCallers = (session, reason, at = stamp()) => ({
  event_type: "queue_caller_status",
  tenant_id: TENANT,
  queue_id: QUEUE,
  updated_callers: [
    { position: "1", session_id: session, caller_number: "15550100", reason, timestamp: at, type: "normal" },
  ],
});

export const slaBreached = (caller, at = stamp()) => ({
  event_type: "queue_sla_breached",
  tenant_id: TENANT,
  queue_id: QUEUE,
  caller,
  total_callers_breached: 1,
  sla_time_secs: 20,
  waiting_callers: 1,
  timestamp: at,
});

export const callStart = (session, { from = "15550100", name = "", to = "101", at = stamp() } = {}) => ({
  event_type: "call_start",
  time: at,
  session_id: session,
  cdr_id: `${session}1`,
  direction: "inbound",
  call_id: `${session}@acme.test`,
  caller: `sip:${from}@198.51.100.7`,
  caller_display_name: name,
  callee: `sip:${to}@acme.test`,
  callee_display_name: "",
  tenant_id: TENANT,
  did: "15550199",
  outbound_caller_id: "",
  user_data: "",
});

export const callRecord = (session, { from = stamp(60), to = stamp(30) } = {}) => ({
  event_type: "call_cdr",
  tenant_id: TENANT,
  session_id: session,
  start_time: from,
  ended_time: to,
});
