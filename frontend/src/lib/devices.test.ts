import { expect, test } from "vitest";
import type { Device } from "@/api/types";
import { deviceChoices, deviceName } from "./devices";

const device = (worker: string, id: string, name = "RTX 4090"): Device => ({
  id,
  name,
  worker,
  kind: id === "cpu" ? "cpu" : "gpu",
  memory_total_mb: id === "cpu" ? null : 24000,
  memory_free_mb: null,
  utilisation_percent: null,
});

const values = (devices: Device[], current = "auto") =>
  deviceChoices(devices, current).map(({ value }) => value);

test("each number is offered once, whatever the number of hosts that have it", () => {
  const devices = [
    device("a", "0"),
    device("a", "cpu", "EPYC"),
    device("b", "0"),
    device("b", "cpu", "EPYC"),
  ];

  expect(values(devices)).toEqual(["auto", "0", "cpu"]);
  expect(deviceChoices(devices, "auto")[1]?.label).toBe("GPU 0 · RTX 4090 · 24.0 GB");
});

test("a number that is another device on another host says so", () => {
  const devices = [device("a", "0"), device("b", "0", "A100")];

  expect(deviceChoices(devices, "auto")[1]?.label).toBe("GPU 0 · RTX 4090 · 24.0 GB or A100 · 24.0 GB");
  expect(deviceName(devices, "0")).toBe("RTX 4090 or A100");
});

test("several together are those of one host, as one run trains on one", () => {
  const devices = [device("a", "0"), device("b", "10"), device("b", "2"), device("b", "0")];

  expect(values(devices)).toEqual(["auto", "0", "2", "10", "0,2,10"]);
  expect(values([device("a", "0"), device("b", "0")])).toEqual(["auto", "0"]);
});

test("a device that is gone stays to be seen", () => {
  expect(deviceChoices([], "1").at(-1)).toEqual({ value: "1", label: "1 (not to be had now)" });
  expect(deviceName([], "1")).toBe("1");
  expect(deviceName([], "auto")).toBe("whichever device is free");
});
