/** What the shapes, colours and rings of the picture mean. */
import { h } from "../shared/dom";
import type { Palette } from "./palette";
import { KINDS, type Kind } from "./words";

const SHAPES: Record<Kind["shape"], string> = {
  ellipse: "People: addresses, accounts",
  "round-rectangle": "Places on the net",
  diamond: "Payment",
  hexagon: "Files and pictures",
  tag: "Keywords",
};

export function legend(palette: Palette): HTMLElement {
  const shapes = Object.entries(SHAPES).map(([shape, words]) => {
    const icon = Object.values(KINDS).find((kind) => kind.shape === shape)!.icon;
    const drawn = h("span", { class: `shape ${shape}` }, h("img", { src: icon, alt: "", width: 14, height: 14 }));
    return h("li", {}, drawn, words);
  });
  const colours = [...palette.colours].map(([name, colour]) => {
    const dot = h("span", { class: "shape" });
    dot.style.background = colour;
    return h("li", {}, dot, `${palette.short(name)} = ${name}`);
  });
  return h(
    "details",
    { class: "legend", open: true },
    h("summary", {}, "Legend"),
    h(
      "ul",
      {},
      ...shapes,
      ...colours,
      h("li", {}, h("span", { class: "shape ring" }), "In a case of yours"),
      h("li", {}, h("span", { class: "line" }), "Link; thicker: surer; arrow: from the first to the second"),
      h("li", {}, h("span", { class: "more" }, "+2"), "Links that are not drawn yet"),
    ),
  );
}
