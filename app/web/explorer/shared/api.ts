/** Asking the exchange, on behalf of whoever is signed in. */
import { BASE, type Session } from "./oauth";

/** What the exchange refused or could not do, in its words; they never hold a value. */
export class Refused extends Error {}

export interface Answer {
  data?: unknown;
  errors?: { message: string }[];
}

export const ENDPOINT = new URL("graphql", BASE);

export async function send(session: Session, body: object): Promise<Answer> {
  const token = await session.accessToken();
  const answer = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
    },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Answer;
}

/** The data, all of it. Raises: Refused. */
export async function ask<T>(session: Session, query: string, variables: object = {}): Promise<T> {
  const { data, errors } = await send(session, { query, variables });
  if (errors?.length) throw new Refused([...new Set(errors.map((error) => error.message))].join(" "));
  return data as T;
}
