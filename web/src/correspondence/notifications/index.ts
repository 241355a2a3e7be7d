// Mails to administrators about what happened. What other slices may use of it:
export { NotificationPanel } from "./NotificationPanel";
