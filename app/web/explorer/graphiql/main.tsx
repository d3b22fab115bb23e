import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "./workers";

createRoot(document.getElementById("page")!).render(
  <GraphiQL plugins={[]} fetcher={async () => ({ data: {} })} />,
);
