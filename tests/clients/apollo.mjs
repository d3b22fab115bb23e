// Apollo Client: queries over HTTP, subscriptions over a WebSocket.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { each, tell } from "./story.mjs";

function apollo(url) {
  const of = (token) => {
    const authorization = `Bearer ${token}`;
    const socket = createClient({ url: url.replace("http", "ws"), connectionParams: { authorization }, retryAttempts: 0 });
    const link = ApolloLink.split(
      ({ operationType }) => operationType === "subscription",
      new GraphQLWsLink(socket),
      new HttpLink({ uri: url, headers: { authorization } }),
    );
    return { client: new ApolloClient({ link, cache: new InMemoryCache() }), socket };
  };
  const ask = async (token, document, variables = {}) => {
    const { client } = of(token);
    const isMutation = document.startsWith("mutation");
    const asked = isMutation
      ? client.mutate({ mutation: gql(document), variables, errorPolicy: "all" })
      : client.query({ query: gql(document), variables, errorPolicy: "all" });
    const { data, error } = await asked;
    return { data, codes: error?.errors?.map((one) => one.extensions.code), status: error?.statusCode };
  };
  const follow = (token, document, variables) =>
    each((tellEvent) => {
      const { client, socket } = of(token);
      const following = client.subscribe({ query: gql(document), variables });
      const subscription = following.subscribe(({ data, error }) => tellEvent(data ?? { error }));
      return () => {
        subscription.unsubscribe();
        socket.dispose();
      };
    });
  return { ask, follow };
}

await tell(apollo);
