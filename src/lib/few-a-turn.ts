import { nextTurn } from './time.ts';

/**
 * Lets so many begin in one turn of the event loop, at once; the others begin in the turns after it, in their order. For what may come all at
 * once, as when a process goes on that stood still: begun together it would hold up everything else.
 */
export function fewATurn(most: number): (begin: () => void) => void {
  const waiting: (() => void)[] = [];
  let begun = 0;
  const endTurn = () => {
    const next = waiting.splice(0, most);
    begun = next.length;
    if (begun > 0) void nextTurn().then(endTurn);
    for (const begin of next) begin();
  };
  return (begin) => {
    if (begun >= most) return void waiting.push(begin);
    if (begun === 0) void nextTurn().then(endTurn);
    begun += 1;
    begin();
  };
}
