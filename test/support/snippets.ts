import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join(import.meta.dirname, '..', 'vectors', 'spec-snippets');

/** A text of the documentation as it stands there, for the server at `url`; `changes` are what a reader puts in: keys and ids. */
export function snippet(name: string, url: string, changes: { readonly [from: string]: string } = {}): string {
  const text = readFileSync(join(FOLDER, name), 'utf8').replace(/https:\/\/(?:api\.)?avopay\.dev/g, url);
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`${name} has no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}

/** What `curl` means in our snippets, for machines that have none. */
const CURL = `#!/usr/bin/env node
const args = process.argv.slice(2); const headers = {}; let method = 'POST', body, url;
for (let i = 0; i < args.length; i++) {
  if (args[i] === '-X') method = args[++i];
  else if (args[i] === '-H') { const [name, ...value] = args[++i].split(':'); headers[name] = value.join(':').trim(); }
  else if (args[i] === '-d') body = args[++i];
  else if (!args[i].startsWith('-')) url = args[i];
}
fetch(url, { method, headers, body }).then((reply) => reply.text()).then((text) => process.stdout.write(text));
`;

export type Shell = {
  /** Runs a script with `sh` and answers what it printed as JSON. */
  readonly run: (script: string, environment?: { readonly [name: string]: string }) => Promise<unknown>;
  readonly close: () => void;
};

/** A shell with the machine's own curl, or with `own` ours. */
export function openShell(own = false): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'avopay-shell-'));
  if (own || !has('curl')) {
    writeFileSync(join(folder, 'curl'), CURL);
    chmodSync(join(folder, 'curl'), 0o755);
    if (!existsSync(join(folder, 'node'))) symlinkSync(process.execPath, join(folder, 'node'));
  }
  return {
    run: async (script, environment = {}) => {
      const env = { ...process.env, ...environment, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
      const { stdout } = await promisify(execFile)('sh', ['-c', script], { env });
      return JSON.parse(stdout);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether a program can be run here. */
export function has(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args.length === 0 ? ['--version'] : args, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not installed, or without what it was asked for
  }
}
