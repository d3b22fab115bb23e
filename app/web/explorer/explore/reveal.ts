/** Reading a value in clear: with a purpose, which its contributors will read. */
import { ask, Refused } from "../shared/api";
import { h } from "../shared/dom";
import { told } from "../shared/gate";
import type { Session } from "../shared/oauth";
import type { Signal } from "./graph";
import reveal from "./queries/reveal.graphql?raw";

const PURPOSES = {
  MATCH_REVIEW: "Review something that matched it",
  CASE_INVESTIGATION: "Work on a shared case",
  REPORT_TO_AUTHORITY: "Report to the authorities or a hotline",
  APPEAL_REVIEW: "Decide an appeal",
  QUALITY_CHECK: "Check the quality of what was shared",
};

interface Answer {
  revealValues: { values?: ({ value: string } | null)[]; message?: string };
}

/** Asks for the purpose; null if the person goes back. */
export function revealed(session: Session, signal: Signal): Promise<string | null> {
  const purpose = h("select", { id: "purpose" }, ...options(PURPOSES));
  const text = h("textarea", { id: "purpose-text", rows: 3, minlength: 10, maxlength: 500, required: true });
  const inCase = h("select", { id: "purpose-case" }, h("option", { value: "" }, "None"), ...options(casesOf(signal)));
  const refused = h("p", { class: "told", role: "alert" });
  const form = h(
    "form",
    {},
    h("h2", { id: "reveal-title" }, "Reveal the value"),
    h("p", {}, "Who reads it, when and for what is recorded; whoever contributed the signal can read that."),
    h("label", { for: "purpose" }, "Purpose"),
    purpose,
    h("label", { for: "purpose-text" }, "Your need in words"),
    text,
    h("label", { for: "purpose-case" }, "For the case"),
    inCase,
    refused,
    h(
      "p",
      { class: "actions" },
      h("button", { type: "submit", class: "primary" }, "Reveal and record"),
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Back"),
    ),
  );
  const dialog = h("dialog", { "aria-labelledby": "reveal-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let value: string | null = null;
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(value);
    });
    session.over.addEventListener("abort", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const input = {
        signalIds: [signal.id],
        purpose: purpose.value,
        purposeText: text.value,
        caseId: inCase.value || null,
      };
      read(session, input).then(
        (read_) => {
          value = read_;
          dialog.close();
        },
        (error: unknown) => (refused.textContent = told(error)),
      );
    });
  });
}

async function read(session: Session, input: object): Promise<string> {
  const { revealValues } = await ask<Answer>(session, reveal, { input });
  const found = revealValues.values?.[0];
  if (!found) throw new Refused(revealValues.message ?? "There is no such signal, or you do not see it any more.");
  return found.value;
}

function casesOf(signal: Signal): Record<string, string> {
  return Object.fromEntries(signal.cases.map((one) => [one.id, one.title]));
}

function options(said: Record<string, string>): HTMLOptionElement[] {
  return Object.entries(said).map(([value, words]) => h("option", { value }, words));
}
