/** The tabs that GraphiQL opens with: they run as they stand, with ids of signals that whoever is signed in sees. */
import { ask } from "../shared/api";
import type { Session } from "../shared/oauth";
import linked from "./examples/1-linked-indicators.graphql?raw";
import match from "./examples/2-match-values.graphql?raw";
import record from "./examples/3-record-outcome.graphql?raw";
import subscribe from "./examples/4-subscribe-to-changes.graphql?raw";
import who from "./examples/5-who-am-i.graphql?raw";
import fitting from "./fitting.graphql?raw";

interface Fitting {
  viewer: { participant: { id: string } | null };
  signals: {
    edges: { node: { id: string; contributors: { id: string }[]; links: { edges: unknown[] } } }[];
  };
}

// Where there is nothing to show yet.
const ANY = "sig_00000000000000000000000000000000";

// What Alder and Birch share in the demo, in other spellings; and what nobody shares.
const VALUES = [
  { type: "EMAIL_ADDRESS", value: " Night.Owl@MAIL.example " },
  { type: "USERNAME", value: "@Night_Owl_42", platform: "chirper" },
  { type: "HASH_PDQ", value: "84afa18d3c5590eb120f29ed67a139968efd7210e5227992b62fffcf83da3300" },
  { type: "EMAIL_ADDRESS", value: "somebody.else@mail.example" },
];

export async function examples(session: Session): Promise<{ query: string; variables?: string }[]> {
  const { link, outcome } = await found(session);
  const finding = {
    signalId: outcome,
    verdict: "CONFIRMED_VIOLATION",
    reviewStatus: "REVIEWED_MANUALLY",
    reviewedAt: new Date().toISOString(),
    reviewerRole: "Child safety investigator",
    policyReference: "Child safety policy, 2.3",
    actions: [{ action: "ACCOUNT_SUSPENDED", count: 1 }],
  };
  return [
    { query: linked, variables: text({ id: link }) },
    { query: match, variables: text({ values: VALUES }) },
    { query: record, variables: text({ input: { feedback: [finding] } }) },
    { query: subscribe },
    { query: who },
  ];
}

/** A signal with links, and one of somebody else's. */
async function found(session: Session): Promise<{ link: string; outcome: string }> {
  try {
    const { viewer, signals } = await ask<Fitting>(session, fitting);
    const nodes = signals.edges.map((edge) => edge.node);
    const most = nodes.toSorted((a, b) => b.links.edges.length - a.links.edges.length)[0];
    const others = nodes.find((node) => node.contributors.some((who) => who.id !== viewer.participant?.id));
    return { link: most?.id ?? ANY, outcome: others?.id ?? ANY };
  } catch {
    // Whoever may not list signals finds the examples all the same, to fill in.
    return { link: ANY, outcome: ANY };
  }
}

function text(variables: object): string {
  return JSON.stringify(variables, null, 2);
}
