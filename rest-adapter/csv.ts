import { isRawJson } from '../src/lib/json.ts';

/** A number as we print it: no spreadsheet takes it for anything else. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** What makes spreadsheets run a cell as a formula, in ASCII and full width, also behind blanks. Source: OWASP, "CSV Injection". */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** A line of RFC 4180. Texts of strangers cannot become formulas: they get an apostrophe in front, which spreadsheets show as text. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map((cell) => quoted(harmless(textOf(cell)))).join(',')}\r\n`;
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (isRawJson(cell)) return cell.rawJSON;
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function harmless(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
