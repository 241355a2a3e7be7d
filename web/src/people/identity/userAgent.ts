// The order matters: Edge and Opera say that they are Chrome as well, and Chrome that it is Safari.
const BROWSERS: readonly [name: string, version: RegExp][] = [
  ["Edge", /\bEdg(?:A|iOS)?\/(\d+)/],
  ["Opera", /\bOPR\/(\d+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["Chrome", /\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\b/],
];
const SYSTEMS: readonly [name: string, mark: RegExp][] = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad)\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

/** "Chrome 156 on Linux" for a User-Agent of a browser; anything else is answered as it is. */
export function readableAgent(userAgent: string): string {
  for (const [name, version] of BROWSERS) {
    const major = version.exec(userAgent)?.[1];
    if (major === undefined) continue;
    const system = SYSTEMS.find(([, mark]) => mark.test(userAgent))?.[0];
    return system ? `${name} ${major} on ${system}` : `${name} ${major}`;
  }
  return userAgent;
}
