/** How the objects of a predicted image are drawn. */
import type { PredictedInstance } from "@/api/types";
import { formatThreshold } from "@/lib/figures";
import { type Cut, keeps } from "./cut";

export const COLOURINGS = ["class", "object"] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** Okabe and Ito's, which stay apart for any colour vision. */
const OBJECT_COLORS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

export const colorOf = (instance: PredictedInstance, place: number, colouring: Colouring): string =>
  colouring === "class"
    ? instance.color
    : (OBJECT_COLORS[(instance.track ?? place) % OBJECT_COLORS.length] as string);

export type Drawn = {
  points: readonly number[];
  color: string;
  caption?: string;
  instance: PredictedInstance;
};

/** The objects that reach the cut. `place` is that among all objects of the image: the slider changes no colour. */
export function drawnOf(
  instances: readonly PredictedInstance[],
  cut: Cut,
  colouring: Colouring,
  captions: boolean,
): Drawn[] {
  return instances.flatMap((instance, place) =>
    keeps(cut, instance)
      ? [
          {
            points: instance.polygon,
            color: colorOf(instance, place, colouring),
            instance,
            ...(captions
              ? { caption: `${instance.class_name} ${formatThreshold(instance.confidence)}` }
              : {}),
          },
        ]
      : [],
  );
}

/** The same without a cut by class: of the samples of a run. */
export const masksAbove = (
  instances: readonly { polygon: number[]; color: string; confidence: number; class_name: string }[],
  confidence: number,
  captions: boolean,
) =>
  instances
    .filter((instance) => instance.confidence >= confidence)
    .map((instance) => ({
      points: instance.polygon,
      color: instance.color,
      ...(captions ? { caption: `${instance.class_name} ${formatThreshold(instance.confidence)}` } : {}),
    }));
