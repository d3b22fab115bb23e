/**
 * Signing in: authorization code with PKCE (RFC 7636), checked by state and issuer (RFC 9207).
 *
 * Tokens stay in the memory of this page. Only across the way to the sign-in page and back the browser keeps the
 * verifier and the state, for this tab; both are worth nothing without the code, and gone when it comes.
 */
const CLIENT_ID = "lantern-explorer";
const ON_THE_WAY = "lantern-sign-in";
// Seconds before a token ends at which a new one is fetched, and to the next try if there is none to be had just now.
const AHEAD = 60;
const AGAIN = 15;

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint?: string;
}

interface Tokens {
  access_token: string;
  refresh_token?: string;
  expires_in: number;
}

/** Why nobody is signed in, in words for people. */
export class NotSignedIn extends Error {}

const ENDED = "Your session has ended. Please sign in again.";

/** Where the pages and the API stand; the exchange may be mounted below a path. */
export const BASE = new URL(".", location.href);

export class Session {
  private readonly ending = new AbortController();
  private due = 0;
  private renewing: Promise<void> | undefined;
  private timer: number | undefined;

  constructor(
    private readonly metadata: Metadata,
    private tokens: Tokens,
  ) {
    this.take(tokens);
  }

  /** Aborted when the session ends, with the reason in words. */
  get over(): AbortSignal {
    return this.ending.signal;
  }

  /** One that lasts for the next request. Raises: NotSignedIn. */
  async accessToken(): Promise<string> {
    if (Date.now() >= this.due) await this.renew();
    return this.tokens.access_token;
  }

  async signOut(): Promise<void> {
    const { revocation_endpoint } = this.metadata;
    const tokens = [this.tokens.refresh_token, this.tokens.access_token];
    this.end("You are signed out.");
    for (const token of tokens) {
      if (token && revocation_endpoint) await send(revocation_endpoint, { token });
    }
  }

  private take(tokens: Tokens): void {
    this.tokens = { ...this.tokens, ...tokens };
    const lasts = Math.max(tokens.expires_in - AHEAD, tokens.expires_in / 2);
    this.due = Date.now() + lasts * 1000;
    this.renewIn(lasts);
  }

  private renewIn(seconds: number): void {
    clearTimeout(this.timer);
    // What fails here is told to whoever asks next.
    this.timer = window.setTimeout(() => void this.renew().catch(() => {}), seconds * 1000);
  }

  /** Whoever asks meanwhile waits for the same answer: a refresh token is good for one use. */
  private renew(): Promise<void> {
    this.renewing ??= this.renewed().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renewed(): Promise<void> {
    try {
      const { refresh_token } = this.tokens;
      if (!refresh_token) throw new NotSignedIn(ENDED);
      this.take(await tokensFor(this.metadata, { grant_type: "refresh_token", refresh_token }));
    } catch (error) {
      if (error instanceof NotSignedIn) this.end(error.message);
      else this.renewIn(AGAIN);
      throw error;
    }
  }

  private end(why: string): void {
    clearTimeout(this.timer);
    this.tokens = { access_token: "", expires_in: 0 };
    this.ending.abort(why);
  }
}

/** Goes to the sign-in page. Without `scope`, for all that the person may do. */
export async function signIn(scope = ""): Promise<void> {
  const metadata = await discover();
  const verifier = random();
  const state = random();
  sessionStorage.setItem(ON_THE_WAY, JSON.stringify({ verifier, state, fragment: location.hash }));
  const target = new URL(metadata.authorization_endpoint);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const asked = {
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: redirectUri(),
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(scope ? { scope } : {}),
  };
  for (const [name, value] of Object.entries(asked)) target.searchParams.set(name, value);
  location.assign(target);
}

/**
 * What the sign-in page sent back, if we come from there; the address bar is cleaned first of all.
 * Raises: NotSignedIn.
 */
export async function comeBack(): Promise<Session | undefined> {
  const answer = new URL(location.href).searchParams;
  const kept = sessionStorage.getItem(ON_THE_WAY);
  sessionStorage.removeItem(ON_THE_WAY);
  if (!answer.has("code") && !answer.has("error")) return undefined;
  const { verifier, state, fragment } = JSON.parse(kept ?? "{}") as Record<string, string | undefined>;
  history.replaceState(null, "", location.pathname + (fragment ?? ""));
  if (!verifier || answer.get("state") !== state) {
    throw new NotSignedIn("This sign-in did not begin in this tab. Please sign in again.");
  }
  const metadata = await discover();
  if (answer.get("iss") !== metadata.issuer) throw new NotSignedIn("The answer came from another sign-in service.");
  const code = answer.get("code");
  if (!code) throw new NotSignedIn(refusal(answer.get("error")));
  const given = { grant_type: "authorization_code", code, redirect_uri: redirectUri(), code_verifier: verifier };
  return new Session(metadata, await tokensFor(metadata, given));
}

async function discover(): Promise<Metadata> {
  const answer = await fetch(new URL(".well-known/oauth-authorization-server", BASE));
  if (!answer.ok) throw new NotSignedIn("The exchange does not tell how to sign in.");
  const metadata = (await answer.json()) as Metadata;
  if (new URL(metadata.issuer).href.replace(/\/$/, "") !== BASE.href.replace(/\/$/, "")) {
    throw new NotSignedIn(`Open this page at ${metadata.issuer}: people can sign in there only.`);
  }
  return metadata;
}

/** Raises: NotSignedIn. */
async function tokensFor(metadata: Metadata, given: Record<string, string>): Promise<Tokens> {
  const answer = await send(metadata.token_endpoint, given);
  if (answer.status >= 500 || answer.status === 429) throw new Error("The exchange is busy. Please try again.");
  if (!answer.ok) throw new NotSignedIn(ENDED);
  return (await answer.json()) as Tokens;
}

function send(endpoint: string, form: Record<string, string>): Promise<Response> {
  return fetch(endpoint, { method: "POST", body: new URLSearchParams({ client_id: CLIENT_ID, ...form }) });
}

function redirectUri(): string {
  return location.origin + location.pathname;
}

function refusal(code: string | null): string {
  if (code === "access_denied") return "You did not let this page in, so it has no access.";
  return "Signing in did not work. Please try again.";
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
