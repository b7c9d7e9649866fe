import { Badge, Group, Skeleton, Text, Title } from "@mantine/core";
import { NavLink, Outlet, useOutletContext, useParams } from "react-router";
import { useDataset } from "@/api/datasets";
import { useLiveFolder } from "@/api/folder";
import { asProblem } from "@/api/problem";
import type { Dataset } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { TitleLevel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { may, ROLE_WORDS } from "@/lib/roles";
import NotFoundPage from "../NotFoundPage";
import classes from "./Dataset.module.css";

const TABS: { to: string; label: string; needs?: "manage" | "review" }[] = [
  { to: "", label: "Images" },
  { to: "classes", label: "Classes" },
  { to: "insights", label: "Insights" },
  { to: "fixes", label: "Fixes" },
  { to: "versions", label: "Versions" },
  { to: "imports", label: "Imports" },
  { to: "folder", label: "Folder" },
  { to: "export", label: "Export", needs: "review" },
  { to: "people", label: "People" },
  { to: "agreement", label: "Agreement", needs: "review" },
  { to: "members", label: "Members" },
  { to: "settings", label: "Settings" },
  { to: "trash", label: "Trash", needs: "manage" },
];

/** The dataset that the page around this component belongs to. */
export function useCurrentDataset(): Dataset {
  return useOutletContext<Dataset>();
}

/** How many changes of other programs wait to be decided; nothing while there are none. */
function FolderBadge({ slug }: { slug: string }) {
  const waiting = useLiveFolder(slug).data?.waiting ?? 0;
  if (waiting === 0) return null;
  return (
    <Badge
      size="xs"
      variant="light"
      ml={6}
      className="tabular"
      aria-label={`${plural(waiting, "change")} by other programs`}
    >
      {formatCount(waiting)}
    </Badge>
  );
}

export default function DatasetLayout() {
  const { slug = "" } = useParams();
  const dataset = useDataset(slug);

  if (dataset.isError && asProblem(dataset.error).status === 404) return <NotFoundPage />;
  const data = dataset.data;
  return (
    <>
      <div className={classes.head}>
        <Group justify="space-between" align="baseline" wrap="nowrap" gap="lg">
          {data ? (
            <Title order={1} className={classes.name} title={data.name}>
              {data.name}
            </Title>
          ) : (
            <Skeleton height={26} width={240} />
          )}
          {data && (
            <Text size="xs" c="dimmed" className="tabular" visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
              {plural(data.counts.images, "image")} · {plural(data.counts.instances, "object")} ·{" "}
              {ROLE_WORDS[data.role].toLowerCase()}
            </Text>
          )}
        </Group>
        <nav className={classes.tabs} aria-label="Parts of the dataset">
          {TABS.filter(({ needs }) => !needs || may(data?.role, needs)).map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === ""} className={classes.tab}>
              {label}
              {to === "folder" && <FolderBadge slug={slug} />}
            </NavLink>
          ))}
        </nav>
      </div>
      {dataset.isError && (
        <div style={{ padding: 24 }}>
          <ErrorNotice error={dataset.error} onRetry={() => void dataset.refetch()} />
        </div>
      )}
      {dataset.isPending && (
        <div style={{ padding: 24 }} aria-label="Loading">
          <Skeleton height={320} />
        </div>
      )}
      {data && (
        <>
          <title>{`${data.name} · Segloop`}</title>
          <TitleLevel.Provider value={2}>
            <Outlet context={data} />
          </TitleLevel.Provider>
        </>
      )}
    </>
  );
}
