import { Loader } from "@mantine/core";
import { Suspense, useEffect } from "react";
import { askForRecentSignIn } from "../../api/recent";
import { dialog } from "../../components/dialog";
import { lazyPart } from "../../components/lazily";
// By itself: it is in what every page loads first, and the words about people are many.
import { signIn as text } from "../../text/people/signIn";

const Reauthenticate = lazyPart(() => import("./Reauthenticate"), "Reauthenticate");

/** While it is shown, what wants a recent sign-in opens a dialog, and goes on afterwards. */
export function AskAgain() {
  useEffect(() => {
    askForRecentSignIn(
      () =>
        new Promise((answer) => {
          dialog(
            text.againTitle,
            (close) => (
              <Suspense fallback={<Loader size="sm" />}>
                <Reauthenticate
                  done={(has) => {
                    answer(has);
                    close();
                  }}
                />
              </Suspense>
            ),
            { onClose: () => answer(false) },
          );
        }),
    );
    return () => askForRecentSignIn(null);
  }, []);
  return null;
}
