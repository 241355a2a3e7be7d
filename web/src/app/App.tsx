import { Center, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { whoAmIQuery } from "../access/useAccess";
import { api, pageOf } from "../api/client";
import { isApiError } from "../api/errors";
import { queryClient } from "../api/queries";
import { accessToken, isSignedIn, onSession } from "../api/session";
import type { WhoAmI } from "../api/types";
import { tellControlPlane } from "../components/controlPlane";
import { Failure } from "../components/Failure";
import { lazyPart } from "../components/lazily";
import { forgetAllNotifications } from "../components/notify";
import { LiveProvider } from "../live/LiveProvider";
import { text } from "../text";
import { router } from "./router";

const SignInPage = lazyPart(() => import("../people/signin/SignInPage"), "SignInPage");
const MustChangePassword = lazyPart(
  () => import("../people/signin/MustChangePassword"),
  "MustChangePassword",
);
const MustSetUpFactor = lazyPart(() => import("../people/signin/MustSetUpFactor"), "MustSetUpFactor");
const CliLoginPage = lazyPart(() => import("../people/signin/CliLoginPage"), "CliLoginPage");
const RETRY_MS = 2000;

type Stage = "asking" | "in" | "out";

/** Shows the sign-in, or, to somebody who is signed in, the dashboard at the address that was asked for. */
export function App() {
  const [stage, setStage] = useState<Stage>(isSignedIn() ? "in" : "asking");
  const [ended, setEnded] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  useEffect(
    () =>
      onSession((signedIn) => {
        setStage((before) => {
          setEnded(before === "in" && !signedIn);
          return signedIn ? "in" : "out";
        });
        if (!signedIn) {
          queryClient.clear();
          forgetAllNotifications();
        }
      }),
    [],
  );

  useEffect(() => {
    if (stage !== "asking") return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () =>
      accessToken().then(
        () => setStage("in"),
        (error: unknown) => {
          if (isApiError(error) && error.unreachable) {
            setFailure(error);
            timer = setTimeout(() => void ask(), RETRY_MS);
          } else {
            setStage("out");
          }
        },
      );
    void ask();
    return () => clearTimeout(timer);
  }, [stage]);

  if (stage === "asking") return <Waiting failure={failure} />;
  if (stage === "out") {
    return (
      <Suspense fallback={<Waiting failure={null} />}>
        <SignInPage ended={ended} />
      </Suspense>
    );
  }
  return <SignedIn />;
}

/** Loads who is signed in, and shows what comes before any page: a password to choose, a command line to let in. */
function SignedIn() {
  const who = useQuery({ ...whoAmIQuery, retry: true, retryDelay: RETRY_MS });
  const controlPlane = who.data?.control_plane;
  useEffect(() => {
    if (controlPlane) tellControlPlane(controlPlane);
  }, [controlPlane]);
  if (who.data === undefined) return <Waiting failure={who.failureReason} />;
  const Page = firstPageOf(who.data);
  return (
    <Suspense fallback={<Waiting failure={null} />}>
      <Page />
    </Suspense>
  );
}

function firstPageOf(who: WhoAmI) {
  if (who.user?.must_change_password) return MustChangePassword;
  if (who.second_factor_wanted_by) return MustSetUpFactor;
  return location.pathname === "/cli-login" ? CliLoginPage : Dashboard;
}

/** The stream's cursor is read before any page: whatever changes after that, the stream tells. */
function Dashboard() {
  const cursor = useQuery({
    queryKey: ["stream-cursor"],
    queryFn: async () => {
      try {
        const { meta } = await pageOf(api.GET("/api/v1/events", { params: { query: { per_page: 1 } } }));
        return meta.cursor ?? null;
      } catch (error) {
        if (isApiError(error) && error.status === 403) return null;
        throw error;
      }
    },
    retry: true,
    retryDelay: RETRY_MS,
  });
  if (cursor.data === undefined) return <Waiting failure={cursor.failureReason} />;
  return (
    <LiveProvider cursor={cursor.data}>
      <RouterProvider router={router} />
    </LiveProvider>
  );
}

function Waiting({ failure }: { failure: unknown }) {
  return (
    <Center h="100dvh" p="md">
      <Stack align="center" maw="28rem">
        <Loader aria-label={text.common.loading} size="sm" />
        {failure !== null && <Failure error={failure} />}
      </Stack>
    </Center>
  );
}
