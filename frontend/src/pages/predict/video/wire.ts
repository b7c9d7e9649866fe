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
  readonly instances: readonly FrameInstance[];
};

/** What is known of the file. `frame_count`: frames that could be read; before the end of the job, those expected. */
export type VideoFacts = {
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  readonly frame_count: number;
  readonly duration_ms: number;
  readonly is_variable: boolean;
  readonly codec: string;
  readonly has_audio: boolean;
  readonly problems: readonly string[];
  readonly file: string;
};
