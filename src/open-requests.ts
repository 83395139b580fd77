import type { RequestHandler, Response } from 'express';

/** The requests that a server has taken and not answered whole: what a stop waits for. */
export type OpenRequests = {
  readonly watch: RequestHandler;
  readonly isEnding: () => boolean;
  /** From now on every answer asks its caller to come back by another connection. */
  readonly end: () => void;
  /** Resolves when none is open but streams that end only when somebody ends them. */
  readonly quiet: () => Promise<void>;
};

export function watchRequests(): OpenRequests {
  const open = new Set<Response>();
  const waiting = new Set<() => void>();
  let isEnding = false;
  const isQuiet = () => [...open].every(isStream);
  const look = () => {
    if (isQuiet()) for (const resolve of waiting) resolve();
  };
  return {
    watch: (_request, response, next) => {
      if (isEnding) response.setHeader('Connection', 'close');
      open.add(response);
      response.on('close', () => {
        open.delete(response);
        look();
      });
      next();
    },
    isEnding: () => isEnding,
    end: () => {
      isEnding = true;
      for (const response of open) if (!response.headersSent) response.setHeader('Connection', 'close');
    },
    quiet: () =>
      new Promise((resolve) => {
        waiting.add(resolve);
        look();
      }),
  };
}

function isStream(response: Response): boolean {
  return response.headersSent && String(response.getHeader('content-type')).startsWith('text/event-stream');
}
