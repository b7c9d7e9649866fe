/** One object of a frame: index of its class, confidence, track (null: not tracked), polygon as flat x, y in pixels. */
export type FrameInstance = readonly [
  classIndex: number,
  confidence: number,
  track: number | null,
  points: readonly number[],
];

/** `position` counts the frames that were predicted, `frame` all frames of the video; both from 0. */
export type Frame = {
  readonly position: number;
  readonly frame: number;
  readonly time_ms: number;
  /** Polygons are in these pixels: of some videos the size changes. */
  readonly width: number;
  readonly height: number;
  readonly instances: readonly FrameInstance[];
};
