import { Alert, Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { ApiProblem, asProblem } from "@/api/problem";
import type { User } from "@/api/types";

type Props = { user: User; onSignedIn: () => void };

/** Signs the same person in again, in place: the work on the screen stays as it is. */
export function SignInAgain({ user, onSignedIn }: Props) {
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: async () => {
      const session = await unwrap(
        api.POST("/api/session/", { body: { username: user.username, password } }),
      );
      if (session.user?.id !== user.id)
        throw new ApiProblem("That is another account.", 400, "other_account");
    },
    onSuccess: onSignedIn,
  });
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="You are signed out"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Stack>
          <Text size="sm">
            Your changes are kept on this device. Sign in again as {user.username}, and they are saved.
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
            Sign in and save
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
