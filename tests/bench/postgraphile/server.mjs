// PostGraphile on the tables of the exchange: one process, production settings, no GraphiQL and no sockets.

import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { makePgSmartTagsFromFilePlugin } from "postgraphile/utils";
import { fileURLToPath } from "node:url";

const told = JSON.parse(process.env.BENCH_POSTGRAPHILE);
const { user, password, database, host, database_port, schemas, connections } = told;
const poolConfig = { user, password, database, host, port: database_port, max: connections };

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [makePgSmartTagsFromFilePlugin(fileURLToPath(new URL("tags.json5", import.meta.url)))],
  pgServices: [makePgService({ poolConfig, schemas, pubsub: false })],
  schema: { defaultBehavior: "+list" },
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, maxRequestLength: 10_000_000 },
};

const instance = postgraphile(preset).createServ(grafserv);
const server = createServer();
await instance.addTo(server);
await instance.ready();
server.listen(told.port, "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
