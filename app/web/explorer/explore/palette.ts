/** Colours of the picture, in light and in dark. */

// One for each contributor; white on them reads well, and people who confuse some colours tell them apart.
const COLOURS = ["#2f6da3", "#a8482b", "#1f7a4d", "#7b3f98", "#7d6608", "#117a8b"];
const LATER = "#5c6470";

/** The colour of each contributor, in the order in which they came. */
export class Palette {
  readonly given = new Map<string, string>();

  of(name: string): string {
    const colour = this.given.get(name) ?? COLOURS[this.given.size] ?? LATER;
    this.given.set(name, colour);
    return colour;
  }
}

export interface Look {
  text: string;
  ground: string;
  line: string;
  inCase: string;
  focus: string;
}

const LIGHT: Look = { text: "#22252b", ground: "#fbfaf8", line: "#8f949e", inCase: "#c2700f", focus: "#1d5fd0" };
const DARK: Look = { text: "#e8e6e1", ground: "#191b21", line: "#767c8a", inCase: "#f0b44c", focus: "#8ab4ff" };

export const darkness = matchMedia("(prefers-color-scheme: dark)");

export function look(): Look {
  return darkness.matches ? DARK : LIGHT;
}
