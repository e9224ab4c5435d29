/**
 * Where and why a text is not strict JSON.
 *
 * Only texts already found wanting come here, and ones that are hard to tell at a glance. Faults are
 * found in the order of serde_json, so that both languages name the same one.
 *
 * @module
 */

import { pointerTo } from "../schema/issue.ts";

/** A fault and its place. */
export interface JsonFault {
  /** JSON Pointer to the value that was being read. */
  readonly pointer: string;
  /** `json`, `surrogate`, `duplicate_member` or `integer`. */
  readonly keyword: string;
  /** Explanation for people. */
  readonly message: string;
}

/** Finds the first fault of a text, if it has one. */
export function findFault(text: string, maxDepth: number): JsonFault | null {
  if (text.startsWith("\ufeff")) {
    return { pointer: "", keyword: "json", message: "begins with a byte order mark" };
  }
  const reader = new Reader(text, maxDepth);
  try {
    reader.document();
    return null;
  } catch (error) {
    if (error instanceof Stop) return error.fault;
    throw error;
  }
}

class Stop extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #path: Array<string | number> = [];
  #at = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): void {
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#syntax("has something after its end");
  }

  #value(): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{" || first === "[") {
      if (++this.#depth > this.#maxDepth) this.#syntax("is nested too deep");
      this.#at++;
      if (first === "{") this.#object();
      else this.#array();
      this.#depth--;
    } else if (first === '"') this.#string();
    else if (first === "-" || (first !== undefined && first >= "0" && first <= "9")) this.#number();
    else if (this.#match(/true|false|null/y) === null) this.#syntax("is not JSON");
  }

  #object(): void {
    const names = new Set<string>();
    for (let first = true;; first = false) {
      if (this.#ends("}", first)) return;
      if (this.#text[this.#at] !== '"') this.#syntax("is not JSON: a name is missing");
      const name = this.#string();
      this.#path.push(name);
      if (names.has(name)) this.#stop("duplicate_member", "stands there twice");
      names.add(name);
      this.#space();
      if (this.#text[this.#at++] !== ":") this.#syntax("is not JSON: a colon is missing");
      this.#value();
      this.#path.pop();
    }
  }

  #array(): void {
    for (let index = 0;; index++) {
      this.#path.push(index);
      const ends = this.#ends("]", index === 0);
      if (!ends) this.#value();
      this.#path.pop();
      if (ends) return;
    }
  }

  /** Takes the end of an object or array, or the comma before what comes next. */
  #ends(bracket: string, first: boolean): boolean {
    this.#space();
    if (this.#text[this.#at] === bracket) {
      this.#at++;
      return true;
    }
    if (first) return false;
    if (this.#text[this.#at] !== ",") this.#syntax("is not JSON: a comma is missing");
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === bracket) this.#syntax("is not JSON: a comma is too much");
    return false;
  }

  #number(): void {
    const whole = this.#match(/-?(?:0|[1-9][0-9]*)/y);
    if (whole === null || this.#match(/[0-9]/y) !== null) this.#syntax("is not JSON");
    let plain = whole !== "-0" && Number.isSafeInteger(Number(whole));
    for (const [part, digits] of [[/\./y, /[0-9]+/y], [/[eE][+-]?/y, /[0-9]+/y]] as const) {
      if (this.#match(part) === null) continue;
      if (this.#match(digits) === null) this.#syntax("is not JSON");
      plain = false;
    }
    if (!plain) this.#stop("integer", "is not a plain integer within 2^53 - 1");
  }

  #string(): string {
    let string = "";
    this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character < " ") this.#syntax("is not JSON");
      this.#at++;
      if (character === '"') break;
      string += character === "\\" ? this.#escape() : character;
    }
    if (!string.isWellFormed()) this.#stop("surrogate", "has half a surrogate pair");
    return string;
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? "";
    const plain = ESCAPES[letter];
    if (plain !== undefined) return plain;
    if (letter !== "u") this.#syntax("is not JSON: an escape is not known");
    const unit = this.#hex();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff) this.#surrogate();
    if (this.#at >= this.#text.length) this.#syntax("is not JSON");
    if (this.#match(/\\/y) === null || this.#match(/u/y) === null) {
      if (this.#at >= this.#text.length) this.#syntax("is not JSON");
      this.#surrogate();
    }
    const low = this.#hex();
    if (low < 0xdc00 || low > 0xdfff) this.#surrogate();
    return String.fromCharCode(unit, low);
  }

  #hex(): number {
    const digits = this.#match(/[0-9a-fA-F]{4}/y);
    if (digits === null) this.#syntax("is not JSON: an escape is not known");
    return parseInt(digits, 16);
  }

  #space(): void {
    this.#match(/[ \t\r\n]+/y);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }

  #surrogate(): never {
    this.#stop("surrogate", "has half a surrogate pair");
  }

  #syntax(message: string): never {
    this.#stop("json", message);
  }

  #stop(keyword: string, message: string): never {
    throw new Stop({ pointer: this.#path.reduce(pointerTo, "") as string, keyword, message });
  }
}
