// The mail server and what goes out through it. What other slices may use of it:
export { MailSettings } from "./MailSettings";
export { mailSettingsQuery } from "./requests";
