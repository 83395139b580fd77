import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Clock } from '../lib/time.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import { recordAudit } from '../events/audit-store.ts';
import { addMs, DAY_MS, MINUTE_MS } from '../lib/time.ts';
import { lastAuditAt, mustBeOnChain, runCheck } from './books-store.ts';
import { CHECKS } from './checks.ts';

export type AuditDeps = {
  readonly database: Database;
  readonly chains: readonly ChainSource[];
  readonly random: Random;
  readonly now: Clock;
  readonly log: Log;
};

/** What one check came to; `broken` names the rows. */
export type Finding = Readonly<{ name: string; means: string; examined: number; broken: readonly string[] }>;

export const AUDITED = 'books.audited';
/** Asked one by one: about five a second of a public source, so five minutes a night. */
const ON_CHAIN_MAX = 700;

/** Holds the whole database to its invariants, and its newest claims and coins to the chain. Changes nothing but the audit trail. */
export async function auditBooks(deps: AuditDeps, actor: 'operator' | 'system'): Promise<readonly Finding[]> {
  const at = deps.now();
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const { examined, broken } = await runCheck(deps.database, check, at);
    findings.push({ name: check.name, means: check.means, examined, broken });
  }
  findings.push(...(await auditChain(deps)));
  for (const { name, means, broken } of findings) if (broken.length > 0) deps.log.error({ check: name, ids: broken.slice(0, 10) }, means);
  const facts = Object.fromEntries(findings.map(({ name, broken }) => [name, broken.length]));
  await deps.database.transact((tx) =>
    recordAudit(tx, deps.random, { accountId: null, actor, action: AUDITED, subjectId: null, facts, at }),
  );
  return findings;
}

/** Rounds come every second. Where more lies between two, the machine slept or its clock was moved: whoever looks after money goes first. */
const ROUND_GAP_MAX_MS = MINUTE_MS;

/** Once a day, whichever process comes first; two at once do no harm. Answers 0: it leaves nothing that another round would find. */
export function nightlyAudit(deps: AuditDeps): () => Promise<number> {
  let nextAt = addMs(deps.now(), DAY_MS); // a start is no reason: a server that starts again and again audits nothing else
  let roundAt = deps.now();
  return async () => {
    const gapMs = deps.now().getTime() - roundAt.getTime();
    roundAt = deps.now();
    if (roundAt < nextAt || gapMs > ROUND_GAP_MAX_MS) return 0;
    const last = await lastAuditAt(deps.database, AUDITED);
    const due = last ? addMs(last, DAY_MS) : deps.now();
    if (due <= deps.now()) await auditBooks(deps, 'system');
    nextAt = due <= deps.now() ? addMs(deps.now(), DAY_MS) : due;
    return 0;
  };
}

async function auditChain(deps: AuditDeps): Promise<readonly Finding[]> {
  const rows = await mustBeOnChain(deps.database, ON_CHAIN_MAX);
  const missing: string[] = [];
  const unknown: string[] = [];
  for (const { id, txid, confirmed } of rows) {
    const seen = await look(deps.chains, txid);
    if (seen === 'unknown') unknown.push(id);
    else if (seen === 'missing' || (confirmed && seen === 'mempool')) missing.push(id);
  }
  const examined = rows.length;
  return [
    {
      name: 'chain_has_it',
      means: 'a claim or coin that counts as money is not on the chain, or not mined as is on record',
      examined,
      broken: missing,
    },
    { name: 'chain_answers', means: 'no chain source could say whether a claim or coin is there', examined, broken: unknown },
  ];
}

type Sight = 'mined' | 'mempool' | 'missing' | 'unknown';

/** One source that has it is enough; that it is missing is believed when every source says so. */
async function look(chains: readonly ChainSource[], txid: string): Promise<Sight> {
  const answers = await Promise.allSettled(chains.map((chain) => chain.transactionStatus(txid)));
  const said = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (said.some((status) => status?.confirmed)) return 'mined';
  if (said.some((status) => status !== null)) return 'mempool';
  return said.length === answers.length && said.length > 0 ? 'missing' : 'unknown';
}
