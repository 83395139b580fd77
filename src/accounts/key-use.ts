import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { KeyHolder } from './account-store.ts';
import { readAudit, recordAuditOnce } from '../events/audit-store.ts';
import { sha256 } from '../lib/bytes.ts';
import { base32Id, ID_PREFIXES } from '../lib/ids.ts';
import { addMs, DAY_MS, MINUTE_MS } from '../lib/time.ts';
import { saveKeyUse } from './api-key-store.ts';

/** `lastUsedAt` is a hint for the merchant; a write a minute keeps it cheap. */
const LAST_USED_EVERY_MS = MINUTE_MS;
/** What this process remembers having said: forgotten, it is said again, and the rows themselves keep it from being said twice. */
const REMEMBERED_MAX = 10_000;
/** An origin is a scheme, a host name of at most 253 characters and a port. What claims to be a longer one is cut. */
const ORIGIN_CHARS_MAX = 270;
/** A warning stands for so long after the last sight. */
const WARNED_MS = 30 * DAY_MS;
const WARNINGS_MAX = 20;
const SEEN_IN_BROWSER = 'key.seen_in_browser';

export type KeyUse = {
  /** Returns at once: nobody's request waits for it, and its failure fails nothing. */
  readonly note: (holder: KeyHolder, origin: string | null, at: Date) => void;
  /** Resolves when everything that was noted is written, or has failed. */
  readonly settle: () => Promise<void>;
};

/** Writes down, off the path of requests, when keys are used, and once a day when a secret key comes from a web page. */
export function noteKeyUse({ database, log }: { readonly database: Database; readonly log: Log }): KeyUse {
  const running = new Set<Promise<void>>();
  const said = new Set<string>();
  const once = (name: string, write: () => Promise<void>) => {
    if (said.has(name)) return;
    if (said.size >= REMEMBERED_MAX) said.clear();
    said.add(name);
    const done: Promise<void> = write()
      .catch((fault: unknown) => {
        said.delete(name);
        log.warn({ fault }, 'the use of a key was not written down');
      })
      .finally(() => running.delete(done));
    running.add(done);
  };
  return {
    note: (holder, origin, at) => {
      const { keyId, lastUsedAt } = holder;
      const due = addMs(at, -LAST_USED_EVERY_MS);
      // The row is asked, not our memory: other processes write it too.
      if (!lastUsedAt || lastUsedAt < due) once(`${keyId} ${minuteOf(at)}`, () => saveKeyUse(database, keyId, at, due));
      if (holder.kind === 'secret' && origin !== null) once(`${keyId} ${dayOf(at)}`, () => flag(database, holder, { origin, at }));
    },
    settle: async () => {
      await Promise.all(running);
    },
  };
}

/** What the merchant should know about keys that left their server, in sentences. Keys that were revoked since are nothing to warn of. */
export async function readKeyWarnings(
  database: Database,
  { accountId, liveKeyIds, at }: { accountId: string; liveKeyIds: ReadonlySet<string>; at: Date },
): Promise<readonly string[]> {
  const seen = await readAudit(database, { accountId, action: SEEN_IN_BROWSER, since: addMs(at, -WARNED_MS), most: WARNINGS_MAX });
  const newest = new Map<string, string>();
  for (const { subjectId, facts, at: seenAt } of seen) {
    if (subjectId === null || newest.has(subjectId) || !liveKeyIds.has(subjectId)) continue;
    const { hint, origin } = facts as { hint: string; origin: string }; // written by `flag` alone
    newest.set(
      subjectId,
      `Secret key ${hint} was used by a web page (${origin}) on ${dayOf(seenAt)}: rotate it, and keep it on your server`,
    );
  }
  return [...newest.values()];
}

/** One line a day and key, whichever process sees it first: the id says so. */
async function flag(database: Database, holder: KeyHolder, { origin, at }: { origin: string; at: Date }): Promise<void> {
  const { keyId, accountId, hint } = holder;
  const id = base32Id(ID_PREFIXES.audit, sha256(`${SEEN_IN_BROWSER}\0${keyId}\0${dayOf(at)}`));
  const facts = { hint, origin: origin.replace(/[^\x21-\x7e]/g, '').slice(0, ORIGIN_CHARS_MAX) };
  await recordAuditOnce(database, { id, accountId, actor: keyId, action: SEEN_IN_BROWSER, subjectId: keyId, facts, requestId: null, at });
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function minuteOf(at: Date): string {
  return at.toISOString().slice(0, 16);
}
