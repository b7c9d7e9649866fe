import { Text } from "@mantine/core";
import { Link } from "react-router";
import { formatCount } from "@/lib/format";
import classes from "./Insights.module.css";

export type Part = { count: number; to: string | null; words: string };
export type Bar = { label: string; parts: Part[] };

type Props = {
  label: string;
  /** Of the parts of a bar, where it has several. */
  legend?: readonly string[];
  bars: readonly Bar[];
  /** What is counted along the bars. */
  axis?: string;
};

/** Horizontal bars, each part a link to its images: they are read, tabbed through and wrapped like any list.
 *  Parts differ by pattern as well as by colour. */
export function BarList({ label, legend, bars, axis }: Props) {
  const total = (bar: Bar) => bar.parts.reduce((sum, part) => sum + part.count, 0);
  const most = Math.max(1, ...bars.map(total));
  return (
    <div>
      {legend && (
        <ul className={classes.legend} aria-hidden="true">
          {legend.map((words, place) => (
            <li key={words}>
              <span className={classes.swatch} data-part={place} />
              {words}
            </li>
          ))}
        </ul>
      )}
      <ul className={classes.bars} aria-label={label}>
        {bars.map((bar) => (
          <li key={bar.label} className={classes.bar}>
            <span className={classes.name} title={bar.label}>
              {bar.label}
            </span>
            <span className={classes.track}>
              {bar.parts.map((part, place) => (
                <BarPart key={place} part={part} place={place} share={part.count / most} />
              ))}
            </span>
            <span className={classes.count}>{formatCount(total(bar))}</span>
          </li>
        ))}
      </ul>
      {axis && (
        <Text size="xs" c="dimmed" mt={6}>
          {axis}
        </Text>
      )}
    </div>
  );
}

function BarPart({ part, place, share }: { part: Part; place: number; share: number }) {
  if (part.count === 0) return null;
  const look = { "data-part": place, style: { flexBasis: `${share * 100}%` }, className: classes.part };
  if (part.to === null) return <span {...look} title={part.words} />;
  return <Link {...look} to={part.to} title={part.words} aria-label={part.words} />;
}
