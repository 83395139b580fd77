import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from './pieces.tsx';

/** Part of the Shape Detection API, which TypeScript's own typings do not have. */
type Detector = { readonly detect: (source: HTMLVideoElement) => Promise<readonly { readonly rawValue: string }[]> };
type DetectorClass = {
  new (options: { readonly formats: readonly string[] }): Detector;
  readonly getSupportedFormats: () => Promise<readonly string[]>;
};

/** Often enough for a hand that holds a telephone still, and no strain on a small machine. */
const LOOK_EVERY_MS = 200;

function detectorClass(): DetectorClass | null {
  return (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector ?? null; // absent in most browsers of computers
}

/** A button that reads a QR code by this machine's camera; nothing where the browser cannot read one by itself. */
export function CameraScan({ onText }: { readonly onText: (text: string) => void }) {
  const canScan = useCanScan();
  const [looking, setLooking] = useState(false);
  if (!canScan) return null;
  const found = (text: string) => {
    setLooking(false);
    onText(text);
  };
  return (
    <>
      <button type="button" class="button" onClick={() => setLooking(true)}>
        Scan it with this camera
      </button>
      {looking && (
        <Dialog title="Show the code to the camera" onClose={() => setLooking(false)}>
          <Viewer onText={found} />
        </Dialog>
      )}
    </>
  );
}

function useCanScan(): boolean {
  const [can, setCan] = useState(false);
  useEffect(() => {
    if (!navigator.mediaDevices) return; // an unsafe origin
    detectorClass()
      ?.getSupportedFormats()
      .then(
        (formats) => setCan(formats.includes('qr_code')),
        () => {},
      );
  }, []);
  return can;
}

/** The picture never leaves this machine. */
function Viewer({ onText }: { readonly onText: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isRefused, setRefused] = useState(false);
  useEffect(() => watch(video.current, onText, () => setRefused(true)), []);
  if (isRefused) return <p class="notice warn">The camera cannot be used. Copy the export in AQUA and paste it instead.</p>;
  return (
    <>
      <video class="camera" ref={video} muted playsInline aria-label="What the camera sees" />
      <p class="mute">Hold it still, so that the whole code is in the picture. The picture stays on this machine.</p>
    </>
  );
}

/** Looks through the camera until a text is found or the returned function is called; either ends the camera. */
function watch(video: HTMLVideoElement | null, found: (text: string) => void, refused: () => void): () => void {
  const Detector = detectorClass();
  if (!video || !Detector) return () => {};
  const detector = new Detector({ formats: ['qr_code'] });
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const end = () => {
    ended = true;
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  const look = async () => {
    const codes = await detector.detect(video).catch(() => []); // no picture yet
    const text = codes[0]?.rawValue;
    if (ended) return;
    if (text) {
      end();
      found(text);
    } else timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false }).then(
    async (opened) => {
      stream = opened;
      if (ended) return end(); // closed while the person was asked
      video.srcObject = opened;
      await video.play().catch(() => {}); // browsers that refuse still give pictures to look at
      await look();
    },
    () => !ended && refused(),
  );
  return end;
}
