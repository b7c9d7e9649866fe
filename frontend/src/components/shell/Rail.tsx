import { Tooltip } from "@mantine/core";
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
import { Logo } from "../Logo";
import classes from "./Shell.module.css";

const PLACES: { to: string; label: string; icon: Icon }[] = [
  { to: "/datasets", label: "Datasets", icon: IconPhoto },
  { to: "/runs", label: "Runs", icon: IconChartLine },
  { to: "/models", label: "Models", icon: IconBox },
  { to: "/predict", label: "Predict", icon: IconWand },
  { to: "/workers", label: "Workers", icon: IconServer2 },
  { to: "/my-work", label: "My work", icon: IconChecklist },
];

export function Rail() {
  return (
    <nav className={classes.rail} aria-label="Main">
      <Link to="/datasets" className={classes.logo} aria-label="Segloop">
        <Logo size={26} />
      </Link>
      {PLACES.map(({ to, label, icon: PlaceIcon }) => (
        <Tooltip key={to} label={label} position="right">
          <NavLink to={to} className={classes.item} aria-label={label}>
            <PlaceIcon size={20} stroke={1.6} />
          </NavLink>
        </Tooltip>
      ))}
    </nav>
  );
}
