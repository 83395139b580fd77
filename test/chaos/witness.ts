import type pg from 'pg';

/**
 * Stands in the database and writes down who took each lease and who wrote under it. Processes are told apart by their connection's
 * `application_name`, which AvoPay does not know of: what is judged is not asked.
 */
const WITNESS = `
CREATE SCHEMA IF NOT EXISTS witness;
CREATE TABLE IF NOT EXISTS witness.holder (what text PRIMARY KEY, who text NOT NULL, fence bigint NOT NULL);
CREATE TABLE IF NOT EXISTS witness.seen (kind text NOT NULL, what text NOT NULL, who text NOT NULL, holder text NOT NULL);

CREATE OR REPLACE FUNCTION witness.take(what_taken text, new_fence bigint, was_held boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE me text := current_setting('application_name'); before text;
BEGIN
  SELECT who INTO before FROM witness.holder WHERE what = what_taken;
  IF before <> me AND was_held THEN INSERT INTO witness.seen VALUES ('takeover', what_taken, me, before); END IF;
  INSERT INTO witness.holder VALUES (what_taken, me, new_fence) ON CONFLICT (what) DO UPDATE SET who = me, fence = new_fence;
END $$;

CREATE OR REPLACE FUNCTION witness.write(what_written text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE me text := current_setting('application_name'); owner text;
BEGIN
  SELECT who INTO owner FROM witness.holder WHERE what = what_written;
  IF owner <> me THEN INSERT INTO witness.seen VALUES ('stale', what_written, me, owner); END IF;
END $$;

CREATE OR REPLACE FUNCTION witness.swap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN PERFORM witness.take(NEW.id, NEW.fence, false);
  ELSIF NEW.fence <> OLD.fence THEN PERFORM witness.take(NEW.id, NEW.fence, OLD."leaseUntil" IS NOT NULL);
  ELSIF NEW.status <> OLD.status OR NEW.version <> OLD.version THEN PERFORM witness.write(NEW.id);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION witness.follower() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.name = 'chain-follower' AND (TG_OP = 'INSERT' OR NEW.fence <> OLD.fence) THEN PERFORM witness.take('follower', NEW.fence, true); END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION witness.followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM witness.write('follower');
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION witness.event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE swap text;
BEGIN
  SELECT s.id INTO swap FROM "Swap" s JOIN "Payment" p ON p.id = s."subjectId"
    WHERE p.id = NEW."subjectId" AND p.method = 'lightning' ORDER BY s.attempt DESC LIMIT 1;
  IF swap IS NOT NULL AND NEW.type IN ('payment.confirmed', 'payment.detected') THEN PERFORM witness.write(swap); END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER witness AFTER INSERT OR UPDATE ON "Swap" FOR EACH ROW EXECUTE FUNCTION witness.swap();
CREATE OR REPLACE TRIGGER witness AFTER INSERT OR UPDATE ON "WorkerLease" FOR EACH ROW EXECUTE FUNCTION witness.follower();
CREATE OR REPLACE TRIGGER witness AFTER INSERT OR UPDATE ON "ChainBlock" FOR EACH ROW EXECUTE FUNCTION witness.followed();
CREATE OR REPLACE TRIGGER witness AFTER INSERT ON "Event" FOR EACH ROW EXECUTE FUNCTION witness.event();`;

/** From now on: leases that were taken before are known by nobody, and what is written under them is not judged. */
export async function placeWitness(db: Pick<pg.Client, 'query'>): Promise<void> {
  await db.query(WITNESS);
}

/** `takeovers`: leases that were taken while somebody else still held them: the proof that a pause was long enough. */
export type Testimony = { readonly stale: readonly string[]; readonly takeovers: number };

export async function hearWitness(db: Pick<pg.Client, 'query'>): Promise<Testimony> {
  const { rows } = await db.query<{ kind: string; words: string }>(
    `SELECT kind, what || ' written by ' || who || ' while ' || holder || ' held it' AS words FROM witness.seen`,
  );
  const stale = rows.flatMap(({ kind, words }) => (kind === 'stale' ? [words] : []));
  return { stale, takeovers: rows.length - stale.length };
}
