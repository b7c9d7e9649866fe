import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { plural } from "@/lib/format";
import { toast } from "@/lib/toast";
import { type Part, sizeOf, sourceOf } from "@/uploads/dropped";
import { startPrediction } from "@/uploads/predicting";
import type { PredictionFields } from "@/uploads/queue";
import { uploads, uploadToPredict, useUploads } from "@/uploads/uploads";
import type { Faults, Field } from "./request";

/** Names of the request's fields, by the places where the form says what is wrong with them. */
const PLACES: Record<string, Field> = {
  files: "files",
  upload: "files",
  url: "url",
  server_folder: "folder",
  dataset: "dataset",
  filter: "dataset",
  images: "dataset",
  version: "version",
  split: "version",
  stream: "stream",
  model: "model",
  options: "options",
};

/** What the server refused, beside the fields that it names; the rest is said at the button. */
export function faultsOfProblem(error: unknown): { faults: Faults; rest: string } {
  const problem = asProblem(error);
  const faults: Faults = {};
  let isPlaced = false;
  for (const [name, [sentence]] of Object.entries(problem.fields)) {
    const place = PLACES[name.split(".")[0] ?? ""];
    if (!place || sentence === undefined) continue;
    faults[place] = sentence;
    isPlaced = true;
  }
  return { faults, rest: isPlaced ? "" : problem.message };
}

type Sending = { sent: number; total: number };

/** Starts predictions: small images go with the request, all else by parts that go on after a break. */
export function useStart(onStarted: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [sending, setSending] = useState<Sending | null>(null);
  const [refused, setRefused] = useState<{ faults: Faults; rest: string }>({ faults: {}, rest: "" });
  const [queued, setQueued] = useState<readonly number[]>([]);
  const abort = useRef<AbortController>(null);
  const items = useUploads().items.filter(({ id }) => queued.includes(id));
  const [only] = items;

  // One upload alone leads to its prediction, as a request does; of several the history shows each.
  if (queued.length === 1 && only?.state === "done" && only.predictionId !== null) {
    setQueued([]);
    void navigate(`/predict/${only.predictionId}`);
  }

  const start = async (fields: PredictionFields, parts: readonly Part[], isOfFiles: boolean) => {
    setRefused({ faults: {}, rest: "" });
    const sources = parts.flatMap(sourceOf);
    const direct = parts.find((part) => part.kind === "images");
    try {
      if (!isOfFiles || direct) {
        const controller = new AbortController();
        abort.current = controller;
        const total = direct ? sizeOf(direct) : 0;
        setSending({ sent: 0, total });
        const { id } = await startPrediction(
          fields,
          direct?.kind === "images" ? direct.files : [],
          (sent) => setSending({ sent, total }),
          controller.signal,
        );
        void invalidate(client, keys.predictions, keys.jobs);
        if (sources.length === 0) void navigate(`/predict/${id}`);
      }
      if (isOfFiles && sources.length > 0) setQueued(uploadToPredict(sources, fields));
      if (parts.length > 1) toast({ message: `${plural(parts.length, "prediction")} started: see below.` });
      onStarted();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) setRefused(faultsOfProblem(error));
    } finally {
      setSending(null);
    }
  };

  return {
    start,
    sending,
    refused,
    items,
    cancel: () => abort.current?.abort(),
    cancelItem: (id: number) => uploads.cancel(id),
  };
}
