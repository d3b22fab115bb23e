// What both OAuth scripts begin with: where the endpoints are, and a question to the exchange with a token.
import * as oauth from "oauth4webapi";

// On loopback, and nowhere else, an issuer may do without TLS.
export const here = { [oauth.allowInsecureRequests]: true };

export async function discovered(issuer) {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: "oauth2", ...here }));
}

/** Who the exchange takes the bearer for; or the status and challenge of its refusal. */
export async function viewer(issuer, token, options = {}) {
  const query = "{ viewer { clientId scopes } }";
  const headers = new Headers({ "content-type": "application/json" });
  const url = new URL(`${issuer}/graphql`);
  try {
    const body = JSON.stringify({ query });
    const answer = await oauth.protectedResourceRequest(token, "POST", url, headers, body, { ...here, ...options });
    return (await answer.json()).data.viewer;
  } catch (error) {
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
    const [{ scheme, parameters }] = error.cause;
    return { status: error.status, scheme, error: parameters.error };
  }
}

/** The error code that an endpoint answers with. */
export async function refusal(answer) {
  try {
    await answer;
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return error.error;
    // A 401 has to bring a challenge, which it looks at first.
    if (error instanceof oauth.WWWAuthenticateChallengeError) return (await error.response.json()).error;
    throw error;
  }
  return null;
}
