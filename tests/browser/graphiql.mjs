// A visit to GraphiQL: each example is run as it stands, and one of them sees a change arrive.
import { asked, signIn } from "./people.mjs";

const UPLOAD = `mutation Upload($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { ... on UploadSignalsPayload { created } ... on Problem { message } } }`;

export async function visitGraphiql({ page, url, person, other, look }) {
  await signIn(page, `${url}/graphiql`, person, look);
  await page.locator(".view-line").first().waitFor();
  const told = { answers: {} };
  for (const name of ["LinkedIndicators", "MatchValues", "RecordOutcome", "WhoAmI"]) {
    told.answers[name] = await run(page, name);
    await look(`graphiql-${name}`);
  }
  told.underlined = await page.locator(".detected-link").count();
  await page.getByRole("tab", { name: "LinkedIndicators" }).click();
  await page.getByRole("link", { name: "Networks" }).focus();
  await page.keyboard.press("Shift");
  told.picture = await page.getByRole("link", { name: "Networks" }).getAttribute("href");
  Object.assign(told, await follow({ page, url, other, look }));
  told.documented = await documented(page);
  await look("graphiql-docs");
  return told;
}

/** Opens the tab, runs it, and waits until the answer is shown. */
async function run(page, name) {
  await page.getByRole("tab", { name }).click();
  const answered = page.waitForResponse((response) => response.url().endsWith("/graphql"));
  await page.getByRole("button", { name: /^Execute/ }).click();
  const answer = await (await answered).json();
  await page.locator(".result-window", { hasText: "data" }).waitFor();
  return answer;
}

/** Subscribes, lets somebody else share something, and reads it in the page. */
async function follow({ page, url, other, look }) {
  await page.getByRole("tab", { name: "SubscribeToChanges" }).click();
  await page.getByRole("button", { name: /^Execute/ }).click();
  const result = page.locator(".result-window");
  await result.filter({ hasText: "caughtUp" }).waitFor();
  const before = await result.innerText();
  const signal = { type: "DOMAIN", value: `live-${Date.now()}.example`, violations: ["SEXTORTION_FINANCIAL"] };
  const uploaded = await asked(url, other, UPLOAD, {
    input: { signals: [{ ...signal, severity: "HIGH", confidence: 60 }] },
  });
  await result.filter({ hasText: "liv***.example" }).waitFor();
  await look("graphiql-live");
  const after = await result.innerText();
  await page.getByRole("button", { name: /^Stop/ }).click();
  return { before, uploaded, after };
}

async function documented(page) {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByText("Query", { exact: true }).first().click();
  const docs = page.locator(".graphiql-doc-explorer");
  await docs.filter({ hasText: "matchSignals" }).waitFor();
  return docs.innerText();
}
