import type { TadaDocumentNode } from 'gql.tada';
import type { Answer, No } from './ask.ts';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, serverNow } from './ask.ts';
import { onHints } from './live.ts';

/** Hints come in bursts (one payment says three things at once): one look is enough for those of this long. */
const GATHER_MS = 80;

export type Read<T> = { readonly data: T | null; readonly no: No | null; readonly reload: () => void };

/** Reads once, and again at `reload`. While it fails, what was read before stays. */
export function useRead<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Read<Data> {
  const [state, setState] = useState<{ readonly data: Data | null; readonly no: No | null }>({ data: null, no: null });
  const key = JSON.stringify(variables);
  const latest = useRef(0);
  const reload = useCallback(() => {
    const turn = ++latest.current;
    void ask(document, variables).then((answer) => {
      if (turn !== latest.current) return; // a later question was asked: its answer counts
      setState((before) => (answer.ok ? { data: answer.value, no: null } : { ...before, no: answer.no }));
    });
  }, [document, key]);
  useEffect(() => {
    reload();
    return () => {
      latest.current += 1;
    };
  }, [reload]);
  return { ...state, reload };
}

/** Reads `document`, and again whenever `subscription` hints at a change. */
export function useLive<Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  hints: {
    readonly subscription: TadaDocumentNode<unknown, never>;
    readonly variables?: Record<string, unknown>;
    readonly gatherMs?: number;
  },
): Read<Data> {
  const read = useRead(document, variables);
  const { reload } = read;
  const key = JSON.stringify(hints.variables);
  const { gatherMs = GATHER_MS } = hints;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, gatherMs);
    };
    const end = onHints(hints.subscription, hints.variables ?? {}, look);
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [reload, hints.subscription, key, gatherMs]);
  return read;
}

export type Action = {
  readonly busy: boolean;
  readonly no: No | null;
  /** Null after a no. */
  readonly run: <T>(work: () => Promise<Answer<T>>) => Promise<T | null>;
};

/** Something that a button does: once at a time, with its no beside it. */
export function useAction(): Action {
  const [state, setState] = useState<{ readonly busy: boolean; readonly no: No | null }>({ busy: false, no: null });
  const running = useRef(false);
  const run = useCallback(async <T>(work: () => Promise<Answer<T>>): Promise<T | null> => {
    if (running.current) return null;
    running.current = true;
    setState({ busy: true, no: null });
    const answer = await work();
    running.current = false;
    setState({ busy: false, no: answer.ok ? null : answer.no });
    return answer.ok ? answer.value : null;
  }, []);
  return { ...state, run };
}

/** The server's time, ticking, while somebody looks at something that runs out. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
