import { useMutation } from "@tanstack/react-query";
import { api } from "./client";

type ReportRequest = {
  format: "pdf" | "html";
  confidence: number;
  purpose: string;
  author: string;
  logo: File | null;
};

/** The file name in a Content-Disposition header, which writes letters beyond ASCII as RFC 5987 has it. */
export function fileNameOf(header: string | null, fallback: string): string {
  const [, encoded] = /filename\*=(?:UTF-8|utf-8)''([^;]+)/.exec(header ?? "") ?? [];
  const [, plain] = /filename="([^"]+)"/.exec(header ?? "") ?? [];
  try {
    return encoded === undefined ? (plain ?? fallback) : decodeURIComponent(encoded);
  } catch {
    return plain ?? fallback;
  }
}

/** Sets a report and hands it to the browser as a download. */
export function useReport(run: number) {
  return useMutation({
    mutationFn: async ({ format, confidence, purpose, author, logo }: ReportRequest) => {
      const form = new FormData();
      form.append("confidence", String(confidence));
      form.append("purpose", purpose);
      form.append("author", author);
      if (logo) form.append("logo", logo, logo.name);
      const address = format === "pdf" ? "/api/runs/{run_id}/report.pdf" : "/api/runs/{run_id}/report.html";
      const { data, response } = await api.POST(address, {
        params: { path: { run_id: run } },
        body: {},
        bodySerializer: () => form,
        parseAs: "blob",
      });
      const name = fileNameOf(response.headers.get("Content-Disposition"), `run-${run}.${format}`);
      save(data as Blob, name);
    },
  });
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
