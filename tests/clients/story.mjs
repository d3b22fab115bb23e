// What each client does with the exchange: it asks, is refused, follows what others share, and resumes.
import { json } from "node:stream/consumers";

const VIEWER = "query Viewer { viewer { participant { id slug } } }";
const CASES = "query Cases { cases { pageInfo { hasNextPage } } }";
const RECORD = `mutation Record($input: RecordFeedbackInput!) {
  recordFeedback(input: $input) { __typename ... on InvalidInput { code field reason } } }`;
const FOLLOW = `subscription Follow($after: String) {
  signalChanged(after: $after) {
    __typename ... on ChangePage { endCursor items { signalId signal { id value } } } } }`;
const UPLOAD = `mutation ($signals: [SignalDraftInput!]!) {
  uploadSignals(input: { signals: $signals }) { ... on UploadSignalsPayload { created } } }`;

/** `client.ask` gives what the client makes of an answer, `client.follow` its events one by one. */
export async function tell(client) {
  const told = await json(process.stdin);
  const { name, url, tokens } = told;
  const { ask, follow } = client(url);
  const story = {
    asked: await ask(tokens.birch, VIEWER),
    forged: await ask("forged", VIEWER),
    withoutScope: await ask(tokens.poor, CASES),
    invalid: await ask(tokens.birch, RECORD, { input: { feedback: [] } }),
  };

  const until = async (value, after, onFirst = () => {}) => {
    const seen = { values: [], cursor: after, events: 0 };
    for await (const { signalChanged: page } of follow(tokens.birch, FOLLOW, { after })) {
      if (seen.events++ === 0) await onFirst();
      seen.values.push(...page.items.map((item) => item.signal.value));
      seen.cursor = page.endCursor;
      if (seen.values.includes(value)) return seen;
    }
    return seen;
  };
  const [live, missed] = ["live", "missed"].map((when) => `${name}-${when}.example`);
  story.live = await until(live, null, () => share(url, tokens.alder, live));
  await share(url, tokens.alder, missed);
  story.resumed = await until(missed, story.live.cursor);
  console.log(JSON.stringify({ ...story, ...client.notes }));
  process.exit();
}

/** Somebody else's upload, by none of the clients. */
async function share(url, token, value) {
  const draft = { type: "DOMAIN", value, violations: ["SEXTORTION_FINANCIAL"], severity: "LOW", confidence: 50 };
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: UPLOAD, variables: { signals: [draft] } }),
  });
  const { data } = await response.json();
  if (data?.uploadSignals.created !== 1) throw new Error("the upload failed");
}

/** What is told to a function, as an iterator; `subscribe` gives how to stop. */
export async function* each(subscribe) {
  const waiting = [];
  let wake = () => {};
  const stop = subscribe((event) => {
    waiting.push(event);
    wake();
  });
  try {
    for (;;) {
      while (waiting.length) yield waiting.shift();
      await new Promise((resolve) => (wake = resolve));
    }
  } finally {
    stop();
  }
}
