// Compares two schemas by graphql-inspector; tells each change with how much it breaks.
import { json } from "node:stream/consumers";
import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const { before, after } = await json(process.stdin);
// The directives of the federation are linked to, not defined.
const [old, now] = [before, after].map((text) => buildSchema(text, { assumeValid: true, assumeValidSDL: true }));

const changes = await diff(old, now);
console.log(JSON.stringify(changes.map(({ type, path, criticality }) => ({ type, path, level: criticality.level }))));
