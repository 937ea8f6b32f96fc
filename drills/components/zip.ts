import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

/** The files of a zip archive whose path matches. Enough for archives of Go modules: no encryption, below 4 GiB. */
export function unzip(archive: Buffer, pattern: RegExp): Map<string, Buffer> {
    const end = archive.lastIndexOf(Buffer.from(new Uint32Array([END]).buffer));
    if (end === -1) throw new Error("this is no zip archive");
    const files = new Map<string, Buffer>();
    let at = archive.readUInt32LE(end + 16);
    for (let left = archive.readUInt16LE(end + 10); left > 0 && archive.readUInt32LE(at) === ENTRY; left--) {
        const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
        const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
            number,
            number,
            number,
        ];
        const path = archive.toString("utf8", at + 46, at + 46 + name);
        if (pattern.test(path)) {
            const header = archive.readUInt32LE(at + 42);
            const from = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
            const data = archive.subarray(from, from + size);
            files.set(path, method === DEFLATED ? inflateRawSync(data) : data);
        }
        at += 46 + name + extra + comment;
    }
    return files;
}
