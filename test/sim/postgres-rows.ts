import type { Row } from './rows.ts';
import type { Change } from './server.ts';
import { idOf } from './rows.ts';

/** Where the changes of a running transaction are noted: a setting of the transaction's own, gone with it. */
const NOTES = 'sim.changes';

/** Every change of these tables is noted in the transaction that makes it. */
export function watchSql(tables: readonly string[]): string {
  const triggers = tables.map(
    (table) =>
      `CREATE OR REPLACE TRIGGER sim_watch AFTER INSERT OR UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION sim_watch();`,
  );
  return `
    CREATE OR REPLACE FUNCTION sim_watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM set_config('${NOTES}', coalesce(current_setting('${NOTES}', true), '') || jsonb_build_object('tbl', TG_TABLE_NAME,
        'old', CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,
        'new', CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END)::text || E'\\n', true);
      RETURN NULL; END $$;
    ${triggers.join('\n')}`;
}

/** Reads what has been noted since it was last read. */
export const NOTED_SQL = `SELECT current_setting('${NOTES}', true) AS noted, set_config('${NOTES}', '', true)`;

type Column = Readonly<{ table_name: string; column_name: string; data_type: string }>;
type Watched = Readonly<{ tbl: string; old: Row | null; new: Row | null }>;

/** Rows as JSON has them, made into rows as Prisma gives them. */
export function makeReader(columns: readonly Column[]) {
  const types = new Map(columns.map((one) => [`${one.table_name}.${one.column_name}`, one.data_type]));
  const value = (type: string | undefined, raw: unknown): unknown => {
    if (raw === null) return null;
    if (type === 'bigint') return BigInt(raw as number);
    if (type?.startsWith('timestamp')) return new Date(String(raw));
    if (type === 'bytea') return new Uint8Array(Buffer.from(String(raw).slice(2), 'hex'));
    return raw;
  };
  const row = (table: string, raw: Row | null): Row | null =>
    raw && Object.fromEntries(Object.entries(raw).map(([name, one]) => [name, value(types.get(`${table}.${name}`), one)]));
  const changes = (noted: string | null): readonly Change[] =>
    (noted ?? '').split('\n').flatMap((line) => {
      if (line === '') return [];
      const one: Watched = JSON.parse(line);
      const table = one.tbl.charAt(0).toLowerCase() + one.tbl.slice(1);
      const [before, after] = [row(one.tbl, one.old), row(one.tbl, one.new)];
      return [{ table, id: idOf(table, after ?? before ?? {}), before, after }];
    });
  return { changes };
}
