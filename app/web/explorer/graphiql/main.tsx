/** GraphiQL for whoever is signed in: nothing of what is typed, asked or answered outlives the tab. */
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "./workers";
import { enter, frame } from "../shared/gate";
import { h } from "../shared/dom";
import { whoIs } from "../shared/who";
import { examples } from "./examples";
import { fetcherOf } from "./fetcher";
import { PlainEditors } from "./plain_editors";
import { ToPicture } from "./to_picture";
import "./graphiql.css";

const here = {
  name: "graphiql",
  about: "Ask the exchange in GraphQL, in your own name: sign in as a person of your participant.",
} as const;

const session = await enter(here);
const [who, tabs] = await Promise.all([whoIs(session), examples(session)]);
const place = h("main", { id: "graphiql", "aria-label": "GraphiQL" });
frame(here, session, who.name, place);
const root = createRoot(place);
session.over.addEventListener("abort", () => root.unmount());
root.render(
  <GraphiQL
    fetcher={fetcherOf(session)}
    defaultTabs={tabs}
    initialVariables={tabs[0]?.variables}
    defaultEditorToolsVisibility="variables"
    isHeadersEditorEnabled={false}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    plugins={[]}
    // None at all: otherwise it would be the browser's.
    storage={null as unknown as Storage}
    forcedTheme="system"
    inputValueDeprecation
    schemaDescription
  >
    <PlainEditors />
    <ToPicture />
  </GraphiQL>,
);
