import { readdirSync, readFileSync } from 'node:fs';
import { posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What the house rules ask of one source file, read from its syntax. Paths are relative to the repository, with `/`. */
export type SourceFacts = Readonly<{
  path: string;
  lines: number;
  imports: readonly Import[];
  /** Doors to the world that it uses itself: `Date.now`, `new Date()`, `Math.random`, `fetch`, timers, `process.env`, random bytes. */
  doors: readonly Use[];
  functions: readonly Readonly<{ name: string; line: number; lines: number }>[];
}>;
export type Import = Readonly<{
  /** A file of ours as its path, a package or Node module by its name. */
  target: string;
  isOurs: boolean;
  isTypeOnly: boolean;
  names: readonly string[];
  line: number;
}>;
export type Use = Readonly<{ door: Door; line: number }>;
export type Door = 'time' | 'chance' | 'timer' | 'fetch' | 'environment' | 'prisma';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const SOURCE_FOLDERS = [
  'src',
  'schema',
  'subscriptions',
  'rest-adapter',
  'sandbox',
  'doctor',
  'web',
  'prisma',
  'scripts',
  'bench',
  'test',
] as const;
const SOURCE = /\.(?:ts|tsx|mts|mjs|js)$/;
const NOT_OURS = /(?:^|\/)(?:node_modules|dist|generated)\//;

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const CHANCE = new Set(['randomBytes', 'randomUUID', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues', 'webcrypto']);

/** Every source file of ours, with its text. */
export function readSources(): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const folder of SOURCE_FOLDERS) {
    for (const entry of readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })) {
      const path = relative(ROOT, `${entry.parentPath}/${entry.name}`).split(sep).join('/');
      if (entry.isFile() && SOURCE.test(path) && !NOT_OURS.test(path)) sources.set(path, readFileSync(`${ROOT}${path}`, 'utf8'));
    }
  }
  return sources;
}

export function readFacts(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const imports: Import[] = [];
  const doors: Use[] = [];
  const functions: SourceFacts['functions'][number][] = [];
  const lineOf = (at: number): number => file.getLineAndCharacterOfPosition(at).line + 1;
  const visit = (node: ts.Node): void => {
    const line = lineOf(node.getStart(file));
    const found = importOf(node, path);
    if (found) imports.push({ ...found, line });
    const door = doorOf(node);
    if (door) doors.push({ door, line });
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      functions.push({ name: nameOf(node), line, lines: lineOf(node.end) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, lines: text.trimEnd().split('\n').length, imports, doors, functions };
}

function importOf(node: ts.Node, path: string): Omit<Import, 'line'> | null {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { ...targetOf(node.moduleSpecifier.text, path), ...bindingsOf(node) };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [target] = node.arguments;
    return target && ts.isStringLiteralLike(target) ? { ...targetOf(target.text, path), isTypeOnly: false, names: ['*'] } : null;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { ...targetOf(node.argument.literal.text, path), isTypeOnly: true, names: ['*'] };
  }
  return null;
}

function targetOf(specifier: string, path: string): { target: string; isOurs: boolean } {
  if (!specifier.startsWith('.')) return { target: specifier.replace(/^node:/, ''), isOurs: false };
  return { target: posix.join(posix.dirname(path), specifier), isOurs: true };
}

function bindingsOf(node: ts.ImportDeclaration | ts.ExportDeclaration): { isTypeOnly: boolean; names: string[] } {
  if (ts.isExportDeclaration(node)) return { isTypeOnly: node.isTypeOnly, names: ['*'] };
  const clause = node.importClause;
  if (!clause) return { isTypeOnly: false, names: ['*'] };
  const named = clause.namedBindings;
  const parts = named && ts.isNamedImports(named) ? named.elements : [];
  const values = parts.filter((part) => !part.isTypeOnly).map((part) => (part.propertyName ?? part.name).text);
  const whole = clause.name !== undefined || (named !== undefined && ts.isNamespaceImport(named));
  const isTypeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (!whole && parts.length > 0 && values.length === 0);
  return { isTypeOnly, names: [...values, ...(whole ? ['*'] : [])] };
}

function doorOf(node: ts.Node): Door | null {
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0) return 'time';
  if (ts.isCallExpression(node) && isNamed(node.expression, 'Date')) return 'time';
  if (ts.isPropertyAccessExpression(node)) return doorOfProperty(node);
  if (!ts.isIdentifier(node) || isOnlyAName(node)) return null;
  if (TIMERS.has(node.text)) return 'timer';
  if (CHANCE.has(node.text)) return 'chance';
  return node.text === 'fetch' ? 'fetch' : null;
}

function doorOfProperty({ expression, name }: ts.PropertyAccessExpression): Door | null {
  if (isNamed(expression, 'Date') && name.text === 'now') return 'time';
  if (isNamed(expression, 'Math') && name.text === 'random') return 'chance';
  if (isNamed(expression, 'process') && name.text === 'env') return 'environment';
  if (
    name.text === 'client' &&
    (isNamed(expression, 'database') || (ts.isPropertyAccessExpression(expression) && expression.name.text === 'database'))
  ) {
    return 'prisma';
  }
  const isGlobal = ['globalThis', 'window', 'crypto'].some((owner) => isNamed(expression, owner));
  if (!isGlobal) return null;
  if (TIMERS.has(name.text)) return 'timer';
  if (CHANCE.has(name.text)) return 'chance';
  return name.text === 'fetch' ? 'fetch' : null;
}

/** True where an identifier only names something of its own: a property, a member, a key, a type's field, an imported name. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isQualifiedName(parent) || ts.isTypeQueryNode(parent)) return true;
  if (ts.isImportSpecifier(parent)) return !CHANCE.has(node.text) || parent.name !== node; // importing random bytes is the use of them
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isParameter(parent)) return parent.name === node;
  return ts.isBindingElement(parent);
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  if (ts.isCallExpression(parent)) return `argument of ${parent.expression.getText().slice(0, 40)}`;
  return 'unnamed';
}
