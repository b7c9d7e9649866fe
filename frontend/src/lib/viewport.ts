/** Where a pane looks at a picture: the picture's point (0..1) in the middle of the pane, and how many
 *  times larger than fitting it is shown. Two panes that share a view show the same place. */
export type View = { x: number; y: number; zoom: number };
export type Size = { width: number; height: number };

export const WHOLE: View = { x: 0.5, y: 0.5, zoom: 1 };
const MOST = 40;

/** Pixels of the pane that one pixel of the picture covers when it fits. */
function fitScale(pane: Size, picture: Size): number {
  if (picture.width <= 0 || picture.height <= 0) return 1;
  return Math.min(pane.width / picture.width, pane.height / picture.height);
}

/** The picture's box in the pane. */
export function place(view: View, pane: Size, picture: Size) {
  const scale = fitScale(pane, picture) * view.zoom;
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { left: pane.width / 2 - view.x * width, top: pane.height / 2 - view.y * height, width, height };
}

/** Keeps the middle of the pane on the picture, and the whole picture in the middle when it fits. */
export function settle(view: View): View {
  const zoom = Math.min(MOST, Math.max(1, view.zoom));
  if (zoom === 1) return WHOLE;
  return { zoom, x: Math.min(1, Math.max(0, view.x)), y: Math.min(1, Math.max(0, view.y)) };
}

/** Zooms so that what lies under the pointer (from the pane's top left) stays under it. */
export function zoomAt(
  view: View,
  factor: number,
  pointer: { x: number; y: number },
  pane: Size,
  picture: Size,
): View {
  const zoom = Math.min(MOST, Math.max(1, view.zoom * factor));
  const before = place(view, pane, picture);
  const u = (pointer.x - before.left) / before.width;
  const v = (pointer.y - before.top) / before.height;
  const scale = fitScale(pane, picture) * zoom;
  return settle({
    zoom,
    x: u - (pointer.x - pane.width / 2) / (picture.width * scale),
    y: v - (pointer.y - pane.height / 2) / (picture.height * scale),
  });
}

export function panBy(view: View, dx: number, dy: number, pane: Size, picture: Size): View {
  const { width, height } = place(view, pane, picture);
  return settle({ ...view, x: view.x - dx / width, y: view.y - dy / height });
}

/** A view with a box (x0, y0, x1, y1) of the picture in the middle, and some of what is around it. */
export function viewOf([x0, y0, x1, y1]: readonly number[], picture: Size): View {
  const [left = 0, top = 0, right = picture.width, bottom = picture.height] = [x0, y0, x1, y1];
  const share = Math.max((right - left) / picture.width, (bottom - top) / picture.height, 0.02);
  return settle({
    x: (left + right) / 2 / picture.width,
    y: (top + bottom) / 2 / picture.height,
    zoom: Math.min(12, 0.45 / share),
  });
}
