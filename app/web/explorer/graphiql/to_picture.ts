/** The way from a signal that one asks about to its picture. */
import { useEffect } from "react";
import { useGraphiQL } from "@graphiql/react";

const SIGNAL_ID = /sig_[0-9a-f]{32}/;

/** The link to the picture leads to the first signal that the variables name, or the operation. */
export function ToPicture(): null {
  const editors = useGraphiQL((state) => [state.variableEditor, state.queryEditor]);
  useEffect(() => {
    const link = document.querySelector<HTMLAnchorElement>("header.bar a[href^='./explore']")!;
    const aim = (): void => {
      const id = editors.map((editor) => SIGNAL_ID.exec(editor?.getValue() ?? "")?.[0]).find(Boolean);
      link.setAttribute("href", id ? `./explore#${id}` : "./explore");
    };
    const ways = ["pointerdown", "keydown"];
    for (const way of ways) link.addEventListener(way, aim);
    return () => ways.forEach((way) => link.removeEventListener(way, aim));
  }, [editors]);
  return null;
}
