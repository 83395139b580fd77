import type { ErrorRequestHandler } from 'express';
import type { Log } from '../../src/lib/log.ts';
import { ControlError } from './control-error.ts';

/** Express knows an error handler by its four parameters. */
export function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (error instanceof ControlError) return void response.status(error.status).json({ error: error.message });
    const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
    if (status >= 500) log.error({ error }, 'a sandbox route failed');
    response.status(status).json({ error: status < 500 && error instanceof Error ? error.message : 'the sandbox failed; see its log' });
  };
}
