/**
 * Tables of the documentation that are data of the schemas' folder.
 *
 * @module
 */

import { type ContractData, values } from "./_data.ts";

/** Where the tables stand. */
export const DOCS = "docs/contracts.md";

/**
 * Writes the tables between their marks.
 *
 * @param text the page as it stands
 * @throws {Error} If a mark is missing
 */
export function withTables(text: string, data: ContractData): string {
  const tables = { legal_transitions: legalTable(data), mode_policy: policyTable(data) };
  return Object.entries(tables).reduce((page, [name, table]) => {
    const start = `<!-- generated: ${name} -->\n`, end = "\n<!-- end of generated -->";
    const from = page.indexOf(start), to = page.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`${DOCS} has no place for the table "${name}"`);
    return `${page.slice(0, from)}${start}\n${table}${page.slice(to)}`;
  }, text);
}

function legalTable({ bundle, legal: { transitions } }: ContractData): string {
  const moves = new Set(transitions.map(({ from, to }) => `${from} ${to}`));
  const statuses = values(bundle, "OrderStatus");
  const cell = (from: string | null, to: string) =>
    !moves.has(`${from} ${to}`) ? "." : from === to ? "S" : "L";
  return table([
    ["from / to", ...statuses],
    ...[null, ...statuses].map((from) => [
      from ?? "(none)",
      ...statuses.map((to) => cell(from, to)),
    ]),
  ]);
}

function policyTable({ policy: { modes } }: ContractData): string {
  const rules = Object.keys(modes[0] ?? {}).filter((rule) => rule !== "mode");
  const shown = (value: unknown) => typeof value === "boolean" ? value ? "yes" : "no" : `${value}`;
  return table([
    ["rule", ...modes.map(({ mode }) => shown(mode))],
    ...rules.map((rule) => [
      `\`${rule}\``,
      ...modes.map((mode) => shown(mode[rule])),
    ]),
  ]);
}

/** A Markdown table as the formatter leaves it; the first row is the head. */
function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}
