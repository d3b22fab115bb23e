/** How GraphiQL asks: over HTTP, and for subscriptions over a WebSocket; both with the token of the session. */
import { type DocumentNode, getOperationAST, parse } from "graphql";
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
  return (asked) => {
    const document = readable(asked.query);
    const named = fitting(asked, document);
    const live = document && getOperationAST(document, named.operationName)?.operation === "subscription";
    // The errors are as they travel, not the objects of graphql-js that the types name.
    return (live ? events(sockets, named) : send(session, named)) as FetcherReturnType;
  };
}

/** Null for what only the exchange will say something about. */
function readable(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch {
    return null;
  }
}

/** Just after a change of tabs GraphiQL still has the name, and the document, of the one before. */
function fitting(asked: FetcherParams, document: DocumentNode | null): FetcherParams {
  const { operationName, ...others } = asked;
  return document && !getOperationAST(document, operationName) ? others : asked;
}

async function* events(sockets: Client, asked: FetcherParams): AsyncGenerator<object> {
  try {
    yield* sockets.iterate(asked as Parameters<Client["iterate"]>[0]);
  } catch (error) {
    if (error instanceof CloseEvent) throw new Error(`The subscription ended: ${error.reason} (${error.code})`);
    throw error;
  }
}
