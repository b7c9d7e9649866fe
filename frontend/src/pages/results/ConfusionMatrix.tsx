import { Text } from "@mantine/core";
import { Link } from "react-router";
import type { Confusion } from "@/api/types";
import { formatCount } from "@/lib/format";
import classes from "./Results.module.css";

/** Where a cell leads: the images that hold such objects. */
export function cellAddress(
  run: number,
  predicted: number,
  actual: number,
  { labels, confidence }: Pick<Confusion, "labels" | "confidence">,
): string | null {
  const background = labels.length - 1;
  if (predicted === background && actual === background) return null;
  const params = new URLSearchParams();
  if (predicted === background) {
    params.set("filter", "missed");
    params.set("class", String(actual));
  } else if (actual === background) {
    params.set("filter", "false");
    params.set("class", String(predicted));
  } else {
    if (predicted !== actual) params.set("filter", "wrong_class");
    params.set("class", String(actual));
  }
  params.set("confidence", String(Number(confidence.toFixed(3))));
  return `/runs/${run}/predictions?${params}`;
}

/** Ink that reads on a cell of this share. */
function inkOn(share: number): string | undefined {
  return share > 0.55 ? "var(--sl-on-heat)" : undefined;
}

export function ConfusionMatrix({
  run,
  confusion,
  normalised,
}: {
  run: number;
  confusion: Confusion;
  normalised: boolean;
}) {
  const { labels, counts, normalised: shares } = confusion;
  return (
    <div className={classes.scroller}>
      <table className={classes.matrix}>
        <caption className="visually-hidden">
          Confusion matrix: rows are what was predicted, columns what is labelled
        </caption>
        <thead>
          <tr>
            <td className={classes.corner}>
              <Text size="xs" c="dimmed" span>
                predicted ↓ label →
              </Text>
            </td>
            {labels.map((label) => (
              <th key={label} scope="col" title={label}>
                <span>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, predicted) => (
            <tr key={label}>
              <th scope="row" title={label}>
                <span>{label}</span>
              </th>
              {labels.map((actualLabel, actual) => {
                const count = counts[predicted]?.[actual] ?? 0;
                const share = shares[predicted]?.[actual] ?? 0;
                const address = count > 0 ? cellAddress(run, predicted, actual, confusion) : null;
                const shown = normalised
                  ? share > 0
                    ? share.toFixed(2)
                    : ""
                  : count > 0
                    ? formatCount(count)
                    : "";
                const background = `color-mix(in srgb, var(--sl-heat) ${Math.round(share * 100)}%, transparent)`;
                const words = `${formatCount(count)} labelled ${actualLabel}, predicted ${label}`;
                return (
                  <td key={actualLabel} style={{ background, color: inkOn(share) }}>
                    {address ? (
                      <Link to={address} title={`${words}. Look at them`} aria-label={words}>
                        {shown || "0.00"}
                      </Link>
                    ) : (
                      <span>{shown}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
