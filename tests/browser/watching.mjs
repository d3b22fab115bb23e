// What a page did that it should not have: everything that the browser says of it is kept.

/** `token` is each token that a page was ever given; they are looked for wherever something could be left behind. */
export function watch(context, origin) {
  const seen = { consoled: [], failed: [], hosts: [], tokens: [], granted: 0, refreshed: 0 };
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.consoled.push(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => seen.failed.push(String(error.error())));
  const met = (url) => {
    const { host, protocol } = new URL(url);
    if (!seen.hosts.includes(host) && protocol !== "data:") seen.hosts.push(host);
  };
  context.on("page", (page) => page.on("websocket", (socket) => met(socket.url())));
  context.on("request", (request) => {
    met(request.url());
    if (request.url() !== `${origin}/oauth/token`) return;
    const form = new URLSearchParams(request.postData());
    if (form.get("grant_type") === "refresh_token") seen.refreshed += 1;
    else seen.granted += 1;
  });
  context.on("response", async (response) => {
    if (response.url() !== `${origin}/oauth/token` || !response.ok()) return;
    const { access_token, refresh_token } = await response.json();
    seen.tokens.push(access_token, refresh_token);
  });
  return seen;
}

/** Whatever would outlive the page, as one text for each place. */
export async function leftBehind(page) {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  await session.detach();
  const kept = await page.evaluate(async () => ({
    localStorage: JSON.stringify(Object.entries(localStorage)),
    sessionStorage: JSON.stringify(Object.entries(sessionStorage)),
    databases: JSON.stringify(await indexedDB.databases()),
    cookies: document.cookie,
    caches: JSON.stringify(await caches.keys()),
    address: location.href,
    state: JSON.stringify(history.state),
  }));
  return { ...kept, history: entries.map((entry) => entry.url).join("\n") };
}

/** The rules of WCAG 2.2 up to AA, and of good practice, that the page breaks; what is GraphiQL's own is left to it. */
export async function inaccessible(page, axe) {
  // By the debugger's way, as the policy of the page lets no other script in.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await axe.run({ exclude: [".graphiql-container"] }, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
}
