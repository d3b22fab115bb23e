// Composes subgraphs, each given as `name=url=file`, into a supergraph, with the composer of the package named first.

import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "graphql";

const [composer, out, ...subgraphs] = process.argv.slice(2);
const { composeServices } = await import(composer);
const composed = composeServices(
  subgraphs.map((given) => {
    const [name, url, file] = given.split("=");
    return { name, url, typeDefs: parse(readFileSync(file, "utf8")) };
  }),
);
for (const error of composed.errors ?? []) console.error(`${error.extensions?.code}: ${error.message}`);
for (const hint of composed.hints ?? []) console.error(`hint ${hint.definition.code}: ${hint.message}`);
if (!composed.supergraphSdl) process.exit(1);
writeFileSync(out, composed.supergraphSdl);
