/** What is known of the signal that is looked at, and the ways on from it. */
import { h, type Content } from "../shared/dom";
import type { Graph, Link, Signal } from "./graph";
import { both, count, isSymmetric, kind, sentence, words } from "./words";

export interface Ways {
  look: (id: string) => void;
  expand: (id: string) => void;
  /** Null for whoever may not. */
  reveal: ((signal: Signal) => void) | null;
}

export class Details {
  readonly element = h("aside", { class: "details", "aria-label": "The chosen signal" });
  /** Values that were revealed on this visit; they are shown here and nowhere else. */
  readonly revealed = new Map<string, string>();

  constructor(
    private readonly graph: Graph,
    private readonly ways: Ways,
  ) {}

  show(signal: Signal): void {
    const links = this.graph.linksOf(signal.id);
    this.element.replaceChildren(
      h("h2", {}, kind(signal.type).name),
      h("p", { class: "masked" }, signal.maskedValue),
      this.actions(signal),
      ...this.value(signal),
      facts(signal),
      h("h3", {}, count(links.length, "link")),
      h("ul", { class: "links" }, ...links.map((link) => this.link(link, signal))),
    );
  }

  private actions(signal: Signal): HTMLElement {
    const expand = h("button", { type: "button", class: "primary" }, "Expand");
    expand.addEventListener("click", () => this.ways.expand(signal.id));
    const { reveal } = this.ways;
    if (!reveal || this.revealed.has(signal.id)) return h("p", { class: "actions" }, expand);
    const open = h("button", { type: "button", class: "quiet" }, "Reveal value …");
    open.addEventListener("click", () => reveal(signal));
    return h("p", { class: "actions" }, expand, open);
  }

  private value(signal: Signal): Content[] {
    const value = this.revealed.get(signal.id);
    if (value === undefined) return [];
    const hide = h("button", { type: "button", class: "quiet" }, "Hide");
    hide.addEventListener("click", () => {
      this.revealed.delete(signal.id);
      this.show(signal);
    });
    return [h("p", { class: "revealed" }, h("code", {}, value), hide)];
  }

  private link(link: Link, signal: Signal): HTMLElement {
    const other = this.graph.otherEnd(link, signal.id);
    const button = h(
      "button",
      { type: "button", class: "item" },
      h("span", { class: "value" }, said(link, signal, other?.maskedValue ?? "?")),
      h("span", { class: "facts" }, `said by ${link.assertedBy?.name ?? "somebody"} · confidence ${link.confidence}`),
    );
    if (other) button.addEventListener("click", () => this.ways.look(other.id));
    return h("li", {}, button);
  }
}

/** From the signal's side: `advertised by → other`, `other → advertised by this`, `same actor: other`. */
function said(link: Link, signal: Signal, other: string): string {
  const relation = words(link.relation);
  if (isSymmetric(link.relation)) return `${relation}: ${other}`;
  return link.from?.id === signal.id ? `${relation} → ${other}` : `${other} → ${relation} this`;
}

function facts(signal: Signal): HTMLElement {
  const told: [string, string][] = [
    ["Shared by", both(signal.contributors.map((who) => who.name))],
    ["Severity", `${sentence(signal.severity)}, confidence ${signal.confidence} of 99`],
    ["Violations", signal.violations.map(sentence).join("; ")],
    ["Cases", signal.cases.map((one) => one.title).join("; ") || "None of yours"],
    ["Last changed", new Date(signal.updatedAt).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })],
  ];
  if (signal.qualifier) told.unshift(["Belongs to", signal.qualifier]);
  return h("dl", {}, ...told.flatMap(([term, said]) => [h("dt", {}, term), h("dd", {}, said)]));
}
