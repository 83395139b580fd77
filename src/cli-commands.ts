import { registrationSubject } from './registrations/registration.ts';
import type { Finding } from './audit/audit-books.ts';
import type { Recovery } from './swaps/recover-swaps.ts';
import type { Operator } from './operator.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import { RECOVERY_OUTCOMES } from './swaps/recover-swaps.ts';

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
    words: ['account', 'suspend'],
    argument: 'account',
    help: 'stops an account: its keys, sessions and links open nothing; payments that are open go on to their end',
    run: async (operator, accountId) =>
      outcomeOf(await operator.suspendAccount(accountId, 'suspend'), () => [
        `${accountId} is suspended. Payments that are open go on to their end.`,
      ]),
  },
  {
    words: ['account', 'resume'],
    argument: 'account',
    help: 'lets a suspended account go on, with the keys and sessions that it had',
    run: async (operator, accountId) =>
      outcomeOf(await operator.suspendAccount(accountId, 'resume'), () => [`${accountId} is active again.`]),
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
  {
    words: ['audit'],
    argument: null,
    help: 'holds every row to the invariants of docs/security.md, and the newest claims and coins to the chain; says what does not balance',
    run: async (operator) => auditOutcome(await operator.audit()),
  },
  {
    words: ['backup'],
    argument: 'file',
    help: 'writes every row to a new file, as of one moment, while servers run; sealed columns stay sealed',
    run: async (operator, file) => {
      const { tables, rows } = await operator.backUp(file);
      return { code: EXIT.done, lines: [`${rows} rows of ${tables} tables are in ${file}. It is good with SEED and SEALING_KEY only.`] };
    },
  },
  {
    words: ['restore'],
    argument: 'file',
    help: 'fills an empty database from such a file, all of it or nothing, and takes swap keys from a new era from then on; run recover before a server',
    run: async (operator, file) =>
      outcomeOf(await operator.restore(file), ({ rows, era }) => [
        `${rows} rows are restored${era === null ? '' : `, keys to come are of era ${era}`}. Before a server starts, run recover: money may have moved since.`,
      ]),
  },
  {
    words: ['recover', '--dry-run'],
    argument: null,
    help: 'asks the providers for every swap of the seed and says what recover would do with each; changes nothing',
    run: async (operator) => recoveryOutcome(await operator.recover({ act: false })),
  },
  {
    words: ['recover'],
    argument: null,
    help: 'rebuilds every swap that the records have lost from the seed and the providers, and claims what is locked; to be run again until nothing is waiting',
    run: async (operator) => recoveryOutcome(await operator.recover({ act: true })),
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

/** A line for each check: how many it looked at, how many break it, and which. */
function auditOutcome(findings: readonly Finding[]): Outcome {
  const lines = findings.map(({ name, means, examined, broken }) =>
    broken.length === 0 ? `${name}  0 of ${examined}` : `${name}  ${broken.length} of ${examined}: ${means}: ${broken.join(' ')}`,
  );
  return { code: findings.every(({ broken }) => broken.length === 0) ? EXIT.done : EXIT.refused, lines };
}

/** Refused where something is left that neither is the merchant's nor goes back to its payer by itself. */
function recoveryOutcome({ swaps, silent, newEra }: Recovery): Outcome {
  const lines = swaps.map(({ outcome, provider, providerSwapId, key, swapId, accountId, subjectId, invoiceSats, reason, lost }) =>
    [
      ...[outcome.padEnd(10), swapId ?? 'unknown', `${provider}/${providerSwapId ?? '-'}`, `key ${key.era}/${key.index}`],
      ...[accountId ?? '-', subjectId ?? '-', `${invoiceSats ?? '?'} sats`, lost ? `${reason} (was lost)` : reason],
    ].join('  '),
  );
  const counts = RECOVERY_OUTCOMES.map((outcome) => `${swaps.filter((swap) => swap.outcome === outcome).length} ${outcome}`);
  const era = newEra === null ? [] : [`keys to come are of era ${newEra}`];
  const unanswered = silent.map((provider) => `no answer from ${provider}: what it alone knows is missing here`);
  const isWhole = silent.length === 0 && swaps.every(({ outcome }) => outcome !== 'unresolved');
  return {
    code: isWhole ? EXIT.done : EXIT.refused,
    lines: [...lines, ...era, ...unanswered, `${swaps.length} swaps: ${counts.join(', ')}`],
  };
}

function outcomeOf<T>(result: Result<T, Refusal>, say: (value: T) => readonly string[]): Outcome {
  return result.ok ? { code: EXIT.done, lines: say(result.value) } : { code: EXIT.refused, lines: [`refused: ${result.error.message}`] };
}
