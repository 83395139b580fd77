import type { Config } from './config.ts';
import type { Outcome } from './cli-commands.ts';
import type { Log } from './lib/log.ts';
import type { Result } from './lib/result.ts';
import { EXIT, findCommand, HELP } from './cli-commands.ts';
import { withOperator } from './operator.ts';

const HELP_WORDS: readonly string[] = ['help', '--help', '-h'];

/** Carries out what an operator typed. Never throws: what broke is an outcome too. */
export async function runCommand(words: readonly string[], settings: () => Result<Config, readonly string[]>, log: Log): Promise<Outcome> {
  if (words.length === 0 || words.some((word) => HELP_WORDS.includes(word)))
    return { code: words.length === 0 ? EXIT.usage : EXIT.done, lines: HELP };
  const found = findCommand(words);
  if (!found) return { code: EXIT.usage, lines: ['that is no command', '', ...HELP] };
  const config = settings();
  if (!config.ok) return { code: EXIT.usage, lines: config.error.map((fault) => `setting ${fault}`) };
  try {
    return await withOperator(config.value, log, (operator) => found.command.run(operator, found.argument));
  } catch (error) {
    return { code: EXIT.fault, lines: [`it could not be done: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
