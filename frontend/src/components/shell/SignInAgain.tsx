import { Alert, Anchor, Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { useSignInAgain } from "@/api/session";
import type { User } from "@/api/types";

/** Over the page of somebody whose session has ended: it stays as it is, but is not to be read meanwhile. */
export function SignInAgain({ user }: { user: User }) {
  const [password, setPassword] = useState("");
  const signIn = useSignInAgain(user);
  const here = window.location.pathname + window.location.search;
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      overlayProps={{ blur: 6 }}
      title="You are signed out"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(password);
        }}
      >
        <Stack>
          <Text size="sm">
            Nothing is lost. Sign in again as {user.username}: you go on where you were, and what waits to be
            saved is saved.
          </Text>
          {signIn.isError && (
            <Alert color="red" role="alert">
              {asProblem(signIn.error).message}
            </Alert>
          )}
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={signIn.isPending} disabled={password === ""}>
            Sign in and go on
          </Button>
          <Anchor size="sm" href={`/sign-in?next=${encodeURIComponent(here)}`}>
            Sign in as somebody else
          </Anchor>
        </Stack>
      </form>
    </Modal>
  );
}
