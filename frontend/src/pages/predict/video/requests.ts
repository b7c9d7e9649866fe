/** What the player asks the server. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { noteSignedOut } from "@/api/client";
import { withCsrf } from "@/api/csrf";
import { isActive } from "@/api/jobs";
import { problemFrom } from "@/api/problem";
import type { JobState, Progress } from "@/api/types";
import type { Timeline } from "./timeline";
import type { Track } from "./lanes";
import type { Frame } from "./wire";

async function ask<T>(address: string, options: { body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const { body, signal } = options;
  const send = (token?: string) =>
    fetch(address, {
      method: body === undefined ? "GET" : "POST",
      signal,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { "X-CSRFToken": token } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const answer = await (body === undefined ? send() : withCsrf(send));
  const text = await answer.text();
  if (!answer.ok) {
    const problem = problemFrom(answer.status, JSON.parse(text));
    noteSignedOut(problem);
    throw problem;
  }
  return JSON.parse(text) as T;
}

export async function loadFrames(
  id: number,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly Frame[]> {
  const answer = await ask<{ frames: Frame[] }>(`/api/predictions/${id}/frames/?from=${from}&to=${to}`, {
    signal,
  });
  return answer.frames;
}

const BINS = 600;
const WHILE_ACTIVE_MS = 4_000;

export const useTimeline = (id: number, isActive: boolean) =>
  useQuery({
    queryKey: ["prediction-timeline", id],
    queryFn: ({ signal }) => ask<Timeline>(`/api/predictions/${id}/timeline/?bins=${BINS}`, { signal }),
    refetchInterval: isActive && WHILE_ACTIVE_MS,
  });

export const useTracks = (id: number, isActive: boolean) =>
  useQuery({
    queryKey: ["prediction-tracks", id],
    queryFn: ({ signal }) => ask<Track[]>(`/api/predictions/${id}/tracks/`, { signal }),
    refetchInterval: isActive && WHILE_ACTIVE_MS,
  });

export type Taking = { import_id: number; dataset: string; image_count: number };

export const takeFrames = (id: number, dataset: string, positions: readonly number[]) =>
  ask<Taking>(`/api/predictions/${id}/into-dataset/`, { body: { dataset, positions } });

type TakenImage = { key: string; image: { id: string; dataset: string } | null };

/** The images that frames became; those that are not taken in yet are left out. */
export async function takenImages(id: number, positions: readonly number[]): Promise<{ id: string }[]> {
  const query = positions.slice(0, 100).join(",");
  const images = await ask<TakenImage[]>(`/api/predictions/${id}/images/some/?positions=${query}`);
  return images.flatMap(({ image }) => (image ? [image] : []));
}

export type BurntIn = { state: JobState; progress: Progress; url: string; error: string };

/** The file with objects drawn in: whether it is made, or how far. */
export function useBurntIn(id: number, query: string) {
  const client = useQueryClient();
  const queryKey = ["prediction-burnt-in", id];
  const state = useQuery({
    queryKey,
    queryFn: ({ signal }) => ask<BurntIn | null>(`/api/predictions/${id}/burnt-in/`, { signal }),
    refetchInterval: ({ state: { data } }) => data != null && isActive(data.state) && 1_500,
  });
  const start = useMutation({
    mutationFn: () =>
      ask<BurntIn>(`/api/predictions/${id}/burnt-in/`, {
        body: Object.fromEntries(new URLSearchParams(query)),
      }),
    onSuccess: (made) => client.setQueryData(queryKey, made),
  });
  return { state, start };
}
