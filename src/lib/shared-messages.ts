import type { Answer, Ask, Asked } from './row-statements.ts';
import { batched } from './batched.ts';
import { toHex } from './bytes.ts';

/** Sends statements in one message, which is one transaction: all of them are done, or none. Answers in their order. */
export type AskAll = (asked: readonly Asked[]) => Promise<readonly Answer[]>;

/** `commit` of `Database`, see there. */
export type Commit = (lane: string, asked: readonly Asked[]) => Promise<readonly Answer[]>;

type Outcome = Readonly<{ answers: readonly Answer[] } | { error: unknown }>;
type Lane = { readonly join: (asked: readonly Asked[]) => Promise<Outcome>; users: number };

/** While one commit of a lane is under way, what comes waits and makes the next one together. What comes alone is sent at once. */
export function shareCommits(askAll: AskAll): Commit {
  const lanes = new Map<string, Lane>();
  return async (name, asked) => {
    const lane = lanes.get(name) ?? { join: batched((members) => askTogether(askAll, members)), users: 0 };
    lanes.set(name, lane);
    lane.users += 1;
    try {
      return answersOf(await lane.join(asked));
    } finally {
      lane.users -= 1;
      if (lane.users === 0) lanes.delete(name);
    }
  };
}

/**
 * The same for reads, all in one lane. Whoever asks for the very same meanwhile gets the same rows, which nobody may change. Each is begun after
 * it was asked for: what is answered was true then, or later.
 */
export function shareReads(askAll: AskAll): Ask {
  const join = batched(async (asked: readonly Asked[]) => {
    const once = new Map(asked.map((one) => [keyOf(one), one]));
    const outcomes = await askTogether(
      askAll,
      [...once.values()].map((one) => [one]),
    );
    const byKey = new Map([...once.keys()].map((key, at) => [key, outcomes[at]]));
    return asked.map((one) => byKey.get(keyOf(one)));
  });
  return async (asked) => {
    const outcome = await join(asked);
    const [answer] = outcome ? answersOf(outcome) : [];
    if (!answer) throw new Error('a read without its answer');
    return answer;
  };
}

function keyOf({ name, values }: Asked): string {
  return JSON.stringify([name, ...values.map((value) => (value instanceof Uint8Array ? toHex(value) : value))]);
}

function answersOf(outcome: Outcome): readonly Answer[] {
  if ('error' in outcome) throw outcome.error;
  return outcome.answers;
}

/** Nobody fails for another's sake: what PostgreSQL has taken back as a whole is done again, each for itself. */
async function askTogether(askAll: AskAll, members: readonly (readonly Asked[])[]): Promise<readonly Outcome[]> {
  try {
    const answers = await askMerged(askAll, members.flat());
    let end = 0;
    return members.map(({ length }) => {
      end += length;
      return { answers: answers.slice(end - length, end) };
    });
  } catch (error) {
    if (members.length === 1 || !isTakenBack(error)) return members.map(() => ({ error }));
    const outcomes: Outcome[] = [];
    for (const member of members) outcomes.push(...(await askTogether(askAll, [member])));
    return outcomes;
  }
}

/** Rows of one insert: PostgreSQL reads a table's checks anew for each statement, which costs more than a row. */
const ROWS_TOGETHER = [16, 8, 4, 2, 1] as const;

/** What inserts into the same columns goes in as few statements as have a text of their own. Each statement is moved up to the first of its name. */
async function askMerged(askAll: AskAll, asked: readonly Asked[]): Promise<readonly Answer[]> {
  const sent: { readonly statement: Asked; readonly of: readonly Asked[] }[] = [];
  for (const alike of Map.groupBy(asked, ({ name }) => name).values()) {
    for (let from = 0; from < alike.length; ) {
      const most = alike[from]?.forRows ? alike.length - from : 1;
      const count = ROWS_TOGETHER.find((rows) => rows <= most) ?? 1;
      const of = alike.slice(from, from + count);
      sent.push({ statement: merged(of), of });
      from += count;
    }
  }
  const answers = await askAll(sent.map(({ statement }) => statement));
  const byAsked = new Map(sent.flatMap(({ of }, at) => of.map((one) => [one, of.length > 1 ? ONE_ROW : answers[at]] as const)));
  return asked.map((one) => byAsked.get(one) as Answer); // each was sent
}

const ONE_ROW: Answer = { rows: [], count: 1 };

function merged(alike: readonly Asked[]): Asked {
  const [first] = alike;
  if (!first) throw new Error('nothing to ask');
  if (!first.forRows || alike.length === 1) return first;
  return { ...first, ...first.forRows(alike.length), values: alike.flatMap(({ values }) => values), plain: null };
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** A connection that was lost, and a server that was stopped, do not say whether the commit came before. */
const UNKNOWN_END = /^(?:08|57)/;

/** Whether PostgreSQL itself has refused a statement: then nothing of its transaction is there. */
export function isTakenBack(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return SQLSTATE.test(error.code) && !UNKNOWN_END.test(error.code);
}
