import type { Browser, Page } from 'playwright-core';
import type { CheckoutServer } from '../support/checkout-server.ts';
import type { PageScene } from '../support/page-scenes.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFaults, browserMissing, horizontalOverflow, openBrowser, takeShot, visit } from '../support/browser.ts';
import { startCheckoutServer } from '../support/checkout-server.ts';
import { SCENES, setScene } from '../support/page-scenes.ts';

/** `STATES=all npm run test:browser` looks at every state, theme and width; the suite at a few states, each in one theme and width. */
const IS_WHOLE = process.env['STATES'] === 'all';
const WIDTHS = [320, 390, 768, 1280];
const THEMES = ['light', 'dark'] as const;
const EVERY_LOOK = WIDTHS.flatMap((width) => THEMES.map((theme) => ({ width, theme })));

const chosen = IS_WHOLE ? SCENES : SCENES.filter(({ always }) => always);
const plays = chosen.map((scene, at) => {
  const look = EVERY_LOOK[at % EVERY_LOOK.length];
  return { name: scene.name, scene, looks: IS_WHOLE || !look ? EVERY_LOOK : [look] };
});

/** Without scripts the page loads itself again every 15 seconds: it is looked at without that. */
async function withoutRefresh(page: Page): Promise<void> {
  await page.route('**/pay/*', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace('<meta http-equiv="refresh" content="15">', '');
    await route.fulfill({ response, body });
  });
}

describe.skipIf(browserMissing() !== null)('every state of the pages', () => {
  let browser: Browser;
  let server: CheckoutServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startCheckoutServer()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  const open = async (scene: PageScene) => {
    const url = setScene(server, scene);
    const { javaScript = true } = scene;
    const visited = await visit(browser, url, {
      javaScript,
      before: async (page) => {
        if (!javaScript) await withoutRefresh(page);
        if (scene.ownClock) await page.clock.install();
        await scene.before?.(page);
      },
    });
    await scene.act?.(visited.page, server);
    return visited;
  };

  test.each(plays)(
    '$name: no accessibility fault, fits every width, obeys its policy, nothing left to fill in',
    async ({ scene, looks }) => {
      const { page, violations, errors, close } = await open(scene);
      if (scene.says !== undefined) await page.getByText(scene.says).locator('visible=true').first().waitFor();
      expect(await page.locator('body').innerText()).not.toMatch(/\{\w+\}|undefined|NaN|\[object/);
      for (const { width, theme } of looks) {
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height: width < 500 ? 844 : 800 });
        await takeShot(page, `${scene.name}-${width}-${theme}`);
        expect(await horizontalOverflow(page), `${width} ${theme}`).toBe(0);
        expect(await axeFaults(page, scene), `${width} ${theme}`).toEqual([]);
      }
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        expect(await horizontalOverflow(page), String(width)).toBe(0);
      }
      expect([...violations, ...errors]).toEqual([]);
      await close();
    },
  );
});
