import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';
import type { Outcome } from '../../src/cli-commands.ts';
import pg from 'pg';
import { inject } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/lib/log.ts';
import { runCommand } from '../../src/run-command.ts';
import { TEMPLATE } from './database-for-run.ts';
import { SHARED_KEYS } from './second-server.ts';

/** A server whose database can be taken away while it runs, and an operator with another database. Its sandbox lives on: money, provider and chain. */
export function losable(avopay: Avopay) {
  const name = /\/(test_[0-9a-f]+)\?/.exec(avopay.connectionString)?.[1] ?? '';
  return {
    lose: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`),
    /** A server gives its leases back when it stops. */
    stop: async () => {
      await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`).catch(() => undefined); // it was never lost
      await avopay.stop();
    },
    /** A command of the operator on this database, who finds the sandbox through the server. */
    operator: (connectionString: string, words: readonly string[], settings: Record<string, string> = {}): Promise<Outcome> => {
      const place = { ...SHARED_KEYS, PORT: new URL(avopay.url).port, DATABASE_URL: connectionString, ...settings };
      return runCommand(words, () => readConfig(place), makeLog((process.env['TEST_LOG'] as 'info' | undefined) ?? 'silent'));
    },
  };
}

export async function queryOn(connectionString: string, sql: string, values: readonly unknown[] = []): Promise<Json[]> {
  const client = new pg.Client(connectionString);
  await client.connect();
  return client
    .query(sql, [...values])
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client(inject('databaseServer'));
  await admin.connect();
  await admin.query(sql).finally(() => admin.end());
}
