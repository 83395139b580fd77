import { readFacts, readSources } from './source-facts.ts';

/** Past these a file or a function tells more than one story. The house aims at 200 and 40. */
const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;

/** TABLE: what may be longer, and why. A row that is no longer needed is a fault too. */
const REASONS: { readonly [place: string]: string } = {
  'scripts/mutants-table.ts': 'one table: a row for each promise',
};

/** A test file's `describe` is a chapter, not a function. */
const CHAPTER = /^argument of describe/;

const used = new Set<string>();
const faults = [...readSources()].flatMap(([path, text]) => {
  const facts = readFacts(path, text);
  const long = facts.functions.filter(({ name, lines }) => lines > FUNCTION_LINES_MAX && !CHAPTER.test(name));
  return [
    ...(facts.lines > FILE_LINES_MAX ? [{ place: path, what: `${path} has ${facts.lines} lines, ${FILE_LINES_MAX} at most` }] : []),
    ...long.map(({ name, line, lines }) => ({
      place: `${path} ${name}`,
      what: `${path}:${line} ${name} has ${lines} lines, ${FUNCTION_LINES_MAX} at most`,
    })),
  ].filter(({ place }) => {
    used.add(place);
    return REASONS[place] === undefined;
  });
});
const idle = Object.keys(REASONS).filter((place) => !used.has(place));
for (const { what } of faults) console.error(what);
for (const place of idle) console.error(`${place} needs no reason any more`);
process.exitCode = faults.length + idle.length > 0 ? 1 : 0;
