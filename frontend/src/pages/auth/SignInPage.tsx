import {
  Alert,
  Box,
  Button,
  Center,
  Group,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { asProblem } from "@/api/problem";
import { useSession, useSignIn } from "@/api/session";
import { Logo } from "@/components/Logo";

/** Only addresses of this site: a crafted link must not send people elsewhere after signing in. */
function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/datasets";
}

export default function SignInPage() {
  const session = useSession();
  const signIn = useSignIn();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const next = safeNext(search.get("next"));
  const form = useForm({
    initialValues: { username: "", password: "" },
    validate: {
      username: (value) => (value.trim() ? null : "Enter your user name."),
      password: (value) => (value ? null : "Enter your password."),
    },
  });

  if (session.data?.user && !signIn.isPending) return <Navigate to={next} replace />;

  return (
    <Center component="main" mih="100vh" p="md" bg="var(--sl-sunken)">
      <Box w="100%" maw={360}>
        <Group gap="xs" mb="xl">
          <Logo size={32} />
          <Text fw={650} fz={22} lts="-0.01em">
            Segloop
          </Text>
        </Group>
        <form
          onSubmit={form.onSubmit((values) =>
            signIn.mutate(values, { onSuccess: () => void navigate(next, { replace: true }) }),
          )}
        >
          <Stack gap="md">
            <Title order={1}>Sign in</Title>
            {signIn.isError && (
              <Alert color="red" role="alert">
                {asProblem(signIn.error).message}
              </Alert>
            )}
            <TextInput
              label="User name"
              autoComplete="username"

              {...form.getInputProps("username")}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              {...form.getInputProps("password")}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              Accounts are made by your administrator, who also resets forgotten passwords.
            </Text>
          </Stack>
        </form>
      </Box>
    </Center>
  );
}
