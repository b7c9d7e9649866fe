import { Navigate, useLocation } from "react-router";
import LivePage from "./LivePage";
import { opensOnResults } from "./origin";
import { useCurrentRun } from "./RunLayout";

/** What the address of a run shows: its training, or the results of one that was trained elsewhere. */
export default function RunHome() {
  const run = useCurrentRun();
  const { search } = useLocation();
  return opensOnResults(run) ? <Navigate to={{ pathname: "results", search }} replace /> : <LivePage />;
}
