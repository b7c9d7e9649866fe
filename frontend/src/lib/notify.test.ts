import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobItem } from "@/api/types";
import { endWords, justEnded, setTelling, tell, tellingOf } from "./notify";

const job = (id: number, state: JobItem["state"], change: Partial<JobItem> = {}): JobItem =>
  ({
    kind: "run",
    id,
    state,
    is_mine: true,
    title: `Train run ${id}`,
    url: `/runs/${id}`,
    ...change,
  }) as JobItem;

describe("runs that have just ended", () => {
  it("are one's own, were at work, and ended by themselves", () => {
    const before = [
      job(1, "running"),
      job(2, "running"),
      job(3, "queued"),
      job(4, "running", { is_mine: false }),
      job(5, "running", { kind: "evaluation" }),
      job(6, "finished"),
    ];
    const now = [
      job(1, "finished"),
      job(2, "failed"),
      job(3, "cancelled"),
      job(4, "finished", { is_mine: false }),
      job(5, "finished", { kind: "evaluation" }),
      job(6, "finished"),
      job(7, "finished"),
    ];
    expect(justEnded(before, now).map(({ id }) => id)).toEqual([1, 2]);
    expect(justEnded(now, now)).toEqual([]);
    expect(endWords(job(1, "finished"))).toBe("run 1 has finished");
    expect(endWords(job(2, "failed"))).toBe("run 2 has failed");
  });

  it("and so are exports that the server prepared", () => {
    const change = { kind: "dataset_export", title: "Export ducks as COCO JSON" } as const;
    expect(justEnded([job(1, "running", change)], [job(1, "finished", change)])).toHaveLength(1);
    expect(endWords(job(1, "finished", change))).toBe("Export ducks as COCO JSON is ready");
    expect(endWords(job(1, "failed", change))).toBe("Export ducks as COCO JSON has failed");
  });
});

class Shown {
  static permission: NotificationPermission = "default";
  static asked = 0;
  static all: Shown[] = [];
  static requestPermission = () => {
    Shown.asked += 1;
    Shown.permission = "granted";
    return Promise.resolve(Shown.permission);
  };
  onclick: (() => void) | null = null;
  close = vi.fn();
  readonly title: string;
  readonly options: NotificationOptions;
  constructor(title: string, options: NotificationOptions) {
    this.title = title;
    this.options = options;
    Shown.all.push(this);
  }
}

describe("telling", () => {
  beforeEach(() => {
    Object.assign(Shown, { permission: "default", asked: 0, all: [] });
    vi.stubGlobal("Notification", Shown);
    vi.stubGlobal("isSecureContext", true);
    localStorage.clear();
  });
  afterEach(() => vi.unstubAllGlobals());

  it("asks the browser only when somebody wants it, each person for themselves", async () => {
    expect(tellingOf("ana")).toBe("off");
    expect(Shown.asked).toBe(0);
    expect(await setTelling("ana", true)).toBe("on");
    expect(Shown.asked).toBe(1);
    expect(tellingOf("ben")).toBe("off");
    expect(await setTelling("ana", false)).toBe("off");
  });

  it("says where it cannot be", async () => {
    Shown.permission = "denied";
    expect(await setTelling("ana", true)).toBe("denied");
    vi.stubGlobal("Notification", undefined);
    expect(tellingOf("ana")).toBe("impossible");
  });

  it("leads to the results, or to the reason", () => {
    const open = vi.fn();
    tell(job(1, "finished"), open);
    tell(job(2, "failed"), open);
    expect(Shown.all.map(({ title, options }) => [title, options.tag])).toEqual([
      ["run 1 has finished", "segloop-run-1"],
      ["run 2 has failed", "segloop-run-2"],
    ]);
    for (const shown of Shown.all) shown.onclick?.();
    expect(open.mock.calls).toEqual([["/runs/1/results"], ["/runs/2"]]);
  });
});
