/** The long side of a frame that is sent: more than most models look at, and few bytes. */
export const FRAME_SIDE = 1280;
const JPEG_QUALITY = 0.85;

/** Why there is no camera, in a sentence that says what to do. */
export function cameraFault(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "The browser keeps the camera from this page. Allow it in the browser's settings for this page, then try again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found on this device. Connect one, or drop an image instead.";
    case "NotReadableError":
    case "AbortError":
      return "The camera did not start: another program may be using it. Close that program, then try again.";
    default:
      return "The camera could not be started. Drop an image instead.";
  }
}

/** Browsers give cameras only to pages over https, or of the machine itself. */
export const NO_CAMERA_HERE =
  "The browser gives cameras only to pages over https. Ask an administrator to serve Segloop over https, or drop an image instead.";

export function mayHaveCamera(): boolean {
  return window.isSecureContext && "mediaDevices" in navigator;
}

/** Opens a camera, by its id or the one that looks away from a person. */
export function openCamera(deviceId: string): Promise<MediaStream> {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Names of the cameras; browsers tell them only once one is allowed. */
export async function listCameras(): Promise<{ value: string; label: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "")
    .map(({ deviceId, label }, i) => ({ value: deviceId, label: label || `Camera ${i + 1}` }));
}

/** A size no longer than `side`, in the same proportions and never larger than it is. */
export function fitInto(width: number, height: number, side: number): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The image that a video shows now, drawn into `canvas`, as JPEG; null while it shows none. */
export async function takeFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<Blob | null> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
  const { width, height } = fitInto(video.videoWidth, video.videoHeight, FRAME_SIDE);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.drawImage(video, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
}
