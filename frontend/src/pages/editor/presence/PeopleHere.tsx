import { Avatar, Tooltip } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import classes from "./presence.module.css";
import { describePeople, type Person } from "./people";

const MOST = 3;

/** The others on this image, as circles with initials; nothing where there are none. */
export function PeopleHere({ people }: { people: readonly Person[] }) {
  if (people.length === 0) return null;
  const shown = people.slice(0, MOST);
  const rest = people.slice(MOST);
  return (
    <div className={classes.people} role="group" aria-label={`Also on this image: ${describePeople(people)}`}>
      {shown.map((person) => (
        <Tooltip key={person.id} label={`${person.name} ${person.isEditing ? "is editing" : "is looking"}`}>
          <span className={classes.person} data-editing={person.isEditing}>
            <Avatar name={person.name} color="initials" size={28} aria-hidden />
            {person.isEditing && <IconPencil className={classes.pencil} size={13} stroke={2.4} aria-hidden />}
          </span>
        </Tooltip>
      ))}
      {rest.length > 0 && (
        <Tooltip label={describePeople(rest)}>
          <span className={classes.person}>
            <Avatar size={28} aria-hidden>
              +{rest.length}
            </Avatar>
          </span>
        </Tooltip>
      )}
    </div>
  );
}
