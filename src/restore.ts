import type { DumpHead, DumpTail } from './backup.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { z } from 'zod';
import { readMigrationNames, readTables } from './backup.ts';
import { ok, refuse } from './lib/result.ts';

/** The eras of swap keys that the dumped database had opened, with the fingerprints of their keys. */
export type DumpedEras = readonly Readonly<{ era: number; fingerprint: string }>[];

export type RestoreDeps = {
  readonly connectionString: string;
  /** Judges the dump's key eras, and names the one that keys to come are taken from (null: none is open yet). */
  readonly nextEra: (eras: DumpedEras) => Promise<Result<{ era: number; fingerprint: string } | null, Refusal>>;
  /** Appended in the same commit. */
  readonly audit: Readonly<{ id: string; at: Date }>;
};

const HEAD: z.ZodType<DumpHead> = z.object({
  dump: z.literal('avopay'),
  version: z.literal(1),
  at: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(z.string()),
});
const TAIL: z.ZodType<DumpTail> = z.object({ rows: z.number().int(), sha256: z.string() });
const ERA = z.object({ t: z.literal('KeyIndex'), r: z.object({ era: z.number().int(), xpubFingerprint: z.string() }) });
/** Rows of one statement. */
const BATCH_ROWS = 500;

/**
 * Fills an empty database with a dump, in one transaction: all of it or nothing. Then opens a new era of swap keys, since nobody knows which
 * indexes were given out after the dump was taken.
 */
export async function restore(deps: RestoreDeps, file: string): Promise<Result<{ rows: number; era: number | null }, Refusal>> {
  const dump = await readWhole(file);
  if (!dump.ok) return dump;
  const client = new pg.Client(deps.connectionString);
  client.on('error', () => undefined); // a lost connection also refuses the statement that runs, which is where it is handled
  await client.connect();
  try {
    const refusal = await reasonAgainst(client, dump.value.head);
    if (refusal) return refuse(refusal);
    const next = await deps.nextEra(dump.value.eras);
    if (!next.ok) return next;
    await client.query('BEGIN');
    await fill(client, file, dump.value.head.tables);
    if (next.value) {
      const { era, fingerprint } = next.value;
      await client.query('INSERT INTO "KeyIndex" ("era", "nextIndex", "xpubFingerprint") VALUES ($1, 0, $2)', [era, fingerprint]);
    }
    const facts = { takenAt: dump.value.head.at, rows: dump.value.rows, era: next.value?.era ?? null };
    await client.query(
      `INSERT INTO "AuditEntry" ("id", "actor", "action", "facts", "createdAt") VALUES ($1, 'operator', 'database.restored', $2, $3)`,
      [deps.audit.id, facts, deps.audit.at],
    );
    await client.query('COMMIT');
    return ok({ rows: dump.value.rows, era: facts.era });
  } finally {
    await client.end(); // what was not committed is gone with it
  }
}

type Whole = { readonly head: DumpHead; readonly rows: number; readonly eras: DumpedEras };

const NOT_WHOLE: Refusal = {
  kind: 'invalid',
  code: 'dump_not_whole',
  message: 'this file is not a whole dump: it was cut, altered, or is something else',
};

/** Reads it once to its end before anything is written. */
async function readWhole(file: string): Promise<Result<Whole, Refusal>> {
  const hash = createHash('sha256');
  const eras: { era: number; fingerprint: string }[] = [];
  let head: DumpHead | null = null;
  let last = '';
  let lines = 0;
  for await (const line of linesOf(file)) {
    if (lines > 0) hash.update(`${last}\n`);
    if (lines === 0) head = HEAD.safeParse(parsed(line)).data ?? null;
    if (!head) return refuse(NOT_WHOLE);
    if (line.startsWith('{"t":"KeyIndex"')) {
      const { r } = ERA.parse(parsed(line));
      eras.push({ era: r.era, fingerprint: r.xpubFingerprint });
    }
    last = line;
    lines++;
  }
  const tail = TAIL.safeParse(parsed(last)).data;
  if (!head || !tail || tail.sha256 !== hash.digest('hex') || tail.rows !== lines - 2) return refuse(NOT_WHOLE);
  return ok({ head, rows: tail.rows, eras });
}

async function reasonAgainst(client: pg.Client, head: DumpHead): Promise<Refusal | null> {
  if (JSON.stringify(await readMigrationNames(client)) !== JSON.stringify(head.migrations)) {
    const message = 'this dump was taken by another version: restore it with that one, and start this one on it afterwards';
    return { kind: 'conflict', code: 'dump_of_other_version', message };
  }
  for (const table of await readTables(client)) {
    const { rowCount } = await client.query(`SELECT 1 FROM "${table}" LIMIT 1`);
    if (rowCount) return { kind: 'conflict', code: 'database_not_empty', message: 'a dump is restored into an empty database only' };
  }
  return null;
}

/** Triggers judge changes, and these rows were judged when they were made: a paid payment has moved on since its event. */
async function fill(client: pg.Client, file: string, tables: readonly string[]): Promise<void> {
  const known = await readTables(client);
  for (const table of known) await client.query(`ALTER TABLE "${table}" DISABLE TRIGGER USER`);
  let at = '';
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length > 0) {
      await client.query(`INSERT INTO "${at}" SELECT * FROM json_populate_recordset(NULL::"${at}", $1::json)`, [`[${batch.join(',')}]`]);
    }
    batch = [];
  };
  for await (const line of linesOf(file)) {
    const table = /^\{"t":"([A-Za-z]+)","r":/.exec(line)?.[1];
    if (table === undefined) continue;
    if (!tables.includes(table) || !known.includes(table)) throw new Error(`the dump has a table ${table} that is not known here`);
    if (table !== at || batch.length >= BATCH_ROWS) await flush();
    at = table;
    batch.push(line.slice(`{"t":"${table}","r":`.length, -1)); // as text: numbers beyond 2^53 must not pass through JavaScript
  }
  await flush();
  for (const table of known) await client.query(`ALTER TABLE "${table}" ENABLE TRIGGER USER`);
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
