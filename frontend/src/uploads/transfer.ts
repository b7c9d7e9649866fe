import { noteSignedOut } from "@/api/client";
import { csrfToken, isCsrfFailure, renewCsrfToken } from "@/api/csrf";
import { ApiProblem, problemFrom, unreachable } from "@/api/problem";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Posts a form and tells how many bytes have left; fetch cannot, XMLHttpRequest can. A CSRF token that the
 *  server refuses is renewed, and the form sent once more. */
export async function postForm<T>(
  address: string,
  form: FormData,
  onSent: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await sendForm<T>(address, form, onSent, signal);
  } catch (error) {
    if (!(error instanceof ApiProblem) || !isCsrfFailure(error.status, error.body)) throw error;
  }
  await renewCsrfToken();
  return sendForm<T>(address, form, onSent, signal);
}

function sendForm<T>(
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
