import type { Answer, Ask, Asked } from './row-statements.ts';
import { batched } from './batched.ts';
import { toHex } from './bytes.ts';
import { nextTurn } from './time.ts';

/** Sends statements in one message, which is one transaction: all of them are done, or none. Answers in their order. */
export type AskAll = (asked: readonly Asked[]) => Promise<readonly Answer[]>;

/** `commit` of `Database`, see there. */
export type Commit = (lane: string, asked: readonly Asked[]) => Promise<readonly Answer[]>;

type Outcome = Readonly<{ answers: readonly Answer[] } | { error: unknown }>;
type Lane = { readonly join: (asked: readonly Asked[]) => Promise<Outcome>; users: number };

/**
 * While one commit of a lane is under way, what comes waits and makes the next one together. What comes alone is sent in the same turn of the event
 * loop, after everything else of it: of a busy server's answers several come in one turn, and a message costs more than a statement in it.
 */
export function shareCommits(askAll: AskAll): Commit {
  const lanes = new Map<string, Lane>();
  return async (name, asked) => {
    const lane = lanes.get(name) ?? { join: batched((members) => askTogether(askAll, members), nextTurn), users: 0 };
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
  }, nextTurn);
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

/** So many become one: each number is a statement's text, which every connection keeps. */
const COUNTS = [16, 8, 4, 2] as const;

type Sent = { readonly asked: Asked; readonly of: readonly Asked[]; readonly split: (answer: Answer) => readonly Answer[] };

/**
 * What can be one statement is one: PostgreSQL reads a table's checks anew for each, which costs more than a row. Each is moved up to the first of
 * its name.
 */
async function askMerged(askAll: AskAll, asked: readonly Asked[]): Promise<readonly Answer[]> {
  const sent = [...Map.groupBy(asked, ({ name }) => name).values()].flatMap(mergeAlike);
  const answers = await askAll(sent.map((one) => one.asked));
  const dealt = sent.flatMap(({ of, split }, at) => split(answers[at] ?? NOTHING).map((answer, nth) => [of[nth], answer] as const));
  const byAsked = new Map(dealt);
  return asked.map((one) => byAsked.get(one) ?? NOTHING);
}

const NOTHING: Answer = { rows: [], count: 0 };

function mergeAlike(alike: readonly Asked[]): Sent[] {
  const together = alike[0]?.together;
  const sent: Sent[] = [];
  let rest = alike;
  for (const count of together ? COUNTS : []) {
    for (; together && rest.length >= count; rest = rest.slice(count)) {
      const of = rest.slice(0, count);
      sent.push({ of, ...together(of) });
    }
  }
  return [...sent, ...rest.map((one) => ({ asked: one, of: [one], split: (answer: Answer) => [answer] }))];
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** A connection that was lost, and a server that was stopped, do not say whether the commit came before. */
const UNKNOWN_END = /^(?:08|57)/;

/** Whether PostgreSQL itself has refused a statement: then nothing of its transaction is there. */
export function isTakenBack(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return SQLSTATE.test(error.code) && !UNKNOWN_END.test(error.code);
}
