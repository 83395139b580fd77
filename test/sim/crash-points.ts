/** TABLE: the crash points of the safety list, by the conversation that a process died around. */
const POINTS: readonly (readonly [RegExp, 'before' | 'after', string])[] = [
  [/^db insert swap/, 'before', 'C1'],
  [/^db insert swap/, 'after', 'C2'],
  [/^provider create/, 'after', 'C3'],
  [/^db commit .*payment=pending swap=verified/, 'before', 'C4'],
  [/^db commit .*swap=verified/, 'before', 'C4'],
  [/^db commit .*swap=verified/, 'after', 'C5'],
  [/^db commit .*swap=rejected/, 'after', 'C6'],
  [/^db commit .*swap=lockup_seen/, 'after', 'C10'],
  [/^db commit .*swap=lockup_ok/, 'after', 'C11'],
  [/^proofs build/, 'before', 'C12'],
  [/^db commit .*swap=claim_stored/, 'after', 'C13'],
  [/^db commit .*swap=revealed/, 'after', 'C14'],
  [/^provider cosign/, 'after', 'C15'],
  [/^chain broadcast/, 'before', 'C16'],
  [/^chain broadcast/, 'after', 'C17'],
  [/^db commit registration=active$/, 'after', 'C24'],
  [/^db commit (?!.*registration=).*planPeriod=paid .*swap=/, 'after', 'C25'],
  [/^db commit .*swap=claim_accepted/, 'before', 'C18'],
  [/^db commit .*swap=claim_accepted/, 'after', 'C19'],
  [/^webhook post/, 'after', 'C21'],
];
/** Reached in other ways: an answer that no client heard, hints that never came or were false, evictions, pauses, races, half a migration. */
const OTHER_POINTS = ['C7', 'C8', 'C9', 'C20', 'C22', 'C23', 'C26'] as const;
export const REACHABLE: readonly string[] = [...new Set([...POINTS.map(([, , point]) => point), ...OTHER_POINTS])];

export function crashPoint(label: string, phase: 'before' | 'after'): string | null {
  return POINTS.find(([pattern, when]) => when === phase && pattern.test(label))?.[2] ?? null;
}

/** What else such a death takes with it: the answer that the client waited for, the subscription that was about to be made. */
export function chooseLosses(label: string, phase: 'before' | 'after'): readonly string[] {
  return phase === 'after' && /^db commit .*swap=verified/.test(label) ? ['C7', 'C8'] : [];
}
