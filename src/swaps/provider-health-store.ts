import type { Database } from '../lib/database.ts';
import { addMs } from '../lib/time.ts';

type Deps = { readonly database: Database };

/** After this many failures in a row a provider is asked last. */
const FAILURES_TO_OPEN = 3;
/** How long it stays last; it is never left out, so a single provider that comes back serves at once. */
const OPEN_MS = 60_000;
const ERROR_CHARS_MAX = 200;

/** Names of providers that failed repeatedly a short while ago, as seen by all processes. */
export async function ailingProviders(deps: Deps, at: Date): Promise<ReadonlySet<string>> {
  const rows = await deps.database.client.providerHealth.findMany({ where: { openUntil: { gt: at } }, select: { provider: true } });
  return new Set(rows.map((row) => row.provider));
}

export type ProviderHealth = Readonly<{ provider: string; openUntil: Date | null; lastSuccessAt: Date | null }>;

/** What all processes together have seen of each provider. */
export async function readProviderHealth(deps: Deps): Promise<ReadonlyMap<string, ProviderHealth>> {
  const rows = await deps.database.client.providerHealth.findMany({ select: { provider: true, openUntil: true, lastSuccessAt: true } });
  return new Map(rows.map((row) => [row.provider, row]));
}

export async function noteSuccess(deps: Deps, provider: string, at: Date): Promise<void> {
  await deps.database.client.$executeRaw`
    INSERT INTO "ProviderHealth" ("provider", "state", "failures", "lastSuccessAt", "version") VALUES (${provider}, 'closed', 0, ${at.toISOString()}::timestamptz, 1)
    ON CONFLICT ("provider") DO UPDATE
    SET "state" = 'closed', "failures" = 0, "openUntil" = NULL, "lastSuccessAt" = ${at.toISOString()}::timestamptz, "version" = "ProviderHealth"."version" + 1`;
}

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
