// urql: queries by GET, subscriptions as server-sent events, both by its one exchange over fetch.
import { Client, fetchExchange } from "@urql/core";
import { each, tell } from "./story.mjs";

const requests = [];

function urql(url) {
  const of = (token) =>
    new Client({
      url,
      exchanges: [fetchExchange],
      preferGetMethod: true,
      fetchSubscriptions: true,
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
      fetch: (target, options) => {
        requests.push({ method: options.method, accept: options.headers.accept });
        return fetch(target, options);
      },
    });
  const ask = async (token, document, variables = {}) => {
    const isMutation = document.startsWith("mutation");
    const { data, error } = await of(token)[isMutation ? "mutation" : "query"](document, variables).toPromise();
    return { data, codes: error?.graphQLErrors.map((one) => one.extensions.code), status: error?.response?.status };
  };
  const follow = (token, document, variables) =>
    each((tellEvent) => {
      const source = of(token).subscription(document, variables);
      return source.subscribe(({ data, error }) => tellEvent(data ?? { error })).unsubscribe;
    });
  return { ask, follow };
}
urql.notes = { requests };

await tell(urql);
