/** What stands before each page: a card to sign in, and the bar above it for whoever has. */
import { h, page, type Content } from "./dom";
import { comeBack, type Session, signIn } from "./oauth";
import lantern from "./lantern.svg";
import "./look.css";

export interface Page {
  /** Its path below the exchange, such as `explore`. */
  name: "graphiql" | "explore";
  about: string;
  /** What the page may do in the person's name; all that the person may without it. */
  scope?: string;
}

const PAGES = { graphiql: "GraphiQL", explore: "Networks" } as const;

/** Resolves when somebody is signed in, on this visit or on the way back from the sign-in page. */
export async function enter(here: Page): Promise<Session> {
  try {
    const session = await comeBack();
    if (session) return session;
    show(here, "");
  } catch (error) {
    show(here, told(error));
  }
  return new Promise(() => {});
}

/** The bar, with who is signed in; the page's own contents come below it. */
export function frame(here: Page, session: Session, who: string, ...contents: Content[]): void {
  // Nothing of what was shown stays.
  session.over.addEventListener("abort", () => show(here, String(session.over.reason)));
  const out = h("button", { type: "button", class: "quiet" }, "Sign out");
  // Here all is forgotten at once; what the exchange does not hear of ends by itself.
  out.addEventListener("click", () => void session.signOut().catch(() => {}));
  const links = Object.entries(PAGES).map(([name, title]) =>
    h("a", { href: `./${name}`, "aria-current": name === here.name ? "page" : undefined }, title),
  );
  page().replaceChildren(
    h(
      "header",
      { class: "bar" },
      brand(),
      h("h1", { class: "unseen" }, PAGES[here.name]),
      h("nav", { "aria-label": "Pages" }, ...links),
      h("span", { class: "who" }, who),
      out,
    ),
    ...contents,
  );
}

function show(here: Page, said: string): void {
  const button = h("button", { type: "button", class: "primary" }, "Sign in");
  const message = h("p", { role: "alert", class: "told" }, said);
  button.addEventListener("click", () => {
    button.disabled = true;
    signIn(here.scope).catch((error: unknown) => {
      button.disabled = false;
      message.textContent = told(error);
    });
  });
  page().replaceChildren(
    h(
      "main",
      { class: "gate" },
      h(
        "div",
        { class: "card" },
        brand(),
        h("h1", {}, PAGES[here.name]),
        h("p", {}, here.about),
        message,
        button,
        h("p", { class: "small" }, h("a", { href: "./oauth/sign-out" }, "Sign out in this browser")),
      ),
    ),
  );
}

function brand(): HTMLElement {
  return h("span", { class: "brand" }, h("img", { src: lantern, alt: "", width: 24, height: 24 }), "Lantern exchange");
}

export function told(error: unknown): string {
  if (error instanceof TypeError) return "The exchange cannot be reached.";
  return error instanceof Error ? error.message : "Something went wrong.";
}
