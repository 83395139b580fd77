import { registrationSubject } from './registrations/registration.ts';
import type { Operator } from './operator.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';

/** What a command came to: lines for the operator and the code that the program ends with. */
export type Outcome = Readonly<{ code: number; lines: readonly string[] }>;

/** TABLE: exit codes, for scripts around the program. */
export const EXIT = {
  done: 0,
  /** The command was understood and refused: nothing was changed. */
  refused: 1,
  /** The words make no command, or a setting is wrong. */
  usage: 2,
  /** Something broke. */
  fault: 3,
} as const;

type Command = {
  readonly words: readonly string[];
  /** Name of the one argument, when it takes one. */
  readonly argument: string | null;
  readonly help: string;
  readonly run: (operator: Operator, argument: string) => Promise<Outcome>;
};

/** TABLE: what an operator can do by hand. docs/operations.md is held to it by a test. */
export const COMMANDS: readonly Command[] = [
  {
    words: ['wallet', 'reset'],
    argument: 'account',
    help: 'disconnects the wallet of an account, so that another can be connected; its addresses stay watched',
    run: async (operator, accountId) =>
      outcomeOf(await operator.resetWallet(accountId), ({ walletId }) => [
        `${walletId} of ${accountId} is disconnected. Money that arrives at its addresses still counts; a new wallet can be connected now.`,
      ]),
  },
  {
    words: ['swaps', 'held'],
    argument: null,
    help: 'lists swaps that wait for a human, the oldest first: id, account, payment, sats locked, block height at which they end, and why',
    run: async (operator) => {
      const held = await operator.heldSwaps();
      if (held.length === 0) return { code: EXIT.done, lines: ['no swap is held'] };
      const lines = held.map((swap) =>
        [swap.id, swap.accountId, swap.subjectId, `${swap.lockupSats} sats`, `ends at ${swap.timeoutHeight}`, swap.reason].join('  '),
      );
      return { code: EXIT.done, lines };
    },
  },
  {
    words: ['swaps', 'release'],
    argument: 'swap',
    help: 'lets a held swap be looked at again, after what was wrong has been mended; it is checked as before',
    run: async (operator, swapId) =>
      outcomeOf(await operator.releaseSwap(swapId), ({ was }) => [`${swapId} is looked at again (it was held: ${was}).`]),
  },
  {
    words: ['registrations', 'held'],
    argument: null,
    help: 'lists registrations that were paid for an address which has an account with another password, the oldest first: name, when, plan, address',
    run: async (operator) => {
      const held = await operator.heldRegistrations();
      if (held.length === 0) return { code: EXIT.done, lines: ['no registration is held'] };
      const lines = held.map(({ idHash, createdAt, plan, email }) => [registrationSubject(idHash), createdAt.toISOString(), plan, email]);
      return { code: EXIT.done, lines: lines.map((words) => words.join('  ')) };
    },
  },
  {
    words: ['registrations', 'release'],
    argument: 'registration',
    help: 'gives what was paid for a held registration to the account that has its address; no key is handed out for it',
    run: async (operator, subjectId) =>
      outcomeOf(await operator.releaseRegistration(subjectId), ({ accountId, periods, isNew }) => [
        `${accountId} has ${periods} more paid ${periods === 1 ? 'period' : 'periods'}.`,
        isNew ? 'The account is new: its key is handed out by the next poll.' : 'Its owner signs in to make keys: none is handed out.',
      ]),
  },
];

export const HELP: readonly string[] = [
  'npm run avopay -- COMMAND',
  '',
  ...COMMANDS.map(({ words, argument, help }) => `  ${commandText(words, argument).padEnd(24)} ${help}`),
  `  ${'doctor --url <address>'.padEnd(24)} asks a running sandbox the documented API line by line, over the wire`, // run by scripts/avopay.mjs
  '',
  `Settings are those of the server. Exit codes: ${EXIT.done} done, ${EXIT.refused} refused, ${EXIT.usage} not understood, ${EXIT.fault} broken.`,
];

/** As it is typed: `wallet reset <account>`. */
export function commandText(words: readonly string[], argument: string | null): string {
  return [...words, ...(argument === null ? [] : [`<${argument}>`])].join(' ');
}

/** The command that these words are, with its argument; null when they are none. */
export function findCommand(words: readonly string[]): { command: Command; argument: string } | null {
  for (const command of COMMANDS) {
    const named = command.words.every((word, index) => words[index] === word);
    const rest = words.slice(command.words.length);
    if (named && rest.length === (command.argument === null ? 0 : 1)) return { command, argument: rest[0] ?? '' };
  }
  return null;
}

function outcomeOf<T>(result: Result<T, Refusal>, say: (value: T) => readonly string[]): Outcome {
  return result.ok ? { code: EXIT.done, lines: say(result.value) } : { code: EXIT.refused, lines: [`refused: ${result.error.message}`] };
}
