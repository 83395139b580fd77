type Task = (args: never) => Promise<unknown> | unknown;

/** Answers the tasks that `child.ts` asks for, and ends with the process that asks. */
export function answerTasks(tasks: { readonly [name: string]: Task }): void {
  process.on('message', async ({ id, task, args }: { id: number; task: string; args: never }) => {
    try {
      process.send?.({ id, value: (await tasks[task]?.(args)) ?? null });
    } catch (fault) {
      process.send?.({ id, fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) });
    }
  });
  process.send?.({ id: 0, value: 'ready' });
}

/** For a program that is nothing but its tasks: it ends when it is told to, or when nobody asks any more. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => process.exit());
}
