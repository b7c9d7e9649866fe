import { ActionIcon, Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { type ComparedVersions, useDifferentImage } from "@/api/versions";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import { usePageKeys } from "@/components/use-page-keys";
import { ZoomPane } from "@/components/ZoomPane";
import { plural } from "@/lib/format";
import { WHOLE } from "@/lib/viewport";
import { describeDifference, objectMasks } from "./differences";
import classes from "./Differences.module.css";

type ViewerProps = {
  slug: string;
  compared: ComparedVersions;
  position: number;
  onMove: (position: number) => void;
  onClose: () => void;
};

/** One image before and after, side by side, moved and zoomed together. */
export function DifferenceViewer({ slug, compared, position, onMove, onClose }: ViewerProps) {
  const query = useDifferentImage(slug, compared, position);
  const [view, setView] = useState(WHOLE);
  const found = query.data;
  const go = (to: number | null | undefined) => {
    if (to === null || to === undefined) return;
    setView(WHOLE);
    onMove(to);
  };
  usePageKeys([
    ["ArrowLeft", () => go(found?.previous)],
    ["ArrowRight", () => go(found?.next)],
    ["0", () => setView(WHOLE)],
  ]);
  const sides = compared.after === null ? "now" : `version ${compared.after}`;
  return (
    <Modal opened onClose={onClose} size="100%" title={found?.image.name ?? "Image"}>
      <Stack gap="sm">
        {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton height={400} />}
        {found && (
          <>
            <div className={classes.sides}>
              {(["before", "after"] as const).map((name) => {
                const side = found.image[name];
                const words = name === "before" ? `version ${compared.before}` : sides;
                return (
                  <div key={name} className={classes.side}>
                    {side?.image_url ? (
                      <ZoomPane
                        src={side.image_url}
                        alt={`${found.image.name}, ${words}`}
                        picture={{ width: found.image.width, height: found.image.height }}
                        view={view}
                        onView={setView}
                        caption={`${words}: ${side.split}, ${plural(found[name].length, "object")}`}
                      >
                        <MaskOverlay
                          masks={objectMasks(found[name])}
                          width={found.image.width}
                          height={found.image.height}
                          fit="contain"
                        />
                      </ZoomPane>
                    ) : (
                      <div className={classes.none}>not in {words}</div>
                    )}
                  </div>
                );
              })}
            </div>
            <Group justify="space-between">
              <Text size="sm">{describeDifference(found.image)}</Text>
              <Group gap="xs">
                <ActionIcon
                  variant="default"
                  size="lg"
                  aria-label="Previous image"
                  disabled={found.previous === null}
                  onClick={() => go(found.previous)}
                >
                  <IconChevronLeft size={18} />
                </ActionIcon>
                <ActionIcon
                  variant="default"
                  size="lg"
                  aria-label="Next image"
                  disabled={found.next === null}
                  onClick={() => go(found.next)}
                >
                  <IconChevronRight size={18} />
                </ActionIcon>
                {found.image.image && (
                  <Button
                    component={Link}
                    to={`/datasets/${slug}/edit/${found.image.image}`}
                    leftSection={<IconPencil size={16} />}
                    variant="default"
                  >
                    Open in the editor
                  </Button>
                )}
              </Group>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
