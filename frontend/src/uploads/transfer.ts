import { csrfToken, noteSignedOut } from "@/api/client";
import { type ApiProblem, problemFrom, unreachable } from "@/api/problem";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Posts a form and tells how many bytes have left; fetch cannot, XMLHttpRequest can. */
export function postForm<T>(
  address: string,
  form: FormData,
  onSent: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject: (reason: ApiProblem | DOMException) => void) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve(body as T);
        return;
      }
      const problem = problemFrom(request.status, body);
      noteSignedOut(problem);
      reject(problem);
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("Stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
