/** Where to start from: a value or an id that one has, or what changed last. */
import { ask, Refused } from "../shared/api";
import { h } from "../shared/dom";
import type { Session } from "../shared/oauth";
import match from "./queries/match.graphql?raw";
import recent from "./queries/recent.graphql?raw";
import { both, kind, KINDS, sentence } from "./words";

const SIGNAL_ID = /^sig_[0-9a-f]{32}$/;

interface Recent {
  signals: {
    edges: {
      node: { id: string; type: string; maskedValue: string; severity: string; contributors: { name: string }[] };
    }[];
  };
}

interface Matched {
  matchSignals: { problem: { message: string } | null; best: { signal: { id: string } | null } | null }[];
}

/** The form; `found` gets the id, `failed` the reason. Whoever may not match values gives an id. */
export function finder(
  session: Session,
  matches: boolean,
  found: (id: string) => void,
  failed: (error: unknown) => void,
): HTMLElement {
  const type = h(
    "select",
    { id: "type" },
    ...Object.entries(KINDS).map(([code, { name }]) => h("option", { value: code }, name)),
  );
  const value = h("input", { id: "value", required: true, autocomplete: "off", spellcheck: "false" });
  const hint = h("input", { id: "hint", autocomplete: "off", spellcheck: "false" });
  const hintLabel = h("label", { for: "hint" });
  const form = h(
    "form",
    { class: "finder", "aria-label": "Find a signal" },
    ...(matches ? [h("label", { for: "type" }, "Type of the value"), type] : []),
    h("label", { for: "value" }, matches ? "Value, or a signal's id" : "A signal's id"),
    value,
    ...(matches ? [hintLabel, hint] : []),
    h("button", { type: "submit", class: "primary" }, "Find"),
  );
  const adapt = (): void => {
    const wanted = kind(type.value).hint;
    hint.hidden = hintLabel.hidden = !wanted;
    hint.required = wanted?.needed ?? false;
    hintLabel.textContent = wanted?.words ?? "";
  };
  adapt();
  type.addEventListener("change", adapt);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const hints = { [kind(type.value).hint?.name ?? ""]: hint.value || null };
    delete hints[""];
    const asked = matches ? { type: type.value, value: value.value, ...hints } : null;
    find(session, value.value.trim(), asked).then(found, failed);
  });
  return form;
}

async function find(session: Session, text: string, asked: object | null): Promise<string> {
  if (SIGNAL_ID.test(text)) return text;
  if (!asked) throw new Refused("This is no id of a signal: sig_ and 32 hexadecimal digits.");
  const { matchSignals } = await ask<Matched>(session, match, { values: [asked] });
  const outcome = matchSignals[0];
  if (outcome?.problem) throw new Refused(outcome.problem.message);
  if (!outcome?.best?.signal) throw new Refused("Nothing that you see matches this value.");
  return outcome.best.signal.id;
}

/** Whoever may not list signals finds none here. */
export async function latest(session: Session, found: (id: string) => void): Promise<HTMLElement> {
  const { signals } = await ask<Recent>(session, recent);
  const items = signals.edges.map(({ node }) => {
    const button = h(
      "button",
      { type: "button", class: "item" },
      h("img", { src: kind(node.type).icon, alt: "", width: 18, height: 18 }),
      h("span", { class: "value" }, node.maskedValue),
      h(
        "span",
        { class: "facts" },
        `${kind(node.type).name} · ${sentence(node.severity)} · from ${both(node.contributors.map((one) => one.name))}`,
      ),
    );
    button.addEventListener("click", () => found(node.id));
    return h("li", {}, button);
  });
  return h(
    "section",
    { "aria-labelledby": "recent" },
    h("h2", { id: "recent" }, "Last changed"),
    items.length ? h("ul", { class: "items" }, ...items) : h("p", { class: "hint" }, "There are no signals yet."),
  );
}
