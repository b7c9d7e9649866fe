/** Reviewing stands in the editor's address, beside the filters. */
const PARAM = "review";

export function isReviewAddress(search: URLSearchParams): boolean {
  return search.get(PARAM) === "1";
}

export function writeReview(query: string, isReview = true): string {
  const params = new URLSearchParams(query);
  if (isReview) params.set(PARAM, "1");
  else params.delete(PARAM);
  return params.toString();
}
