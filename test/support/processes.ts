import { readdirSync, readFileSync } from 'node:fs';

/** The signers that the process `parent` has started and that still run. */
export function signersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const { parent: whose, words } = lookAt(pid);
      return whose === parent && words.some((word) => /\/signer-process\.[jt]s$/.test(word));
    })
    .map(Number);
}

export function isRunning(pid: number): boolean {
  return lookAt(String(pid)).parent !== null;
}

/** What anybody who may look at a process is shown of its start: its environment and its arguments. */
export function shownOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, 'latin1') + readFileSync(`/proc/${pid}/cmdline`, 'latin1');
}

function lookAt(pid: string): { parent: number | null; words: readonly string[] } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return { parent: null, words: [] }; // ended, and not yet asked about by its parent
    return { parent: Number(parent), words: readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0') };
  } catch {
    return { parent: null, words: [] }; // ended meanwhile
  }
}
