import type { Patient, Reply } from './patient.ts';
import { Finding } from './patient.ts';

/** Returns when the item holds. @throws Finding with what it saw instead. */
export type Check = (patient: Patient) => Promise<void>;
export type Checks = { readonly [item: string]: Check };

/** @throws Finding unless both are the same JSON. */
export function same(what: string, saw: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(saw), JSON.stringify(wanted)];
  if (one !== other) throw new Finding(`${what}: saw ${cut(one)}, not ${cut(other)}`);
}

/** @throws Finding unless the text fits. */
export function fits(what: string, saw: unknown, pattern: RegExp): void {
  if (!pattern.test(String(saw))) throw new Finding(`${what}: saw ${cut(JSON.stringify(saw))}, which is not ${pattern}`);
}

/** @throws Finding unless it is so. */
export function holds(what: string, isSo: boolean): void {
  if (!isSo) throw new Finding(what);
}

/** Status and documented text of a refusal, to the byte. */
export function refusedWith(what: string, reply: Reply, status: number, error: string): void {
  same(what, [reply.status, reply.body?.error], [status, error]);
}

function cut(text: string | undefined): string {
  return (text ?? 'nothing').slice(0, 300);
}
