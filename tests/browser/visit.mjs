// Visits the exchange in a real browser as its arguments say, and tells in JSON what it saw; it judges nothing.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { visitExplore, visitLarge, visitLimited } from "./explore.mjs";
import { visitGraphiql } from "./graphiql.mjs";
import { forged, harmed, lifetime } from "./hostile.mjs";
import { credentials } from "./people.mjs";
import { inaccessible, leftBehind, watch } from "./watching.mjs";

const { url, browser: executablePath, demo, screenshots, visits, looks } = JSON.parse(process.argv[2]);
const VISITS = {
  graphiql: visitGraphiql,
  explore: visitExplore,
  large: visitLarge,
  limited: visitLimited,
  forged,
  lifetime,
  harmed,
};
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const known = credentials(demo);
const person = { email: known.ALDER_PERSON, password: known.ALDER_PASSWORD };
const operator = { email: known.OPERATOR_PERSON, password: known.OPERATOR_PASSWORD };
const other = { id: known.BIRCH_CLIENT, secret: known.BIRCH_SECRET };

mkdirSync(screenshots, { recursive: true });
// The sandbox needs a user who is not root, as in most containers one is.
const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
const told = {};
try {
  for (const [name, look_] of visits.flatMap((name) => looks.map((look) => [name, look]))) {
    const { colorScheme, viewport } = look_;
    // Each has a profile of its own, as on another machine.
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
    context.setDefaultTimeout(60_000);
    const seen = watch(context, url);
    const page = await context.newPage();
    const barriers = {};
    const look = async (what) => {
      await page.screenshot({ path: join(screenshots, `${what}-${look_.name}.png`) });
      barriers[what] = await inaccessible(page, axe);
    };
    const saw = await VISITS[name]({ page, url, person, operator, other, look, seen });
    told[`${name} ${look_.name}`] = { ...saw, barriers, left: await leftBehind(page), seen };
    await context.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(told));
