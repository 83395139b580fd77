/** The browser's entry: takes over the page that the server made. */
import { hydrate } from 'preact';
import { App } from './app.tsx';
import type { CheckoutPageData } from './contract.ts';
import { startServerClock } from './server-clock.ts';

const page = document.getElementById('page');
const source = document.getElementById('view');
if (page && source) {
  const { view, words } = JSON.parse(source.textContent ?? '') as CheckoutPageData; // our own server wrote it into this very page
  const clock = startServerClock(view.serverTimeMs, responseStartMs(), () => performance.now());
  // In a task of its own: together with the reading of this script it would keep a finger waiting on a slow telephone.
  setTimeout(() => hydrate(<App view={view} words={words} codes={null} clock={clock} />, page));
}

/** When the first byte of the page arrived: close to when the server read its clock, however long the scripts took since. */
function responseStartMs(): number {
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming && entry.responseStart > 0 ? entry.responseStart : performance.now();
}
