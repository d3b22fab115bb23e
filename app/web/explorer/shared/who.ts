/** Who is signed in, and what for. */
import { ask } from "./api";
import type { Session } from "./oauth";

export interface Who {
  /** Of the participant; empty for whoever may not read that. */
  name: string;
  scopes: ReadonlySet<string>;
}

interface Answer {
  viewer: { scopes: string[]; participant?: { name: string } | null };
}

export async function whoIs(session: Session): Promise<Who> {
  const { viewer } = await ask<Answer>(session, "{ viewer { scopes } }");
  const scopes = new Set(viewer.scopes);
  if (!scopes.has("participants:read")) return { name: "", scopes };
  const named = await ask<Answer>(session, "{ viewer { scopes participant { name } } }");
  return { name: named.viewer.participant?.name ?? "", scopes };
}
