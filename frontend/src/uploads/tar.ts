/** Packs files into one uncompressed .tar without reading them: headers in memory, contents by reference.
 *  The browser reads a file when its bytes are sent, so a folder of any size takes no memory. */
export type Member = { path: string; file: Blob & { readonly lastModified?: number } };

const BLOCK = 512;
const NAME_BYTES = 100;
/** What eleven octal digits hold. */
const MOST_OCTAL = 8 ** 11 - 1;
const encoder = new TextEncoder();

export function packTar(members: readonly Member[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of members) {
    const seconds = Math.floor((file.lastModified ?? 0) / 1000);
    parts.push(...extendedHeader(path, file.size), header(shortName(path), file.size, seconds, "0"), file);
    if (file.size % BLOCK > 0) parts.push(new Uint8Array(BLOCK - (file.size % BLOCK)));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}

/** POSIX' extended header (pax), for what the old one cannot say: long names, letters beyond ASCII, 8 GB. */
function extendedHeader(path: string, size: number): Uint8Array<ArrayBuffer>[] {
  let text = "";
  if (shortName(path) !== path) text += record("path", path);
  if (size > MOST_OCTAL) text += record("size", String(size));
  if (text === "") return [];
  const content = encoder.encode(text);
  const padded = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
  padded.set(content);
  return [header("PaxHeader", content.length, 0, "x"), padded];
}

/** `<length> key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** The path itself where it fits into the old header. */
function shortName(path: string): string {
  const ascii = path.replace(/[^\x20-\x7e]/gu, "_");
  return ascii.length <= NAME_BYTES ? ascii : ascii.slice(-NAME_BYTES);
}

function header(name: string, size: number, seconds: number, type: string): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => block.set(encoder.encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(name, 0);
  put(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  put(`${octal(size > MOST_OCTAL ? 0 : size, 11)}\0`, 124);
  put(`${octal(Math.max(0, seconds), 11)}\0        ${type}`, 136);
  put("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\0 `, 148);
  return block;
}
