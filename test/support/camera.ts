import type { Page } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode } from 'uqr';

const READER = readFileSync(createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js'), 'utf8');
type Reader = (pixels: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null;

/**
 * A browser that reads codes by itself, as those of telephones do, and a camera before which somebody holds `text` as a QR code:
 * it is drawn, filmed, and read from the pixels of the film. Asked for before the page is opened.
 */
export async function giveCamera(page: Page, text: string): Promise<void> {
  const { data, size } = encode(text, { border: 4 });
  await page.addInitScript(READER);
  await page.addInitScript(
    ({ modules, width }) => {
      const MODULE_PIXELS = 6;
      const side = width * MODULE_PIXELS;
      const canvasOf = () => Object.assign(document.createElement('canvas'), { width: side, height: side }).getContext('2d');
      navigator.mediaDevices.getUserMedia = async () => {
        const scene = canvasOf();
        if (!scene) throw new Error('no canvas');
        const draw = () => {
          scene.fillStyle = '#fff';
          scene.fillRect(0, 0, side, side);
          scene.fillStyle = '#000';
          for (const [y, row] of modules.entries())
            for (const [x, dark] of row.entries())
              if (dark) scene.fillRect(x * MODULE_PIXELS, y * MODULE_PIXELS, MODULE_PIXELS, MODULE_PIXELS);
        };
        setInterval(draw, 100); // a film has pictures only while something is drawn
        draw();
        const film = scene.canvas.captureStream(10);
        Object.assign(globalThis, { film });
        return film;
      };
      class BarcodeDetector {
        static async getSupportedFormats() {
          return ['qr_code'];
        }
        async detect(video: HTMLVideoElement) {
          const eye = canvasOf();
          if (!eye || video.videoWidth === 0) return [];
          eye.drawImage(video, 0, 0, side, side);
          const read = (globalThis as unknown as { jsQR: Reader }).jsQR; // put there by the script above
          const found = read(eye.getImageData(0, 0, side, side).data, side, side);
          return found ? [{ rawValue: found.data }] : [];
        }
      }
      Object.assign(globalThis, { BarcodeDetector });
    },
    { modules: data, width: size },
  );
}

/** Whether the film of `giveCamera` has ended. */
export function isCameraOff(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    (globalThis as unknown as { film: MediaStream }).film.getTracks().every(({ readyState }) => readyState === 'ended'),
  );
}
