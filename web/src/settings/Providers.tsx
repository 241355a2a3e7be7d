/** To be written. */
export function Providers() {
  return null;
}
