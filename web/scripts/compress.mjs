// Every asset as .br and .gz, as small as they get; the plain one goes: whoever takes neither is unpacked one by the
// control plane. The page itself stays as it is: each answer puts a nonce into it.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const squeeze = promisify(brotliCompress);
const zip = promisify(gzip);

async function compressFile(path) {
  const content = await readFile(path);
  const quality = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  const [small, zipped] = await Promise.all([
    squeeze(content, { params: quality }),
    zip(content, { level: 9 }),
  ]);
  zipped[9] = 255; // the gzip header names the system that wrote it (RFC 1952, section 2.3.1): any
  await Promise.all([writeFile(`${path}.br`, small), writeFile(`${path}.gz`, zipped)]);
  await rm(path);
}

/** All assets of a bundle. */
export async function compress(bundle) {
  for (const folder of [bundle, join(bundle, "assets")]) {
    const entries = await readdir(folder, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !/\.(html|br|gz)$/.test(entry.name));
    await Promise.all(files.map((entry) => compressFile(join(folder, entry.name))));
  }
}
