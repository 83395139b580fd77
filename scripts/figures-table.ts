import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One promise, the command that tries to break it, and what its last run on record came to. Null: nobody has measured it. */
export type Figure = {
  readonly name: string;
  readonly command: string;
  readonly figures: { readonly [name: string]: number | string } | null;
  /** What it ran on, in full, and the day. */
  readonly commit: string | null;
  readonly date: string | null;
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BEGIN = '<!-- figures: `npm run figures` writes what stands between -->';
export const END = '<!-- end of figures -->';
const COMMIT_CHARS = 10;

export function readFigures(): readonly Figure[] {
  return JSON.parse(readFileSync(`${ROOT}docs/figures.json`, 'utf8'));
}

/** The table that stands between the markers. Pure. */
export function figuresTable(rows: readonly Figure[]): string {
  const lines = rows.map(({ name, command, figures, commit, date }) => {
    const said = figures ? Object.entries(figures).map(([what, value]) => `${what} ${value}`) : ['not measured'];
    return `| ${name} | \`${command}\` | ${said.join(', ')} | ${commit ? `${commit.slice(0, COMMIT_CHARS)}, ${date}` : ''} |`;
  });
  return ['| promise | command | figures | commit, date |', '|---|---|---|---|', ...lines].join('\n');
}

/** `page` with the table of `rows` between its markers. @throws Error where it has none. */
export function withFigures(page: string, rows: readonly Figure[]): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/security.md has no "${BEGIN}" and "${END}"`);
  return `${before}${BEGIN}\n${figuresTable(rows)}\n${END}${after}`;
}

/** Of `commits`, those that this repository has never had; null where its history is not whole, and nothing can be said. */
export function unknownCommits(commits: readonly string[]): readonly string[] | null {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (git('rev-parse', '--is-shallow-repository').stdout?.trim() !== 'false') return null;
  return commits.filter((commit) => git('cat-file', '-e', `${commit}^{commit}`).status !== 0);
}
