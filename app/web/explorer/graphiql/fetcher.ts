/** How GraphiQL asks: over HTTP, and for subscriptions over a WebSocket; both with the token of the session. */
import { getOperationAST, parse } from "graphql";
import { createClient, type Client } from "graphql-ws";
import type { Fetcher, FetcherParams, FetcherReturnType } from "@graphiql/toolkit";
import { ENDPOINT, send } from "../shared/api";
import type { Session } from "../shared/oauth";

export function fetcherOf(session: Session): Fetcher {
  const url = new URL(ENDPOINT);
  url.protocol = url.protocol.replace("http", "ws");
  const sockets = createClient({
    url: url.href,
    connectionParams: async () => ({ Authorization: `Bearer ${await session.accessToken()}` }),
  });
  session.over.addEventListener("abort", () => void sockets.dispose());
  // The errors are as they travel, not the objects of graphql-js that the types name.
  return (asked, options) =>
    (isSubscription(asked, options?.documentAST) ? events(sockets, asked) : send(session, asked)) as FetcherReturnType;
}

function isSubscription({ query, operationName }: FetcherParams, document = parse(query)): boolean {
  return getOperationAST(document, operationName)?.operation === "subscription";
}

async function* events(sockets: Client, asked: FetcherParams): AsyncGenerator<object> {
  try {
    yield* sockets.iterate(asked as Parameters<Client["iterate"]>[0]);
  } catch (error) {
    if (error instanceof CloseEvent) throw new Error(`The subscription ended: ${error.reason} (${error.code})`);
    throw error;
  }
}
