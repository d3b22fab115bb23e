/** The picture: the same as the list beside it, for the eye. */
import cytoscape, { type Core, type ElementDefinition, type LayoutOptions, type StylesheetJson } from "cytoscape";
import fcose from "cytoscape-fcose";
import { h } from "../shared/dom";
import type { Graph, Link, Signal } from "./graph";
import { darkness, look, type Palette } from "./palette";
import { isSymmetric, kind, words } from "./words";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

cytoscape.use(fcose);

const MOST_NAMED = 8;
// Signals from which on larger ones would cover each other.
const CROWD = 25;

export class Picture {
  readonly element = h("div", { class: "canvas", role: "img", "aria-label": "No picture yet" });
  private readonly core: Core;

  constructor(
    private readonly graph: Graph,
    private readonly palette: Palette,
    chosen: (id: string) => void,
  ) {
    // Cytoscape would write a style element, which the page's policy forbids, unless one of this name is there.
    document.body.append(h("i", { id: "__________cytoscape_stylesheet", hidden: true }));
    const empty = { name: "null" };
    this.core = cytoscape({ container: this.element, style: styles(), layout: empty, minZoom: 0.2, maxZoom: 3 });
    this.core.on("tap", "node", (event) => chosen(event.target.id() as string));
    this.core.on("zoom", () => this.scale());
    darkness.addEventListener("change", () => {
      this.core.style(styles());
      this.scale();
    });
  }

  /** Bring it into step with the graph; `start` if it is another one altogether. */
  draw(start: boolean): void {
    this.core.resize();
    if (start) this.core.elements().remove();
    for (const signal of this.graph.signals.values()) this.put(this.nodeOf(signal));
    for (const link of this.graph.links.values()) this.put(edgeOf(link));
    this.core.layout(arrangement()).run();
    const { size: signals } = this.graph.signals;
    this.element.setAttribute(
      "aria-label",
      `Picture of ${signals} signals and ${this.graph.links.size} links. The list of signals holds the same.`,
    );
  }

  select(id: string): void {
    this.core.elements().removeClass("chosen near named");
    const links = this.core.getElementById(id).addClass("chosen").connectedEdges().addClass("near");
    // More words than these lie on top of each other; the links of the chosen signal are listed beside the picture.
    if (links.length <= MOST_NAMED) links.addClass("named");
  }

  zoom(factor: number): void {
    const { core } = this;
    core.zoom({ level: core.zoom() * factor, renderedPosition: { x: core.width() / 2, y: core.height() / 2 } });
  }

  fit(): void {
    this.core.fit(undefined, 40);
  }

  /** Signals and words stay large enough to be read when many are in the picture. */
  private scale(): void {
    const most = this.graph.signals.size > CROWD ? 1.4 : 2;
    const by = Math.min(Math.max(1 / this.core.zoom(), 1), most);
    const sizes = { "font-size": 12 * by, width: 42 * by, height: 42 * by, "text-max-width": `${190 * by}px` };
    this.core.nodes().style(sizes);
    this.core.edges().style({ "font-size": 11 * by });
  }

  private put(element: ElementDefinition): void {
    const there = this.core.getElementById(element.data.id!);
    if (there.nonempty()) there.data(element.data).classes(element.classes as string);
    else this.core.add(element);
  }

  private nodeOf(signal: Signal): ElementDefinition {
    const names = signal.contributors.map((who) => who.name);
    const colours = names.map((name) => this.palette.colour(name));
    const { links, atLeast } = this.graph.hidden(signal);
    const more = links ? ` +${links}${atLeast ? " or more" : ""}` : "";
    return {
      group: "nodes",
      data: {
        id: signal.id,
        label: `${signal.maskedValue}${more}\n${names.map((name) => this.palette.short(name)).join(" · ")}`,
        shape: kind(signal.type).shape,
        icon: kind(signal.type).icon,
        // Each colour for an equal part, with sharp edges.
        colours: colours.flatMap((colour) => [colour, colour]).join(" "),
        stops: colours.flatMap((_, at) => [(100 * at) / colours.length, (100 * (at + 1)) / colours.length]).join(" "),
      },
      classes: signal.cases.length ? "in-case" : "",
    };
  }
}

function edgeOf(link: Link): ElementDefinition {
  return {
    group: "edges",
    data: {
      id: link.id,
      source: link.from!.id,
      target: link.to!.id,
      label: words(link.relation),
      confidence: link.confidence,
    },
    classes: isSymmetric(link.relation) ? "" : "directed",
  };
}

function arrangement(): LayoutOptions {
  return {
    name: "fcose",
    quality: "proof",
    // Each time anew: what grew where it stood became a tangle.
    randomize: true,
    animate: !calm.matches,
    animationDuration: 350,
    padding: 40,
    nodeDimensionsIncludeLabels: true,
    idealEdgeLength: () => 85,
    nodeSeparation: 80,
    nodeRepulsion: () => 4500,
    gravity: 0.4,
  } as LayoutOptions;
}

function styles(): StylesheetJson {
  const { text, ground, line, inCase, focus } = look();
  return [
    {
      selector: "node",
      style: {
        shape: "data(shape)" as "ellipse",
        width: 42,
        height: 42,
        "background-fill": "linear-gradient",
        "background-gradient-direction": "to-right",
        "background-gradient-stop-colors": "data(colours)",
        "background-gradient-stop-positions": "data(stops)",
        "background-image": "data(icon)",
        "background-width": "58%",
        "background-height": "58%",
        label: "data(label)",
        color: text,
        "font-family": "system-ui, sans-serif",
        "font-size": 12,
        "line-height": 1.25,
        "text-wrap": "wrap",
        "text-max-width": "190px",
        "text-valign": "bottom",
        "text-margin-y": 6,
        "text-background-color": ground,
        "text-background-opacity": 0.7,
        "text-background-padding": "2px",
        "overlay-opacity": 0,
      },
    },
    {
      selector: "node[shape = 'diamond'], node[shape = 'tag']",
      style: { "background-width": "46%", "background-height": "46%" },
    },
    { selector: ".in-case", style: { "border-width": 6, "border-style": "double", "border-color": inCase } },
    { selector: ".chosen", style: { "outline-width": 3, "outline-color": focus, "outline-offset": 4 } as object },
    {
      selector: "edge",
      style: {
        "curve-style": "bezier",
        width: "mapData(confidence, 1, 99, 1, 4)",
        "line-color": line,
        "target-arrow-color": line,
        "font-family": "system-ui, sans-serif",
        "font-size": 11,
        "text-rotation": "autorotate",
        color: text,
        "text-background-color": ground,
        "text-background-opacity": 0.9,
        "text-background-padding": "2px",
        "overlay-opacity": 0,
      },
    },
    { selector: ".directed", style: { "target-arrow-shape": "triangle", "arrow-scale": 0.9 } },
    {
      selector: ".near",
      style: { "line-color": focus, "target-arrow-color": focus, "z-index": 2 },
    },
    { selector: ".named", style: { label: "data(label)" } },
  ] as StylesheetJson;
}
