/** Elements in one line each; texts are texts, never markup. */
type Attributes = Record<string, string | boolean | number | ((event: Event) => void) | undefined>;

export type Content = Node | string;

/** Attributes by their names in HTML; what begins with `on` listens. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...contents: Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...contents);
  return made;
}

export function page(): HTMLElement {
  return document.getElementById("page")!;
}
