// A program of its own: it authenticates with a key, looks at its token, revokes it, and binds one to a key by DPoP.
import { json } from "node:stream/consumers";
import * as oauth from "oauth4webapi";
import { discovered, here, refusal, viewer } from "./oauth.mjs";

const { issuer, program, other } = await json(process.stdin);
const as = await discovered(issuer);
const client = { client_id: program.id };
const key = await crypto.subtle.importKey("jwk", program.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const auth = oauth.PrivateKeyJwt({ key, kid: program.key.kid });

const granted = async (options = {}) => {
  const parameters = new URLSearchParams({ scope: "signals:read" });
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, parameters, { ...here, ...options });
  return oauth.processClientCredentialsResponse(as, client, answer);
};
const introspected = async (token) =>
  oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, here));

const token = await granted();
const told = { asks: await viewer(issuer, token.access_token) };
const shown = new Request(`${issuer}/graphql`, { headers: { authorization: `Bearer ${token.access_token}` } });
told.claims = await oauth.validateJwtAccessToken(as, shown, `${issuer}/graphql`, here);
told.active = await introspected(token.access_token);
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token.access_token, here));
told.revoked = { ...(await introspected(token.access_token)), asks: await viewer(issuer, token.access_token) };

const stranger = await crypto.subtle.importKey("jwk", other, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const forged = oauth.PrivateKeyJwt({ key: stranger, kid: program.key.kid });
const attempt = oauth.clientCredentialsGrantRequest(as, client, forged, new URLSearchParams(), here);
told.anotherKey = await refusal(attempt.then((answer) => oauth.processClientCredentialsResponse(as, client, answer)));

const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const bound = await granted({ DPoP });
told.bound = {
  type: bound.token_type,
  asks: await viewer(issuer, bound.access_token, { DPoP }),
  withoutProof: await viewer(issuer, bound.access_token),
  byAnotherKey: await viewer(issuer, bound.access_token, {
    DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")),
  }),
};
console.log(JSON.stringify(told));
