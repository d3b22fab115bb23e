/** The network of a signal as a picture, with a list beside it that says the same and is kept in step. */
import { h } from "../shared/dom";
import { enter, frame, told } from "../shared/gate";
import { whoIs } from "../shared/who";
import { Details } from "./details";
import "./explore.css";
import { Graph, type Step, STEP } from "./graph";
import { legend } from "./legend";
import { List } from "./list";
import { Palette } from "./palette";
import { Picture } from "./picture";
import { revealed } from "./reveal";
import { finder, latest } from "./start";
import { count } from "./words";

const here = {
  name: "explore",
  about: "See how signals hang together: sign in as a person of your participant.",
  // What this page needs, and no more.
  scope: "signals:read signals:match signals:reveal cases:read participants:read",
} as const;

const session = await enter(here);
const who = await whoIs(session);
const graph = new Graph(session, who.scopes.has("cases:read"));
const palette = new Palette();
const picture = new Picture(graph, palette, (id) => void expand(id));
const list = new List(graph, look, (id) => void expand(id));
const details = new Details(graph, {
  look: (id) => list.focus(id),
  expand: (id) => void expand(id),
  reveal: who.scopes.has("signals:reveal") ? (signal) => void reveal(signal.id) : null,
});

const status = h("p", { class: "status", role: "status" }, "Choose a signal to start from.");
const problem = h("p", { class: "told", role: "alert" });
const below = h("div", { class: "below" });
const key = h("div", { class: "key" });
const stage = h("main", { class: "stage", "aria-label": "Network" }, picture.element, key, status, tools());
const search = finder(session, who.scopes.has("signals:match"), (id) => void begin(id), failed);
const side = h("div", { class: "side" }, search, problem, below);
frame(here, session, who.name, h("div", { class: "explore" }, side, stage, details.element));

window.addEventListener("hashchange", beginFromAddress);
latest(session, (id) => void begin(id)).then((recent) => {
  if (!graph.signals.size) below.replaceChildren(recent);
}, failed);
beginFromAddress();

function beginFromAddress(): void {
  const id = location.hash.slice(1);
  if (id && !graph.expanded.has(id)) void begin(id);
}

/** A new picture, around this signal. */
async function begin(id: string): Promise<void> {
  await stepping(async () => {
    const step = await graph.start(id);
    history.replaceState(null, "", `#${id}`);
    below.replaceChildren(list.element);
    say(`Started from ${masked(id)}.`, step);
    draw(id, true);
  });
}

async function expand(id: string): Promise<void> {
  await stepping(async () => {
    const step = await graph.expand(id);
    const { signals, links } = step;
    const news = links ? `${count(signals, "new signal")}, ${count(links, "new link")}.` : "Nothing new.";
    say(`Expanded ${masked(id)}. ${news}`, step);
    draw(id, false);
  });
}

async function reveal(id: string): Promise<void> {
  const signal = graph.signals.get(id);
  const value = signal && (await revealed(session, signal));
  if (!signal || typeof value !== "string" || session.over.aborted) return;
  details.revealed.set(id, value);
  details.show(signal);
  status.textContent = "The value is shown, and that you read it is recorded.";
}

function look(id: string): void {
  const signal = graph.signals.get(id);
  if (!signal) return;
  list.select(id);
  picture.select(id);
  details.show(signal);
}

/** All views in step with the graph; the picture last, as the others take room from it. */
function draw(id: string, start: boolean): void {
  list.draw();
  for (const signal of graph.signals.values()) signal.contributors.forEach((one) => palette.colour(one.name));
  key.replaceChildren(legend(palette));
  picture.draw(start);
  look(id);
  list.focus(id);
}

async function stepping(work: () => Promise<void>): Promise<void> {
  problem.textContent = "";
  try {
    await work();
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): void {
  if (!session.over.aborted) problem.textContent = told(error);
}

function masked(id: string): string {
  return graph.signals.get(id)?.maskedValue ?? "";
}

function say(what: string, { truncated }: Step): void {
  const now = `The picture has ${count(graph.signals.size, "signal")} and ${count(graph.links.size, "link")}.`;
  const more = truncated ? ` There is more than the ${STEP} nearest signals: expand one to see what is around it.` : "";
  status.textContent = `${what} ${now}${more}`;
}

function tools(): HTMLElement {
  const tool = (label: string, sign: string, act: () => void): HTMLElement => {
    const button = h("button", { type: "button", class: "quiet", "aria-label": label, title: label }, sign);
    button.addEventListener("click", act);
    return button;
  };
  return h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "The picture" },
    tool("Larger", "+", () => picture.zoom(1.25)),
    tool("Smaller", "−", () => picture.zoom(0.8)),
    tool("Show all", "⤢", () => picture.fit()),
  );
}
