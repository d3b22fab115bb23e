/** Colours of the picture, in light and in dark. */

// One for each contributor; white on them reads well, and people who confuse some colours tell them apart.
const COLOURS = ["#2f6da3", "#a8482b", "#1f7a4d", "#7b3f98", "#7d6608", "#117a8b"];
const LATER = "#5c6470";

/** The colour and the letters of each contributor, in the order in which they came. */
export class Palette {
  readonly colours = new Map<string, string>();
  private readonly letters = new Map<string, string>();

  colour(name: string): string {
    const colour = this.colours.get(name) ?? COLOURS[this.colours.size] ?? LATER;
    this.colours.set(name, colour);
    return colour;
  }

  /** The beginning of the name that nobody before has, as colours alone would not do. */
  short(name: string): string {
    const lengths = Array.from(name, (_, at) => name.slice(0, at + 1));
    const free = (short: string): boolean => (this.letters.get(short) ?? name) === name;
    const short = lengths.find(free) ?? name;
    this.letters.set(short, name);
    return short;
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
