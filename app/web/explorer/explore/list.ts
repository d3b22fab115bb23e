/** The signals of the picture as a list: what the picture shows can be read, moved through and expanded here. */
import { h } from "../shared/dom";
import type { Graph, Signal } from "./graph";
import { both, count, kind } from "./words";

const MOVES: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, last) => last,
};

export class List {
  private readonly items = h("ul", { class: "items", "aria-labelledby": "in-picture" });
  private readonly heading = h("h2", { id: "in-picture" });
  readonly element = h(
    "section",
    { "aria-labelledby": "in-picture" },
    this.heading,
    h("p", { class: "hint" }, "Arrow keys move, Enter expands a signal."),
    this.items,
  );
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly graph: Graph,
    private readonly looked: (id: string) => void,
    private readonly expanding: (id: string) => void,
  ) {
    this.items.addEventListener("keydown", (event) => this.move(event));
  }

  /** Bring it into step with the graph; what has the focus keeps it. */
  draw(): void {
    for (const [id, button] of this.buttons) {
      if (!this.graph.signals.has(id)) {
        button.parentElement?.remove();
        this.buttons.delete(id);
      }
    }
    for (const signal of this.graph.signals.values()) this.put(signal);
    this.heading.textContent = `${count(this.graph.signals.size, "signal")} in the picture`;
  }

  select(id: string): void {
    for (const [one, button] of this.buttons) {
      button.tabIndex = one === id ? 0 : -1;
      button.toggleAttribute("aria-current", one === id);
      if (one === id) {
        button.setAttribute("aria-current", "true");
        button.scrollIntoView({ block: "nearest" });
      }
    }
  }

  focus(id: string): void {
    this.buttons.get(id)?.focus();
  }

  private put(signal: Signal): void {
    const button = this.buttons.get(signal.id) ?? this.add(signal.id);
    const names = both(signal.contributors.map((who) => who.name));
    const { links, atLeast } = this.graph.hidden(signal);
    const facts = [
      `from ${names}`,
      signal.cases.length ? `in ${count(signal.cases.length, "case")}` : "",
      links ? `${atLeast ? "at least " : ""}${count(links, "more link")}` : "",
      this.graph.expanded.has(signal.id) ? "expanded" : "",
    ];
    button.replaceChildren(
      h("img", { src: kind(signal.type).icon, alt: "", width: 18, height: 18 }),
      h("span", { class: "value" }, signal.maskedValue),
      h("span", { class: "facts" }, [kind(signal.type).name, ...facts.filter(Boolean)].join(" · ")),
    );
  }

  private add(id: string): HTMLButtonElement {
    const button = h("button", { type: "button", class: "item", tabindex: -1 });
    button.addEventListener("focus", () => this.looked(id));
    button.addEventListener("click", () => this.expanding(id));
    this.buttons.set(id, button);
    this.items.append(h("li", {}, button));
    return button;
  }

  private move(event: KeyboardEvent): void {
    const all = [...this.items.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = MOVES[event.key]?.(at, all.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  }
}
