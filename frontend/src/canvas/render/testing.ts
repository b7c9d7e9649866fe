/** For tests: a canvas that draws nothing and keeps what it was asked to draw, in order. */
export function recordingCanvas(): { canvas: HTMLCanvasElement; calls: string[] } {
  const canvas = document.createElement("canvas");
  const calls: string[] = [];
  const state: Record<string, unknown> = { canvas };
  const context = new Proxy(state, {
    get: (known, name) =>
      typeof name !== "string" || name in known
        ? known[name as string]
        : (...values: unknown[]) => {
            calls.push(name);
            if (name === "createImageData")
              return { data: new Uint8ClampedArray(4 * (values[0] as number) * (values[1] as number)) };
            return name === "measureText" ? { width: 8 * String(values[0]).length } : undefined;
          },
    set: (known, name, value) => {
      known[name as string] = value;
      return true;
    },
  });
  canvas.getContext = (() => context) as unknown as HTMLCanvasElement["getContext"];
  return { canvas, calls };
}
