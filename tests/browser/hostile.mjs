// Sign-ins that must not work, and a page that does what it must not, to see that it is noticed.
import { signIn } from "./people.mjs";

/** What the page says to answers that it did not ask for; `granted` counts what went to the token endpoint. */
export async function forged({ page, url, seen }) {
  const before = seen.granted;
  const said = {};
  const told = async (name, address) => {
    await page.goto(address);
    said[name] = await page.getByRole("alert").innerText();
    said[`${name} address`] = page.url();
  };
  await told("state", `${url}/explore?code=stolen&state=guessed&iss=${encodeURIComponent(url)}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/oauth/authorize*");
  const state = new URL(page.url()).searchParams.get("state");
  await told("issuer", `${url}/explore?code=stolen&state=${state}&iss=https%3A%2F%2Fother.example`);
  await told("again", `${url}/explore?code=stolen&state=${state}&iss=${encodeURIComponent(url)}`);
  return { said, granted: seen.granted - before };
}

/** The token is renewed before it ends, and worth nothing once the person has signed out. */
export async function lifetime({ page, url, person, seen }) {
  await page.clock.install();
  await signIn(page, `${url}/explore`, person);
  const first = seen.tokens.at(-2);
  const renewed = page.waitForResponse((response) => response.url().endsWith("/oauth/token"));
  await page.clock.fastForward("09:30");
  await renewed;
  await page.getByRole("region", { name: "Last changed" }).getByRole("button").first().click();
  await page.getByRole("status").filter({ hasText: "Started" }).waitFor();
  const second = seen.tokens.at(-2);
  const usable = await status(url, second);
  const revoked = page.waitForResponse((response) => response.url().endsWith("/oauth/revoke"));
  await page.getByRole("button", { name: "Sign out" }).click();
  await revoked;
  await page.getByText("You are signed out.").waitFor();
  await page.waitForTimeout(300);
  const after = await status(url, second);
  return { refreshed: seen.refreshed, isAnother: first !== second, usable, after, body: await page.innerText("body") };
}

async function status(url, token) {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ query: "{ viewer { clientId } }" }),
  });
  return answer.status;
}

/** What must be noticed: each is done in a page of ours by somebody who got into it. */
export async function harmed({ page, url, person, seen }) {
  await signIn(page, `${url}/explore`, person);
  const token = seen.tokens.at(-2);
  await page.evaluate(async (token) => {
    localStorage.setItem("kept", token);
    document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = true" }));
  }, token).catch(() => {});
  await page.evaluate(() => fetch("http://localhost:9/").catch(() => {}));
  await page.evaluate(() => {
    const image = document.createElement("img");
    document.body.append(image);
    image.src = "http://localhost:9/pixel.png";
  });
  await page.waitForTimeout(300);
  return { ran: await page.evaluate(() => window.ran === true) };
}

