// graphql-ws: everything over WebSockets.
import { createClient } from "graphql-ws";
import { tell } from "./story.mjs";

function graphqlWs(url) {
  const of = (token) =>
    createClient({
      url: url.replace("http", "ws"),
      connectionParams: { Authorization: `Bearer ${token}` },
      retryAttempts: 0,
    });
  const ask = async (token, query, variables = {}) => {
    try {
      const { value } = await of(token).iterate({ query, variables }).next();
      return { data: value.data, codes: value.errors?.map((one) => one.extensions.code) };
    } catch (error) {
      // A list of errors is an answer; anything else is how the socket was closed.
      return Array.isArray(error) ? { codes: error.map((one) => one.extensions.code) } : { closed: error.code };
    }
  };
  const follow = async function* (token, query, variables) {
    for await (const { data, errors } of of(token).iterate({ query, variables })) yield data ?? { errors };
  };
  return { ask, follow };
}

await tell(graphqlWs);
