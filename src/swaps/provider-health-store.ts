import type { Database } from '../lib/database.ts';
import { statement } from '../lib/row-statements.ts';
import { addMs } from '../lib/time.ts';

type Deps = { readonly database: Database };

/** After this many failures in a row a provider is asked last. */
const FAILURES_TO_OPEN = 3;
/** How long it stays last; it is never left out, so a single provider that comes back serves at once. */
const OPEN_MS = 60_000;
const ERROR_CHARS_MAX = 200;

/** How long one creation may take to try a provider whose rest is over: terms, creation and asking for what it made, each to its deadline. */
const PROBE_MS = 30_000;

/** Until when the providers that failed repeatedly rest, as seen by all processes; one whose rest is over has not yet shown that it works again. */
export async function ailingProviders(deps: Deps): Promise<ReadonlyMap<string, Date>> {
  const rows = await deps.database.client.providerHealth.findMany({
    where: { openUntil: { not: null } },
    select: { provider: true, openUntil: true },
  });
  return new Map(rows.flatMap(({ provider, openUntil }) => (openUntil ? [[provider, openUntil] as const] : [])));
}

/**
 * True for the one creation, of all processes, that tries a provider whose rest is over. For the others it goes on resting until that one has
 * got through; should its process die, another may try after `PROBE_MS`.
 */
export async function takeProbe(deps: Deps, provider: string, at: Date): Promise<boolean> {
  const { count } = await deps.database.client.providerHealth.updateMany({
    where: { provider, openUntil: { lte: at } },
    data: { state: 'half_open', openUntil: addMs(at, PROBE_MS), version: { increment: 1 } },
  });
  return count === 1;
}

export type ProviderHealth = Readonly<{ provider: string; openUntil: Date | null; lastSuccessAt: Date | null }>;

/** What all processes together have seen of each provider. */
export async function readProviderHealth(deps: Deps): Promise<ReadonlyMap<string, ProviderHealth>> {
  const rows = await deps.database.client.providerHealth.findMany({ select: { provider: true, openUntil: true, lastSuccessAt: true } });
  return new Map(rows.map((row) => [row.provider, row]));
}

export async function noteSuccess(deps: Deps, provider: string, at: Date): Promise<void> {
  await deps.database.ask(succeeded(provider, at));
}

const succeeded = statement(`
  INSERT INTO "ProviderHealth" ("provider", "state", "failures", "lastSuccessAt", "version") VALUES ($1, 'closed', 0, $2, 1)
  ON CONFLICT ("provider") DO UPDATE
  SET "state" = 'closed', "failures" = 0, "openUntil" = NULL, "lastSuccessAt" = excluded."lastSuccessAt", "version" = "ProviderHealth"."version" + 1`);

export async function noteFailure(deps: Deps, provider: string, failure: { at: Date; reason: string }): Promise<void> {
  const until = addMs(failure.at, OPEN_MS);
  const reason = failure.reason.slice(0, ERROR_CHARS_MAX);
  await deps.database.client.$executeRaw`
    INSERT INTO "ProviderHealth" ("provider", "state", "failures", "lastError", "version") VALUES (${provider}, 'closed', 1, ${reason}, 1)
    ON CONFLICT ("provider") DO UPDATE
    SET "failures" = "ProviderHealth"."failures" + 1, "lastError" = ${reason}, "version" = "ProviderHealth"."version" + 1,
        "state" = CASE WHEN "ProviderHealth"."failures" + 1 >= ${FAILURES_TO_OPEN} THEN 'open' ELSE 'closed' END,
        "openUntil" = CASE WHEN "ProviderHealth"."failures" + 1 >= ${FAILURES_TO_OPEN} THEN ${until.toISOString()}::timestamptz ELSE NULL END`;
}
