/** Values that travel here are addresses of abuse: the editors show them as text, never as something to open. */
import { useEffect } from "react";
import { useGraphiQL } from "@graphiql/react";

export function PlainEditors(): null {
  const editors = useGraphiQL((state) => [state.queryEditor, state.variableEditor, state.responseEditor]);
  useEffect(() => {
    for (const editor of editors) editor?.updateOptions({ links: false });
  }, [editors]);
  return null;
}
