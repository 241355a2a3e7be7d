import { expect, test } from "vitest";
import { nameOf, type Stage, sumOf } from "./upload";

test("a sum is made of slices, and says how far it is", async () => {
  const told: Stage[] = [];
  // FIPS 180-2, appendix B.3.
  const sum = await sumOf(new Blob(["a".repeat(1_000_000)]), (stage) => told.push(stage));
  expect(sum).toBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  expect(told).toEqual([{ name: "summing", done: 0, of: 1_000_000 }]);
});

test.each([
  ["k3s-airgap-images-amd64.tar.zst", "k3s-airgap-images-amd64"],
  ["Some Tool_1.2.tar.gz", "some-tool-1-2"],
  ["minio", "minio"],
  ["---.bin", ""],
])("%s gives the name %s", (file, name) => {
  expect(nameOf(file)).toBe(name);
});
