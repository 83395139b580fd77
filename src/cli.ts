import { readEnvironment } from './config.ts';
import { makeLog } from './lib/log.ts';
import { runCommand } from './run-command.ts';

/** Entry of `npm run avopay`: one command of an operator, then the end. */
const { code, lines } = await runCommand(process.argv.slice(2), readEnvironment, makeLog('error'));
const say = code === 0 ? console.log : console.error;
for (const line of lines) say(line);
process.exit(code);
