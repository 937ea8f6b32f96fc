import { strict as assert } from "node:assert";
import { deflateRawSync } from "node:zlib";
import { unzip } from "../../../drills/components/zip";

/** A zip archive as Go's proxies make them: entries, then the directory, then its end. */
function zip(files: Readonly<Record<string, string>>, method: 0 | 8): Buffer {
    const entries: Buffer[] = [];
    const directory: Buffer[] = [];
    let at = 0;
    for (const [path, text] of Object.entries(files)) {
        const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
        const local = Buffer.alloc(30 + path.length);
        local.writeUInt32LE(0x04034b50, 0);
        local.writeUInt16LE(path.length, 26);
        local.write(path, 30);
        const central = Buffer.alloc(46 + path.length);
        central.writeUInt32LE(0x02014b50, 0);
        central.writeUInt16LE(method, 10);
        central.writeUInt32LE(data.length, 20);
        central.writeUInt16LE(path.length, 28);
        central.writeUInt32LE(at, 42);
        central.write(path, 46);
        entries.push(local, data);
        directory.push(central);
        at += local.length + data.length;
    }
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(Object.keys(files).length, 10);
    end.writeUInt32LE(at, 16);
    return Buffer.concat([...entries, ...directory, end]);
}

describe("an archive of a module", () => {
    const files = {
        "k8s.io/kubernetes@v1.35.4/go.mod": "module k8s.io/kubernetes\n",
        "k8s.io/kubernetes@v1.35.4/go.sum": "h1\n".repeat(1000),
        "k8s.io/kubernetes@v1.35.4/pkg/go.mod.md": "not this one",
    };

    for (const method of [0, 8] as const) {
        it(`gives the files that are asked for, ${method === 8 ? "compressed" : "stored"}`, () => {
            const found = unzip(zip(files, method), /^[^@]+@[^/]+\/go\.(mod|sum)$/);
            const [mod, sum] = Object.entries(files);
            assert.deepEqual(
                [...found].map(([path, data]) => [path, data.toString("utf8")]),
                [mod, sum],
            );
        });
    }

    it("is told from anything else", () => {
        assert.throws(() => unzip(Buffer.from("<html>403</html>"), /./), /no zip archive/);
    });
});
