import type { Caller } from '../src/accounts/caller.ts';

export const MODE_ARGUMENT = 'The side to list; by default the live side, for a test key its own. A test key sees the test side alone.';

/** The side that a list shows: the two never mix (conformance A-10). */
export function listedMode(caller: Pick<Caller, 'mode'>, asked: 'live' | 'test' | null | undefined): 'live' | 'test' {
  return caller.mode === 'test' ? 'test' : (asked ?? 'live');
}

/** Whether somebody who calls may see a thing of that side: to a test key the live side does not exist. */
export function seesMode(caller: Pick<Caller, 'mode'>, mode: 'live' | 'test'): boolean {
  return caller.mode === 'live' || mode === 'test';
}
