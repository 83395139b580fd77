import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { FrameOf } from './broadcast.ts';
import type { Existing } from './current-state.ts';
import type { Wire } from './socket-reader.ts';
import { createSourceEventStream, execute } from 'graphql';
import { Broadcast } from './broadcast.ts';
import { SocketReader } from './socket-reader.ts';

/** What a socket subscribes with. */
export type Joining = { readonly args: ExecutionArgs; readonly wire: Wire; readonly id: string };

export type Broadcasts = {
  /**
   * A subscription of a field whose answer is the same for everybody (`isShared`), asked by somebody who is nobody in particular. The field is
   * subscribed to for each reader: limits and refusals are its own. What comes of it is told by the broadcast of this operation.
   */
  readonly join: (joining: Joining) => Promise<SocketReader | ExecutionResult>;
};

/** Broadcasts of the sockets of this process: one for each operation with its variables, for as long as it has readers. */
export function makeBroadcasts(mask: (error: unknown) => GraphQLError): Broadcasts {
  const running = new WeakMap<DocumentNode, Map<string, Broadcast<object>>>();
  const broadcastOf = (args: ExecutionArgs, states: Existing<object>) => {
    const byVariables = running.get(args.document) ?? new Map<string, Broadcast<object>>();
    running.set(args.document, byVariables);
    const key = JSON.stringify([args.operationName ?? null, args.variableValues ?? null]);
    const known = byVariables.get(key);
    if (known) return known;
    const made: Broadcast<object> = new Broadcast({
      source: states.source,
      framesOf: (state) => framesOf({ ...args, rootValue: state }, mask),
      onEmpty: () => byVariables.get(key) === made && byVariables.delete(key),
    });
    byVariables.set(key, made);
    return made;
  };
  return {
    async join({ args, wire, id }) {
      const states = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in states)) return { ...states, errors: states.errors?.map(mask) ?? [] };
      const existing = states as Existing<object>; // what the fields of the table SHARED answer
      const beginning = { ...existing, leave: () => void existing.return?.() };
      return new SocketReader({ wire, id, beginning, broadcastOf: () => broadcastOf(args, existing), mask });
    },
  };
}

/** A state executed and written down once; each reader's frame differs by its id alone, and most have the same. */
async function framesOf(args: ExecutionArgs, mask: (error: unknown) => GraphQLError): Promise<FrameOf> {
  const { errors, ...result } = await execute(args);
  const payload = JSON.stringify(errors ? { ...result, errors: errors.map(mask) } : result);
  let last: { readonly id: string; readonly frame: Buffer } | undefined;
  return (id) => {
    if (last?.id !== id) last = { id, frame: Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`) };
    return last.frame;
  };
}
