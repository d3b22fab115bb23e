// Signing in and out as a person does it.
import { readFileSync } from "node:fs";

/** The demo's credentials by their names in its file. */
export function credentials(file) {
  const lines = readFileSync(file, "utf8").split("\n");
  const pairs = lines.map((line) => /^([A-Z_]+)='?([^']*)'?$/.exec(line)).filter(Boolean);
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

/** To the page's own contents. `looked` is shown the pages on the way. */
export async function signIn(page, url, person, looked = async () => {}) {
  await page.goto(url);
  await looked("gate");
  await page.getByRole("button", { name: "Sign in" }).click();
  const mail = page.getByLabel(/e-?mail/i);
  const allow = page.getByRole("button", { name: /allow/i }).first();
  const bar = page.locator("header.bar");
  await mail.or(allow).or(bar).first().waitFor();
  if (await mail.count()) {
    await looked("sign-in");
    await mail.fill(person.email);
    await page.getByLabel(/password/i).fill(person.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await allow.or(bar).first().waitFor();
  }
  if (await allow.count()) {
    await looked("consent");
    await allow.click();
  }
  await bar.waitFor();
}

/** What a client of its own asks over HTTP, beside the browser. */
export async function asked(url, client, query, variables) {
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString("base64");
  const granted = await fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = await granted.json();
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}
