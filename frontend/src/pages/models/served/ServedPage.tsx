import { Anchor, Button, Skeleton } from "@mantine/core";
import { IconBroadcast } from "@tabler/icons-react";
import { Link } from "react-router";
import { useServed } from "@/api/served";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { text, useUrlState } from "@/lib/urlState";
import classes from "./Served.module.css";
import { ServedDetail } from "./ServedDetail";
import { ServedList } from "./ServedList";
import { ServeDialog } from "./ServeDialog";

/** `serve`: the reference of a model to be served, or “new”: the dialog is open. */
const ADDRESS = { name: text(), serve: text() };

export default function ServedPage() {
  const [address, setAddress] = useUrlState(ADDRESS);
  const served = useServed();
  const chosen = served.items.find((item) => item.name === address.name) ?? served.items[0];
  const isEmpty = served.isSuccess && served.items.length === 0;
  const serve = (
    <Button leftSection={<IconBroadcast size={16} />} onClick={() => setAddress({ serve: "new" })}>
      Serve a model …
    </Button>
  );
  return (
    <Page
      title="Served models"
      lead={
        <>
          Names that answer at once, over the API. Each points at one of your{" "}
          <Anchor component={Link} to="/models" size="sm">
            models
          </Anchor>{" "}
          and can be moved to a better one without dropping a request.
        </>
      }
      actions={!isEmpty && serve}
    >
      {served.isError && <ErrorNotice error={served.error} onRetry={() => void served.refetch()} />}
      {served.isPending && (
        <div className={classes.columns}>
          <Skeleton height={200} />
          <Skeleton height={480} />
        </div>
      )}
      {isEmpty && (
        <EmptyState icon={IconBroadcast} title="No model is served yet" action={serve}>
          Give a checkpoint a name, say “helmets”. A script then sends an image to that name and gets polygons
          back, in about the time that the model itself takes.
        </EmptyState>
      )}
      {chosen && (
        <div className={classes.columns}>
          <Panel flush>
            <ServedList items={served.items} chosen={chosen.name} onChoose={(name) => setAddress({ name })} />
            <LoadMore list={served} />
          </Panel>
          <ServedDetail key={chosen.id} served={chosen} onStopped={() => setAddress({ name: "" })} />
        </div>
      )}
      {address.serve !== "" && (
        <ServeDialog
          model={address.serve === "new" ? "" : address.serve}
          onClose={() => setAddress({ serve: "" })}
          onServed={(name) => setAddress({ serve: "", name })}
        />
      )}
    </Page>
  );
}
