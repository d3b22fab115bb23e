/** The words of the exchange as people read them, and the shape that stands for each type. */
import account from "./icons/account.svg";
import file from "./icons/file.svg";
import mail from "./icons/mail.svg";
import money from "./icons/money.svg";
import network from "./icons/network.svg";
import phone from "./icons/phone.svg";
import picture from "./icons/picture.svg";
import site from "./icons/site.svg";
import word from "./icons/word.svg";

/** What a value needs beside it, as the exchange names it; and in words. */
export interface Hint {
  name: "platform" | "language" | "region" | "scheme";
  words: string;
  needed: boolean;
}

export interface Kind {
  name: string;
  shape: "ellipse" | "diamond" | "round-rectangle" | "hexagon" | "tag";
  icon: string;
  hint?: Hint;
}

const PLATFORM: Hint = { name: "platform", words: "Platform", needed: true };
const A_PERSON = "ellipse";
const A_PLACE = "round-rectangle";
const A_FILE = "hexagon";

export const KINDS: Record<string, Kind> = {
  EMAIL_ADDRESS: { name: "E-mail address", shape: A_PERSON, icon: mail },
  USERNAME: { name: "Username", shape: A_PERSON, icon: account, hint: PLATFORM },
  ACCOUNT_ID: { name: "Account id", shape: A_PERSON, icon: account, hint: PLATFORM },
  PHONE_NUMBER: {
    name: "Phone number",
    shape: A_PERSON,
    icon: phone,
    hint: { name: "region", words: "Country (GB), unless it begins with +", needed: false },
  },
  IP_ADDRESS: { name: "IP address", shape: A_PLACE, icon: network },
  PAYMENT_HANDLE: {
    name: "Payment handle",
    shape: "diamond",
    icon: money,
    hint: { name: "scheme", words: "Payment scheme (paypal, btc …)", needed: true },
  },
  URL: { name: "URL", shape: A_PLACE, icon: site },
  DOMAIN: { name: "Domain", shape: A_PLACE, icon: site },
  HASH_MD5: { name: "MD5", shape: A_FILE, icon: file },
  HASH_SHA1: { name: "SHA-1", shape: A_FILE, icon: file },
  HASH_SHA256: { name: "SHA-256", shape: A_FILE, icon: file },
  HASH_PDQ: { name: "PDQ of a picture", shape: A_FILE, icon: picture },
  KEYWORD: {
    name: "Keyword",
    shape: "tag",
    icon: word,
    hint: { name: "language", words: "Language (en)", needed: false },
  },
};

const OTHER: Kind = { name: "Signal", shape: A_PLACE, icon: network };

export function kind(type: string): Kind {
  return KINDS[type] ?? OTHER;
}

const SYMMETRIC = new Set(["SAME_ACTOR", "SAME_INCIDENT", "SAME_CONTENT", "COMMUNICATES_WITH"]);

/** Whether a relation reads the same from both ends. */
export function isSymmetric(relation: string): boolean {
  return SYMMETRIC.has(relation);
}

/** `SAME_ACTOR` as `same actor`; abbreviations stay what they are. */
export function words(code: string): string {
  return code
    .split("_")
    .map((part) => (["CSAM", "NCMEC"].includes(part) ? part : part.toLowerCase()))
    .join(" ");
}

export function sentence(code: string): string {
  const said = words(code);
  return said[0]?.toUpperCase() + said.slice(1);
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function both(names: string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "nobody");
}
