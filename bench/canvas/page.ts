/**
 * Runs inside Chromium. `measure({ contender, polygons })` drives one contender with synthetic wheel and pointer
 * events, one per animation frame, and answers the time from frame to frame while it does.
 */
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { CanvasInput } from "@/canvas/input/canvas-input";
import { Renderer } from "@/canvas/render/renderer";
import type { Instance } from "@/canvas/model/document";

const IMAGE = { width: 1920, height: 1280 };
const VIEW = { width: 1440, height: 900 };
const POINTS = 50;
const FRAMES = 90;
const COLORS = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#cc79a7",
];

/** `labelled` is `segloop` with names on the canvas and a colour for each object. */
type Contender = "floor" | "naive" | "segloop" | "labelled";
type Figures = Record<
  string,
  { p50: number; p95: number; max: number; busy95: number }
>;

/** The same pictures in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeInstances(count: number): Instance[] {
  const random = randomNumbers(7);
  const radius = Math.max(
    3,
    Math.sqrt((IMAGE.width * IMAGE.height) / count / Math.PI) * 0.9,
  );
  return Array.from({ length: count }, (_, id) => {
    const x = radius + random() * (IMAGE.width - 2 * radius);
    const y = radius + random() * (IMAGE.height - 2 * radius);
    const ring: number[] = [];
    for (let i = 0; i < POINTS; i++) {
      const angle = (i / POINTS) * 2 * Math.PI;
      const r = radius * (0.7 + 0.3 * random());
      ring.push(x + r * Math.cos(angle), y + r * Math.sin(angle));
    }
    return {
      id: `object-${id}`,
      class_id: id % COLORS.length,
      polygons: [[ring]],
    };
  });
}

async function makePhotograph(): Promise<ImageBitmap> {
  const canvas = new OffscreenCanvas(IMAGE.width, IMAGE.height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("No canvas.");
  const random = randomNumbers(3);
  for (let i = 0; i < 3000; i++) {
    context.fillStyle = `hsl(${random() * 360} 40% ${20 + random() * 60}%)`;
    context.fillRect(
      random() * IMAGE.width,
      random() * IMAGE.height,
      20 + random() * 80,
      20 + random() * 80,
    );
  }
  return createImageBitmap(canvas);
}

function addCanvas(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = VIEW.width;
  canvas.height = VIEW.height;
  stage().append(canvas);
  return canvas;
}

function stage(): HTMLElement {
  return document.getElementById("stage") as HTMLElement;
}

const nextFrame = (): Promise<number> =>
  new Promise((resolve) => requestAnimationFrame(resolve));

function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
  );
}

/** What a contender can be asked to do in one frame. */
type Driver = {
  wheel: (step: number) => void;
  pan: (step: number) => void;
  hover: (step: number) => void;
  drag: (step: number) => void;
  before?: (what: string) => void;
  after?: (what: string) => void;
  destroy: () => void;
};

/**
 * From frame to frame, and how long the main thread was held: a task posted at the frame runs when painting is over.
 */
async function timeFrames(
  act: (step: number) => void,
): Promise<{ gaps: number[]; busy: number[] }> {
  const gaps: number[] = [];
  const busy: number[] = [];
  const channel = new MessageChannel();
  let begun = 0;
  channel.port1.onmessage = () => busy.push(performance.now() - begun);
  let last = await nextFrame();
  for (let step = 0; step < FRAMES; step++) {
    act(step);
    const now = await nextFrame();
    begun = now;
    channel.port2.postMessage(null);
    gaps.push(now - last);
    last = now;
  }
  return { gaps, busy };
}

/** One bitmap moved about: what any canvas has to pay. */
function floorDriver(photograph: ImageBitmap): Driver {
  const context = addCanvas().getContext("2d") as CanvasRenderingContext2D;
  let scale = 0.7;
  let x = 0;
  const draw = (): void => {
    context.clearRect(0, 0, VIEW.width, VIEW.height);
    context.drawImage(
      photograph,
      x,
      0,
      IMAGE.width * scale,
      IMAGE.height * scale,
    );
  };
  return {
    wheel: (step) => {
      scale *= step % 60 < 30 ? 1.05 : 1 / 1.05;
      draw();
    },
    pan: (step) => {
      x += step % 60 < 30 ? 12 : -12;
      draw();
    },
    hover: draw,
    drag: draw,
    destroy: () => undefined,
  };
}

/** One Path2D each, everything drawn again at every change. */
function naiveDriver(photograph: ImageBitmap, instances: Instance[]): Driver {
  const context = addCanvas().getContext("2d") as CanvasRenderingContext2D;
  const paths = instances.map(({ polygons, class_id }) => {
    const path = new Path2D();
    for (const ring of polygons.flat()) {
      for (let i = 0; i < ring.length; i += 2)
        path.lineTo(ring[i] as number, ring[i + 1] as number);
      path.closePath();
    }
    return { path, color: COLORS[class_id] as string };
  });
  let scale = 0.7;
  let x = 0;
  const draw = (): void => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, VIEW.width, VIEW.height);
    context.setTransform(scale, 0, 0, scale, x, 0);
    context.drawImage(photograph, 0, 0);
    context.lineWidth = 1.5 / scale;
    for (const { path, color } of paths) {
      context.fillStyle = `${color}59`;
      context.strokeStyle = color;
      context.fill(path);
      context.stroke(path);
    }
  };
  return {
    wheel: (step) => {
      scale *= step % 60 < 30 ? 1.05 : 1 / 1.05;
      draw();
    },
    pan: (step) => {
      x += step % 60 < 30 ? 12 : -12;
      draw();
    },
    hover: draw,
    drag: draw,
    destroy: () => undefined,
  };
}

function segloopDriver(
  photograph: ImageBitmap,
  instances: Instance[],
  isLabelled: boolean,
): Driver & { editor: Editor } {
  const element = document.createElement("div");
  element.style.cssText = "position:absolute;inset:0";
  stage().append(element);
  element.setPointerCapture = () => undefined;
  const editor = makeEditor(IMAGE, { instances });
  editor.look.setClasses(
    new Map(COLORS.map((color, id) => [id, { color, name: `class ${id}` }])),
  );
  if (isLabelled) {
    editor.look.set({ labels: true });
    editor.look.set({ colorBy: "object" });
  }
  editor.outlines.chooseClass(0);
  const canvases = {
    image: addCanvas(),
    shapes: addCanvas(),
    overlay: addCanvas(),
  };
  element.append(canvases.image, canvases.shapes, canvases.overlay);
  const renderer = new Renderer(editor, canvases);
  const input = new CanvasInput(element, editor);
  renderer.resize(VIEW, 1);
  renderer.setImage(photograph);
  const pointer = (type: string, x: number, y: number, button = 0): void => {
    element.dispatchEvent(
      new PointerEvent(type, {
        clientX: x,
        clientY: y,
        button,
        pointerId: 1,
        pointerType: "mouse",
        bubbles: true,
      }),
    );
  };
  const around = (step: number): [number, number] => [
    720 + 300 * Math.cos(step / 9),
    450 + 200 * Math.sin(step / 7),
  ];
  const vertex = { x: 0, y: 0 };
  return {
    editor,
    wheel: (step) => {
      element.dispatchEvent(
        new WheelEvent("wheel", {
          deltaY: step % 60 < 30 ? -120 : 120,
          clientX: 700,
          clientY: 400,
          cancelable: true,
        }),
      );
    },
    pan: (step) =>
      pointer(
        "pointermove",
        720 + 12 * (step % 60 < 30 ? step % 60 : 60 - (step % 60)),
        450,
        1,
      ),
    hover: (step) => pointer("pointermove", ...around(step)),
    drag: (step) =>
      pointer(
        "pointermove",
        vertex.x + 40 * Math.sin(step / 5),
        vertex.y + 40 * Math.cos(step / 5),
      ),
    before: (what) => {
      if (what === "pan") pointer("pointerdown", 720, 450, 1);
      if (what === "hover") editor.setTool("select");
      if (what !== "drag") return;
      const instance = instances[Math.floor(instances.length / 2)] as Instance;
      editor.setTool("select");
      editor.selection.select([instance.id]);
      const ring = instance.polygons[0]?.[0] ?? [];
      vertex.x = (ring[0] as number) * editor.viewport.camera.scale + editor.viewport.camera.x;
      vertex.y = (ring[1] as number) * editor.viewport.camera.scale + editor.viewport.camera.y;
      pointer("pointerdown", vertex.x, vertex.y);
    },
    after: (what) => {
      if (what === "pan") pointer("pointerup", 720, 450, 1);
      if (what === "drag") pointer("pointerup", vertex.x + 20, vertex.y + 20);
    },
    destroy: () => {
      input.destroy();
      renderer.destroy();
    },
  };
}

/** Frames until two in a row did nothing: the picture is complete. */
async function untilQuiet(): Promise<void> {
  let quiet = 0;
  while (quiet < 8) {
    const before = performance.now();
    await nextFrame();
    const frame = performance.now();
    await new Promise((resolve) => setTimeout(resolve));
    quiet =
      performance.now() - frame < 3 && frame - before < 20 ? quiet + 1 : 0;
  }
}

async function measure({
  contender,
  polygons,
}: {
  contender: Contender;
  polygons: number;
}) {
  stage().replaceChildren();
  const photograph = await makePhotograph();
  const instances = makeInstances(polygons);
  await nextFrame();
  const begun = performance.now();
  const driver =
    contender === "floor"
      ? floorDriver(photograph)
      : contender === "naive"
        ? naiveDriver(photograph, instances)
        : segloopDriver(photograph, instances, contender === "labelled");
  await nextFrame();
  await nextFrame();
  const firstFrameMs = performance.now() - begun;
  await untilQuiet();
  const figures: Figures = {};
  for (const what of ["wheel", "pan", "hover", "drag"] as const) {
    driver.before?.(what);
    await nextFrame();
    const { gaps, busy } = await timeFrames(driver[what]);
    driver.after?.(what);
    figures[what] = {
      p50: quantile(gaps, 0.5),
      p95: quantile(gaps, 0.95),
      max: Math.max(...gaps),
      busy95: quantile(busy, 0.95),
    };
    await untilQuiet();
  }
  let undoMs: number | null = null;
  if ("editor" in driver) {
    const { editor } = driver;
    const start = performance.now();
    editor.undo();
    await nextFrame();
    // The frame's own drawing is over when the next task runs.
    await new Promise((resolve) => setTimeout(resolve));
    undoMs = performance.now() - start;
  }
  driver.destroy();
  return { contender, polygons, firstFrameMs, undoMs, figures };
}

Object.assign(window, { measure });
