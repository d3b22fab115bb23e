// A partner's program in which a person signs in: authorization code with PKCE, refresh, and revocation.
import { json } from "node:stream/consumers";
import * as oauth from "oauth4webapi";
import { discovered, here, refusal, viewer } from "./oauth.mjs";

const { issuer, program, person, scope } = await json(process.stdin);
const as = await discovered(issuer);
const client = { client_id: program.id };
const auth = oauth.ClientSecretBasic(program.secret);

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const asked = new URL(as.authorization_endpoint);
asked.search = new URLSearchParams({
  response_type: "code",
  client_id: program.id,
  redirect_uri: program.redirect,
  scope,
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
}).toString();

const { location, pages } = await inABrowser(asked, program.redirect);
const parameters = oauth.validateAuthResponse(as, client, new URL(location), state);
const redeem = (code) => oauth.authorizationCodeGrantRequest(as, client, auth, code, program.redirect, verifier, here);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, await redeem(parameters));
const refresh = async (token) =>
  oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, auth, token, here));

const told = { pages, scope: tokens.scope, asks: await viewer(issuer, tokens.access_token) };
const second = await refresh(tokens.refresh_token);
told.refreshed = await viewer(issuer, second.access_token);
told.rotated = second.refresh_token !== tokens.refresh_token;

await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, second.refresh_token, here));
told.revoked = { refresh: await refusal(refresh(second.refresh_token)), asks: await viewer(issuer, second.access_token) };
const again = redeem(parameters).then((answer) => oauth.processAuthorizationCodeResponse(as, client, answer));
told.codeAgain = await refusal(again);
console.log(JSON.stringify(told));

/** A person reads each page, fills its form, and presses its first button, until the browser leaves for the program. */
async function inABrowser(url, until) {
  const cookies = new Map();
  const titles = [];
  let answer = await load(url);
  for (let step = 0; step < 10; step++) {
    const next = answer.headers.get("location");
    if (next?.startsWith(until)) return { location: next, pages: titles };
    answer = next ? await load(new URL(next, issuer)) : await load(...submitted(await answer.text()));
  }
  throw new Error(`the browser never left: ${titles.join(", ")}`);

  async function load(target, body) {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    if (body) headers.origin = issuer;
    const loaded = await fetch(target, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    for (const line of loaded.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      cookies.set(name, value);
    }
    return loaded;
  }

  function submitted(page) {
    titles.push(text(page.match(/<title>([^<]*)</)[1]));
    const fields = { email: person.email, password: person.password };
    const filled = new URLSearchParams();
    for (const [tag] of page.matchAll(/<input [^>]*>/g)) {
      const name = attribute(tag, "name");
      filled.set(name, attribute(tag, "value") ?? fields[name]);
    }
    const button = page.match(/<button [^>]*name=[^>]*>/)?.[0];
    if (button) filled.set(attribute(button, "name"), attribute(button, "value"));
    return [new URL(attribute(page.match(/<form [^>]*>/)[0], "action"), issuer), filled];
  }

  function attribute(tag, name) {
    const found = tag.match(new RegExp(` ${name}="([^"]*)"`));
    return found && text(found[1]);
  }

  function text(written) {
    const names = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", "#43": "+" };
    return written.replace(/&([#\w]+);/g, (_, name) => names[name]);
  }
}
