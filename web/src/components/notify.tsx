import { notifications } from "@mantine/notifications";
import { isApiError } from "../api/errors";
import { text } from "../text";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal", autoClose: 4000 });
}

/** One line for what failed; with what to do next and the request's id. Stays until it is closed. */
export function notifyFailure(error: unknown, title: string = text.errors.failed): void {
  const parts = isApiError(error)
    ? [error.message, error.nextStep, error.requestId && `${text.errors.requestId} ${error.requestId}`]
    : [error instanceof Error ? error.message : String(error)];
  notifications.show({ title, message: parts.filter(Boolean).join(" · "), color: "red", autoClose: false });
}
