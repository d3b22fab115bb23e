// Runs graphql-http's audits of a server over HTTP, with a token; tells which ran and how each ended.
import { json } from "node:stream/consumers";
import { serverAudits } from "graphql-http";

const { url, token } = await json(process.stdin);

const fetchFn = (target, options = {}) =>
  fetch(target, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason, response } = await audit.fn();
  results.push({ id, name, status, reason, answered: response && `${response.status} ${await response.text()}` });
}
console.log(JSON.stringify(results));
