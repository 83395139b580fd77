import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect } from 'vitest';
import { qrText, qrTextFromScreenshot } from './browser.ts';
import { searchBecomes, widthFaults } from './dashboard.ts';

/** Filters the list, whose one payment came from a link and was paid over Lightning. */
export async function filterPayments(page: Page, site: string): Promise<void> {
  const row = page.locator('tr[data-id]');
  await page.goto(`${site}/app`);
  await page.getByLabel('Paid with').selectOption('L-BTC');
  await page.getByText('No payments match.').waitFor();
  await searchBecomes(page, '?method=liquid');
  await page.getByLabel('Paid with').selectOption('Lightning');
  await row.waitFor();
  await page.getByLabel('From').selectOption('Link');
  await row.waitFor();
  await searchBecomes(page, '?method=lightning&source=link');
  expect(await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href')).toContain('method=lightning&source=link');
  expect(await widthFaults(page, 'filtered')).toEqual([]);
  await page.getByLabel('From').selectOption('API');
  await page.getByText('No payments match.').waitFor();
  await page.reload();
  await page.getByText('No payments match.').waitFor();
  expect(await page.getByLabel('From').inputValue()).toBe('secret');
  await page.goto(`${site}/app?source=nonsense&method=cash`);
  await row.waitFor();
  await page.goto(`${site}/app`);
  await row.waitFor();
}

/** Saves the code of the link `Coffee beans` as both files, and reads them. */
export async function saveCode(page: Page): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await page.getByRole('link', { name: 'Payment Links' }).click();
  await button('Share Coffee beans').click();
  const url = (await page.locator('dialog .code').first().textContent()) ?? '';
  expect(await widthFaults(page, 'share')).toEqual([]);
  const saved = async (name: string) => {
    const [file] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
    return { name: file.suggestedFilename(), bytes: Buffer.concat(await (await file.createReadStream()).toArray()) };
  };
  const png = await saved('Download PNG');
  const picture = PNG.sync.read(png.bytes);
  expect([png.name, picture.width === picture.height, picture.width >= 1_200]).toEqual(['Coffee-beans-qr.png', true, true]);
  expect(new Set(picture.data)).toEqual(new Set([0, 255])); // black, white, and no grey between
  expect(qrText(picture)).toBe(url);
  const svg = await saved('Download SVG');
  expect(svg.name).toBe('Coffee-beans-qr.svg');
  const sheet = await page.context().newPage();
  await sheet.setContent(svg.bytes.toString());
  expect(await qrTextFromScreenshot(sheet, sheet.locator('svg'))).toBe(url);
  await sheet.close();
  await button('Close').click();
  await page.getByRole('link', { name: 'Payments', exact: true }).click();
}
