import { Indicator, Tooltip } from "@mantine/core";
import {
  IconBox,
  IconChartLine,
  IconChecklist,
  IconPhoto,
  IconServer2,
  IconWand,
  type Icon,
} from "@tabler/icons-react";
import { Link, NavLink } from "react-router";
import { useMentionCount } from "@/api/mentions";
import { plural } from "@/lib/format";
import { Logo } from "../Logo";
import classes from "./Shell.module.css";

const MY_WORK = "/my-work";
const MOST_SHOWN = 99;

const PLACES: { to: string; label: string; icon: Icon }[] = [
  { to: "/datasets", label: "Datasets", icon: IconPhoto },
  { to: "/runs", label: "Runs", icon: IconChartLine },
  { to: "/models", label: "Models", icon: IconBox },
  { to: "/predict", label: "Predict", icon: IconWand },
  { to: "/workers", label: "Workers", icon: IconServer2 },
  { to: MY_WORK, label: "My work", icon: IconChecklist },
];

export function Rail() {
  const mentions = useMentionCount();
  return (
    <nav className={classes.rail} aria-label="Main">
      <Link to="/datasets" className={classes.logo} aria-label="Segloop">
        <Logo size={26} />
      </Link>
      {PLACES.map(({ to, label, icon: PlaceIcon }) => {
        const count = to === MY_WORK ? mentions : 0;
        const name = count > 0 ? `${label}: ${plural(count, "mention")}` : label;
        return (
          <Tooltip key={to} label={name} position="right">
            <NavLink to={to} className={classes.item} aria-label={name}>
              <Indicator
                disabled={count === 0}
                label={count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
                size={16}
                offset={-1}
              >
                <PlaceIcon size={20} stroke={1.6} display="block" />
              </Indicator>
            </NavLink>
          </Tooltip>
        );
      })}
    </nav>
  );
}
