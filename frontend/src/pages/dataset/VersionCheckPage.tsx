import { Anchor, Checkbox, Group, NumberInput, Skeleton, Stack } from "@mantine/core";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { useVersions } from "@/api/jobs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { may } from "@/lib/roles";
import { flag, numberIn, useUrlState } from "@/lib/urlState";
import NotFoundPage from "../NotFoundPage";
import { useCurrentDataset } from "./DatasetLayout";
import { VersionCheckPanel } from "./VersionCheckPanel";

const codecs = { size: numberIn(32, 4096, 640, 0), ratio: numberIn(1, 32, 4, 0), overlap: flag(true) };

/** What a training on one version would lose of its labels. */
export default function VersionCheckPage() {
  const { slug, role } = useCurrentDataset();
  const { number = "" } = useParams();
  const versions = useVersions(slug);
  const { loadMore } = versions;
  useEffect(loadMore, [loadMore]); // all of them: they are to be chosen from
  const [{ size, ratio, overlap }, set] = useUrlState(codecs);
  const version = versions.items.find((item) => item.number === Number(number));
  if (versions.isError) return <ErrorNotice error={versions.error} />;
  if (!version) return versions.isPending ? <Skeleton height={200} /> : <NotFoundPage />;
  return (
    <Page
      title={`Before training on version ${version.number}`}
      lead={
        <Anchor component={Link} to={`/datasets/${slug}/versions`} size="sm">
          All versions
        </Anchor>
      }
    >
      <Panel title="What YOLO would drop, merge or blur">
        <Stack gap="md">
          <Group align="flex-end">
            <NumberInput
              label="Image size"
              w={120}
              min={32}
              max={4096}
              step={32}
              allowDecimal={false}
              value={size}
              onChange={(value) => typeof value === "number" && set({ size: value })}
            />
            <NumberInput
              label="mask_ratio"
              w={110}
              min={1}
              max={32}
              allowDecimal={false}
              value={ratio}
              onChange={(value) => typeof value === "number" && set({ ratio: value })}
            />
            <Checkbox
              label="overlap_mask"
              checked={overlap}
              mb={8}
              onChange={(event) => set({ overlap: event.currentTarget.checked })}
            />
          </Group>
          <VersionCheckPanel
            slug={slug}
            version={version.id}
            settings={{ image_size: size, mask_ratio: ratio, overlap_mask: overlap }}
            mayRepair={may(role, "manage")}
            onSetting={(change) =>
              set({
                ...(change.image_size !== undefined && { size: change.image_size }),
                ...(change.overlap_mask !== undefined && { overlap: change.overlap_mask }),
              })
            }
          />
        </Stack>
      </Panel>
    </Page>
  );
}
