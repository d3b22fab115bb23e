// A visit to the picture: found by a value, gone through by the keyboard alone, a value revealed.
import { asked, signIn } from "./people.mjs";

// A few bits beside what Alder and Birch share.
const NEAR = "84afa18d3c5590eb120f29ed67a139968efd7210e5227992b62fffcf83da3300";

export async function visitExplore({ page, url, person, look }) {
  await signIn(page, `${url}/explore`, person, look);
  const status = page.getByRole("status");
  const told = { steps: [] };
  const note = async () => {
    await settled(page);
    told.steps.push({ said: await status.innerText(), ...(await shown(page)) });
  };
  const step = async (act) => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await act();
    await (await answered).finished();
    await note();
  };

  told.recent = await page.getByRole("region", { name: "Last changed" }).getByRole("listitem").count();
  await look("explore-start");
  await page.getByLabel("Type of the value").selectOption("HASH_PDQ");
  await page.getByLabel("Value, or a signal's id").fill(NEAR);
  await page.keyboard.press("Enter");
  await status.filter({ hasText: "Started" }).waitFor();
  await note();
  await look("explore-network");
  told.colours = await colours(page);

  // The focus is at the first signal of the list; from here on by keys alone.
  for (const _ of [1, 2]) {
    await page.keyboard.press("End");
    await toMore(page);
    await step(() => page.keyboard.press("Enter"));
  }
  await look("explore-expanded");

  told.before = await page.content();
  await page.getByRole("button", { name: "Reveal value" }).focus();
  await page.keyboard.press("Enter");
  await look("explore-reveal");
  await page.getByLabel("Your need in words").fill("To review what matched here");
  await step(() => page.getByRole("button", { name: "Reveal and record" }).press("Enter"));
  told.revealed = await page.locator(".revealed code").innerText();
  await look("explore-revealed");

  await page.getByLabel("Value, or a signal's id").fill("nothing like a hash");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
  told.refused = await page.getByRole("alert").innerText();
  return told;
}

/** Up to a signal that has more links than are drawn. */
async function toMore(page) {
  const focused = () => page.evaluate(() => document.activeElement.innerText);
  for (let left = 50; left > 0 && !/more link/.test(await focused()); left -= 1) await page.keyboard.press("ArrowUp");
}

async function shown(page) {
  return page.evaluate(() => ({
    listed: document.querySelectorAll(".side .items li").length,
    focused: document.activeElement.className,
    current: document.querySelectorAll(".items [aria-current=true]").length,
    reachable: document.querySelectorAll(".side .items [tabindex='0']").length,
    picture: document.querySelector(".canvas").getAttribute("aria-label"),
  }));
}

/** The animation of the picture is over. */
async function settled(page) {
  await page.waitForTimeout(700);
}

/** How many different colours the picture has: one if nothing was drawn. */
async function colours(page) {
  return page.evaluate(() => {
    const all = new Set();
    for (const canvas of document.querySelectorAll(".canvas canvas")) {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 64) all.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    }
    return all.size;
  });
}

/** Somebody who may neither match nor reveal nor read cases: what is left works, and the rest is not offered. */
export async function visitLimited({ page, url, operator, look }) {
  await signIn(page, `${url}/explore`, operator, look);
  const recent = page.getByRole("region", { name: "Last changed" }).getByRole("button");
  await recent.first().click();
  await page.getByRole("status").filter({ hasText: "Started" }).waitFor();
  await look("explore-limited");
  return {
    offered: await page.getByRole("button").allInnerTexts(),
    fields: await page.getByRole("form").locator("label").allInnerTexts(),
  };
}

const UPLOAD = `mutation Upload($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { ... on UploadSignalsPayload { rows { signalId } } } }`;
const LINK = `mutation Link($input: LinkSignalsInput!) {
  linkSignals(input: $input) { ... on LinkSignalsPayload { rows { outcome } } } }`;

/** More signals around one than a picture shows, opened by an address that names it. */
export async function visitLarge({ page, url, person, other, look }) {
  const said = { type: "DOMAIN", violations: ["MISLEADING_DOMAIN_OR_WORDS"], severity: "LOW", confidence: 30 };
  const signals = Array.from({ length: 46 }, (_, at) => ({ ...said, value: `many-${at}-${Date.now()}.example` }));
  const uploaded = await asked(url, other, UPLOAD, { input: { signals } });
  const [centre, ...others] = uploaded.data.uploadSignals.rows.map((row) => row.signalId);
  const links = others.map((to) => ({ from: centre, to, relation: "REDIRECTS_TO" }));
  await asked(url, other, LINK, { input: { links } });
  await signIn(page, `${url}/explore#${centre}`, person);
  const status = page.getByRole("status").filter({ hasText: "Started" });
  await status.waitFor();
  await settled(page);
  await look("explore-large");
  return { centre, said: await status.innerText(), ...(await shown(page)), address: page.url() };
}
