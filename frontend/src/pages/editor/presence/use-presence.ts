import { useEffect, useMemo, useRef, useState } from "react";
import { subscribeToEvents } from "@/api/events";
import type { Present } from "@/api/types";
import { isMidGesture } from "@/canvas/stage/stage";
import type { Editing } from "../use-editing";
import { Beacon } from "./beacon";
import { listNames, othersOf, type Person } from "./people";

const NOBODY: readonly Present[] = [];

/** Who else has the image open; and a quiet word, once a visit, when one of them begins to edit it. */
export function usePresence(user: number, editing: Editing | null): readonly Person[] {
  const [people, setPeople] = useState(NOBODY);
  useEffect(() => {
    if (!editing) return;
    return connect(editing, setPeople);
  }, [editing]);
  const others = useMemo(() => othersOf(people, user), [people, user]);

  const told = useRef(new Set<number>());
  useEffect(() => told.current.clear(), [editing]);
  useEffect(() => {
    const news = others.filter(({ id, isEditing }) => isEditing && !told.current.has(id));
    if (!editing || news.length === 0) return;
    for (const { id } of news) told.current.add(id);
    const names = listNames(news.map(({ name }) => name));
    editing.editor.notify(
      `${names} ${news.length === 1 ? "is" : "are"} editing this image too. What each of you saves is merged.`,
    );
  }, [others, editing]);
  return others;
}

function connect({ image, editor, saver }: Editing, show: (people: readonly Present[]) => void): () => void {
  const beacon = new Beacon(image.id);
  const look = (): void =>
    beacon.setActive(editor.draft.points.length > 0 || isMidGesture(editor.tool) || saver.isDirty);
  // A hidden window shows the image to nobody.
  const follow = (): void => (document.hidden ? beacon.leave() : beacon.enter());
  const leave = (): void => beacon.leave();
  const stops = [
    beacon.on("change", () => show(beacon.people)),
    editor.on("change", look),
    editor.on("cursor", look),
    saver.on("change", look),
    subscribeToEvents((event) => {
      if (event.kind === "image.presence" && event.id === image.id) beacon.hear(event.data.people);
    }),
  ];
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", follow);
  look();
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    window.removeEventListener("pagehide", leave);
    window.removeEventListener("pageshow", follow);
    stops.forEach((stop) => stop());
    beacon.leave(saveBehind(saver));
    show(NOBODY);
  };
}

/** "Done, next" opens the next image before it saves this one. */
async function saveBehind(saver: Editing["saver"]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await saver.flush();
}
