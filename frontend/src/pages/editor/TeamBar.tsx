import { ActionIcon, Indicator, Tooltip } from "@mantine/core";
import { IconHistory, IconMessage2 } from "@tabler/icons-react";
import type { Dataset, ImageDetail, User } from "@/api/types";
import { may } from "@/lib/roles";
import { AssigneeMenu } from "./AssigneeMenu";
import { describeCount } from "./comments/CommentPins";
import { PeopleHere } from "./presence/PeopleHere";
import { ReviewToggle } from "./review/ReviewToggle";
import { useKeyNames, withKey } from "./use-keys";
import type { Layout } from "./use-layout";
import type { Team } from "./use-team";

type Props = {
  team: Team;
  image: ImageDetail;
  user: User;
  dataset: Dataset;
  isReview: boolean;
  layout: Layout;
};

/** In the bar at the top: who is here, whose image it is, what is said about it, and what became of it. */
export function TeamBar({ team, image, user, dataset, isReview, layout }: Props) {
  const keyOf = useKeyNames();
  const { people, side, commenting, actions } = team;
  const open = commenting.comments ? commenting.openCount : image.open_comments;
  return (
    <>
      <PeopleHere people={people} />
      <AssigneeMenu
        slug={dataset.slug}
        image={image.id}
        assignee={image.assignee}
        user={user}
        role={dataset.role}
        opened={team.assignOpened}
        onOpened={team.setAssignOpened}
      />
      {may(dataset.role, "review") && <ReviewToggle isReview={isReview} />}
      {/* In a narrow window these two are tabs. */}
      {!layout.isCompact && (
        <>
          <Tooltip label={withKey(describeCount(open), keyOf("team.comments"))}>
            <Indicator label={open} disabled={open === 0} size={16} offset={4} color="pond">
              <ActionIcon
                variant={side === "comments" ? "light" : "subtle"}
                color={side === "comments" ? undefined : "gray"}
                size={32}
                aria-label={`Comments: ${describeCount(open).toLowerCase()}`}
                aria-pressed={side === "comments"}
                onClick={actions.toggleComments}
              >
                <IconMessage2 size={19} />
              </ActionIcon>
            </Indicator>
          </Tooltip>
          <Tooltip label={withKey("History", keyOf("team.history"))}>
            <ActionIcon
              variant={side === "history" ? "light" : "subtle"}
              color={side === "history" ? undefined : "gray"}
              size={32}
              aria-label="History"
              aria-pressed={side === "history"}
              onClick={actions.toggleHistory}
            >
              <IconHistory size={19} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
    </>
  );
}
