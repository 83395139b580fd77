import type { Config } from './config.ts';
import type { Database } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import type { Clock } from './lib/time.ts';
import type { DumpedEras } from './restore.ts';
import { backUp } from './backup.ts';
import { recordAudit } from './events/audit-store.ts';
import { loadRootKeys } from './key-files.ts';
import { httpCall } from './lib/http-client.ts';
import { newId } from './lib/ids.ts';
import { ok, refuse } from './lib/result.ts';
import { migrate } from './migrate.ts';
import { withProviders } from './operator-app.ts';
import { restore } from './restore.ts';
import { findRestorable } from './swaps/find-restorable.ts';
import { xpubFingerprint } from './swaps/swap-keys.ts';

type Parts = {
  readonly database: Database;
  readonly config: Config;
  readonly log: Log;
  readonly random: Random;
  readonly now: Clock;
  readonly connectionString: string;
};

/** The audit entry first: it is in the dump that it tells of. */
export async function takeBackup(parts: Parts, file: string): Promise<{ tables: number; rows: number }> {
  const { database, random, now, connectionString } = parts;
  const at = now();
  const entry = { accountId: null, actor: 'operator', action: 'database.backed_up', subjectId: null, facts: {}, at };
  await database.transact((tx) => recordAudit(tx, random, entry));
  return backUp(connectionString, file, at);
}

/** A database of the tables of this version, filled from the dump; see `restore`. */
export async function restoreBackup(parts: Parts, file: string): Promise<Result<{ rows: number; era: number | null }, Refusal>> {
  const { connectionString, random, now } = parts;
  await migrate(connectionString);
  return restore({ connectionString, nextEra: (eras) => nextEra(parts, eras), audit: { id: newId(random, 'audit'), at: now() } }, file);
}

const OTHER_SEED: Refusal = {
  kind: 'conflict',
  code: 'other_seed',
  message: 'SEED is not the one of the dumped database: its swaps could not be claimed',
};

/** Above every era of the dump and every era that a provider has seen: the same dump may be restored a second time. */
async function nextEra(
  { config, log, random }: Parts,
  eras: DumpedEras,
): Promise<Result<{ era: number; fingerprint: string } | null, Refusal>> {
  const { seed } = loadRootKeys(config, random);
  if (eras.some(({ era, fingerprint }) => xpubFingerprint(seed, era) !== fingerprint)) return refuse(OTHER_SEED);
  const known = Math.max(0, ...eras.map(({ era }) => era));
  const { highest, silent } = await withProviders(config, log, (providers) => findRestorable({ http: httpCall, seed, providers }, known));
  if (silent.length > 0) {
    const message = `nobody can say which swap keys are free while a provider does not answer (${silent.join('; ')})`;
    return refuse({ kind: 'unavailable', code: 'provider_silent', message });
  }
  const last = Math.max(known, ...highest.keys());
  return ok(last === 0 ? null : { era: last + 1, fingerprint: xpubFingerprint(seed, last + 1) });
}
