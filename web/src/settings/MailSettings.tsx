/** To be written. */
export function MailSettings() {
  return null;
}
