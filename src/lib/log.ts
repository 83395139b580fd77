import pino from 'pino';

/**
 * Structured logs: a constant sentence, facts as fields. `info` = something a merchant would recognise, `warn` = we coped,
 * `error` = a human must look. Never keys, preimages, seeds, API keys, webhook secrets, whole invoices or request bodies.
 */
export type Log = {
  readonly info: (facts: LogFacts, sentence: string) => void;
  readonly warn: (facts: LogFacts, sentence: string) => void;
  readonly error: (facts: LogFacts, sentence: string) => void;
};
export type LogFacts = { readonly [name: string]: unknown };

/** A net under the types: what looks like a secret is cut out of every line. */
const SECRET_SHAPES =
  /ak_(?:live|test)_[0-9A-Za-z]+|whsec_[0-9A-Za-z+/=]+|[xt]prv[0-9A-Za-z]{20,}|ct\(slip77\([^"]*|\bln(?:bc|tb|bcrt)[0-9a-z]{60,}/g;

export function redact(line: string): string {
  return line.replace(SECRET_SHAPES, '[secret]');
}

const toOutput = (line: string) => void process.stdout.write(redact(line));

/** JSON lines on standard output, or silence. `write` takes each line as it is before anything is cut out of it. */
export function makeLog(level: 'info' | 'warn' | 'error' | 'silent', write: (line: string) => void = toOutput): Log {
  const logger = pino({ level, base: null }, { write });
  return {
    info: (facts, sentence) => logger.info(printable(facts), sentence),
    warn: (facts, sentence) => logger.warn(printable(facts), sentence),
    error: (facts, sentence) => logger.error(printable(facts), sentence),
  };
}

/** Errors as message and stack, never their other properties (they may hold requests). */
function printable(facts: LogFacts): LogFacts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]));
}

function describe(error: Error): { message: string; stack?: string; cause?: string } {
  return {
    message: error.message,
    ...(error.stack ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
  };
}
