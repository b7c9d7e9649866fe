import type { Device } from "@/api/types";
import { formatMegabytes } from "./format";

export type DeviceChoice = { value: string; label: string };

/** Each number once: a job asks for a number, and any host that has it may take the job up. */
export function singleDevices(devices: readonly Device[]): DeviceChoice[] {
  const ids = [...new Set(devices.map(({ id }) => id))].sort(byNumber);
  return ids.map((id) => ({ value: id, label: labelOf(devices.filter((device) => device.id === id)) }));
}

/** Any free device first, then each, then all GPUs of one host together; one that is gone now stays to be
 *  seen. */
export function deviceChoices(devices: readonly Device[], current: string): DeviceChoice[] {
  const choices = [{ value: "auto", label: "Whichever is free" }, ...singleDevices(devices)];
  const together = mostOnOneHost(devices);
  if (together.length > 1) {
    choices.push({ value: together.join(","), label: `All ${together.length} GPUs together` });
  }
  if (!choices.some(({ value }) => value === current)) {
    choices.push({ value: current, label: `${current} (not to be had now)` });
  }
  return choices;
}

export function deviceName(devices: readonly Device[], id: string): string {
  if (id === "auto") return "whichever device is free";
  if (id.includes(",")) return `GPUs ${id} together`;
  const names = devices.filter((device) => device.id === id).map(({ name }) => name);
  return [...new Set(names)].join(" or ") || id;
}

/** The same number on several hosts can be different devices. */
function labelOf(alike: readonly Device[]): string {
  const words = alike.map(({ name, memory_total_mb }) =>
    memory_total_mb ? `${name} · ${formatMegabytes(memory_total_mb)}` : name,
  );
  const label = [...new Set(words)].join(" or ");
  return alike[0]?.kind === "gpu" ? `GPU ${alike[0].id} · ${label}` : label;
}

function mostOnOneHost(devices: readonly Device[]): string[] {
  const hosts = new Map<string, Set<string>>();
  for (const { worker, id } of devices.filter(({ kind }) => kind === "gpu")) {
    hosts.set(worker, (hosts.get(worker) ?? new Set()).add(id));
  }
  const most = [...hosts.values()].sort((a, b) => b.size - a.size)[0] ?? new Set();
  return [...most].sort(byNumber);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
