/**
 * HTML that escapes by construction: every value put into the template is text unless it is `Html`.
 *
 * @module
 */

/** Markup that is known to be safe, because only {@linkcode html} and {@linkcode markup} make it. */
export class Html {
  /** The markup. */
  readonly text: string;

  /** @param text markup that needs no escaping */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, `null` and `false` leave nothing. */
export type Part = Html | string | number | null | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for element content and for quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** Marks a constant of this library as markup. Never call it with text from outside. */
export function markup(text: string): Html {
  return new Html(text);
}

/** Builds markup; interpolated values are escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? "";
  for (const [index, part] of parts.entries()) {
    text += render(part) + (strings[index + 1] ?? "");
  }
  return new Html(text);
}

function render(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part.map(render).join("");
}
