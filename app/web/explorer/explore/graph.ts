/** What is drawn: signals and the links among them, as far as they were asked for. */
import { ask, Refused } from "../shared/api";
import type { Session } from "../shared/oauth";
import inCases from "./queries/cases.graphql?raw";
import drawn from "./queries/node.graphql?raw";
import network from "./queries/network.graphql?raw";

// Signals that one step brings at most: more than that nobody tells apart in a picture.
export const STEP = 40;

export interface Named {
  id: string;
  name: string;
}

export interface Signal {
  id: string;
  type: string;
  qualifier: string | null;
  maskedValue: string;
  severity: string;
  confidence: number;
  violations: string[];
  updatedAt: string;
  contributors: Named[];
  /** None for whoever may not read cases. */
  cases: { id: string; title: string }[];
  links: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean } };
}

export interface Link {
  id: string;
  relation: string;
  confidence: number;
  from: { id: string } | null;
  to: { id: string } | null;
  assertedBy: Named | null;
}

interface Answer {
  signal: { network: { truncated: boolean; nodes: Signal[]; edges: Link[] } } | null;
}

/** What one step brought. */
export interface Step {
  signals: number;
  links: number;
  truncated: boolean;
}

export class Graph {
  readonly signals = new Map<string, Signal>();
  readonly links = new Map<string, Link>();
  readonly expanded = new Set<string>();

  private readonly document: string;

  constructor(
    private readonly session: Session,
    private readonly seesCases: boolean,
  ) {
    this.document = seesCases ? network + drawn + inCases : network.replace("...InCases", "") + drawn;
  }

  /** Everything anew, from this signal two links far. Raises: Refused. */
  async start(id: string): Promise<Step> {
    const found = await this.around(id, 2);
    for (const kept of [this.signals, this.links, this.expanded]) kept.clear();
    return this.take(id, found);
  }

  /** What hangs directly on this signal too. Raises: Refused. */
  async expand(id: string): Promise<Step> {
    return this.take(id, await this.around(id, 1));
  }

  linksOf(id: string): Link[] {
    return [...this.links.values()].filter((link) => link.from?.id === id || link.to?.id === id);
  }

  otherEnd(link: Link, id: string): Signal | undefined {
    const other = link.from?.id === id ? link.to : link.from;
    return other ? this.signals.get(other.id) : undefined;
  }

  /** How many links of a signal are not drawn yet; `atLeast` if it has more than are counted. */
  hidden(signal: Signal): { links: number; atLeast: boolean } {
    const links = signal.links.edges.filter((edge) => !this.links.has(edge.node.id)).length;
    return { links, atLeast: signal.links.pageInfo.hasNextPage };
  }

  private async around(id: string, depth: number): Promise<NonNullable<Answer["signal"]>["network"]> {
    const { signal } = await ask<Answer>(this.session, this.document, { id, depth, limit: STEP });
    if (!signal) throw new Refused("There is no such signal, or you do not see it.");
    return signal.network;
  }

  private take(id: string, { nodes, edges, truncated }: NonNullable<Answer["signal"]>["network"]): Step {
    const before = [this.signals.size, this.links.size] as const;
    for (const node of nodes) this.signals.set(node.id, this.seesCases ? node : { ...node, cases: [] });
    for (const edge of edges) if (edge.from && edge.to) this.links.set(edge.id, edge);
    this.expanded.add(id);
    return { signals: this.signals.size - before[0], links: this.links.size - before[1], truncated };
  }
}
