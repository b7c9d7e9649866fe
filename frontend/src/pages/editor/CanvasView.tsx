import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { colorOfInstance } from "@/canvas/model/style";
import { CanvasInput } from "@/canvas/input/canvas-input";
import { Renderer } from "@/canvas/render/renderer";
import type { DatasetClass, Photograph } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { lookOf, swatchOf } from "./class-look";
import { type Adjustments, filterOf } from "./adjustments";
import classes from "./editor.module.css";
import { outlinerFor } from "./outline";
import type { Point } from "@/canvas/geometry/types";
import { isMidGesture } from "@/canvas/stage/stage";
import { showPhotograph, showPicture } from "./show-photograph";
import { useKeyOf } from "./use-keys";

type Props = {
  image: Photograph;
  editor: Editor;
  /** The element that takes the pointer. */
  stage: RefObject<HTMLDivElement | null>;
  classNames: ReadonlyMap<number, DatasetClass>;
  adjustments: Adjustments;
  /** The address of a rendering that is shown in place of the image; null: the image itself. */
  preview?: string | null;
  onImageError: (error: unknown) => void;
  /** Drawings over the image. While a tool draws none of them takes a pointer. */
  children?: ReactNode;
};

/** The three canvases, and the name of what is under the pointer. */
export function CanvasView({
  image,
  editor,
  stage,
  classNames,
  adjustments,
  preview = null,
  onImageError,
  children,
}: Props) {
  const canvases = useRef<Record<"image" | "shapes" | "overlay", HTMLCanvasElement | null>>({
    image: null,
    shapes: null,
    overlay: null,
  });
  const leaveKey = useKeyOf("view.leave-canvas");
  const label = useRef<HTMLDivElement>(null);
  const renderers = useRef<Renderer | null>(null);
  const [loaded, setLoaded] = useState<Editor | null>(null);

  useEffect(() => {
    const element = stage.current;
    const { image: imageCanvas, shapes, overlay } = canvases.current;
    if (!element || !imageCanvas || !shapes || !overlay) return;
    const renderer = new Renderer(editor, { image: imageCanvas, shapes, overlay });
    renderers.current = renderer;
    const input = new CanvasInput(element, editor);
    editor.outliner = outlinerFor(image.id);
    let known = "";
    let origin: Point | null = null;
    const resize = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      const { devicePixelRatio: ratio } = window;
      // The observer tells the size that is known already, too: to paint everything again for that is a waste.
      if (known === `${width} ${height} ${ratio}`) return;
      known = `${width} ${height} ${ratio}`;
      const { left, top } = element.getBoundingClientRect();
      // The live wire always waits for the end of a click.
      const isPressed = editor.state.tool !== "wire" && isMidGesture(editor.tool);
      const isDrawing = editor.draft.points.length > 0 || isPressed;
      // What appears beside the canvas must not move the image under a hand that draws.
      const moved = isDrawing && origin ? { x: left - origin.x, y: top - origin.y } : null;
      origin = { x: left, y: top };
      renderer.resize({ width, height }, ratio, moved);
    };
    resize();
    const observer = new ResizeObserver(resize);
    observer.observe(element);
    window.addEventListener("resize", resize);
    const schemeObserver = new MutationObserver(() => renderer.recolor());
    schemeObserver.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
    const shown = new AbortController();
    showPhotograph(renderer, editor, image, shown.signal).then(
      () => {
        if (!shown.signal.aborted) setLoaded(editor);
      },
      (error: unknown) => {
        if (!shown.signal.aborted) onImageError(error);
      },
    );
    return () => {
      shown.abort();
      renderers.current = null;
      observer.disconnect();
      schemeObserver.disconnect();
      window.removeEventListener("resize", resize);
      input.destroy();
      renderer.destroy();
    };
  }, [editor, image, stage, onImageError]);

  const wasPreview = useRef(false);
  useEffect(() => {
    const renderer = renderers.current;
    if (!renderer || (preview === null && !wasPreview.current)) return;
    wasPreview.current = preview !== null;
    const shown = new AbortController();
    const { width, height } = image;
    // A preview is one small image, also where the image itself is shown by tiles.
    if (preview !== null) renderer.setTiles(null);
    const showing =
      preview === null
        ? showPhotograph(renderer, editor, image, shown.signal)
        : showPicture(renderer, { url: preview, width, height }, shown.signal);
    showing.catch((error: unknown) => {
      if (!shown.signal.aborted) onImageError(error);
    });
    return () => shown.abort();
  }, [editor, image, preview, onImageError]);

  useEffect(() => {
    const show = (event: PointerEvent): void => {
      const element = label.current;
      const { instance: hovered } = editor.pointing.hover;
      if (!element) return;
      element.style.display = hovered ? "flex" : "none";
      if (!hovered) return;
      const { left, top } = stage.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
      element.style.transform = `translate(${event.clientX - left + 14}px, ${event.clientY - top + 14}px)`;
      const [swatch, text] = element.children;
      if (swatch instanceof HTMLElement)
        swatch.style.background =
          swatchOf(hovered.class_id, colorOfInstance(editor.look.style, hovered)) ?? "";
      if (text) text.textContent = lookOf(classNames, hovered.class_id)?.name ?? "Unknown class";
    };
    const hide = (): void => {
      if (label.current && !editor.pointing.hover.instance) label.current.style.display = "none";
    };
    const element = stage.current;
    // The name of what lay there on the image before.
    hide();
    element?.addEventListener("pointermove", show);
    element?.addEventListener("pointerleave", hide);
    const stop = editor.on("change", hide);
    return () => {
      element?.removeEventListener("pointermove", show);
      element?.removeEventListener("pointerleave", hide);
      stop();
    };
  }, [editor, stage, classNames]);

  return (
    <main className={classes.canvas} aria-busy={loaded !== editor}>
      {/* The canvas is worked with pointer and keys; what it shows is listed in the panel of objects. */}
      <div
        ref={stage}
        id="canvas"
        className={classes.stage}
        role="application"
        aria-label={`Drawing on ${image.file_name}. ${leaveKey && `Tab walks through the objects, ${leaveKey} leaves the canvas. `}Press question mark for the keys.`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        {(["image", "shapes", "overlay"] as const).map((name) => (
          <canvas
            key={name}
            style={name === "image" ? { filter: filterOf(adjustments) } : undefined}
            ref={(element) => {
              canvases.current[name] = element;
            }}
          />
        ))}
        <div ref={label} className={classes.label} aria-hidden>
          <span className={classes.swatch} />
          <span />
        </div>
      </div>
      {children}
    </main>
  );
}
