import { setPriority } from 'node:os';

/** Where it wants the same core as a thread that answers requests, it gets a third of that one's share; the whole core otherwise. */
export const NICENESS = 5;

/** For work that can wait a moment: proofs and signatures. Of the calling thread alone on Linux; elsewhere it would be of the whole process, and nothing is done. */
export function standBack(): void {
  if (process.platform === 'linux') setPriority(NICENESS);
}
