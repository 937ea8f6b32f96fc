import { type KeyObject, createPublicKey, randomBytes, sign } from "node:crypto";

/** What a certificate says, and who signs it. */
export interface CertificateArgs {
    readonly subject: string;
    readonly issuer: string;
    readonly hosts: readonly string[];
    /** Whether it may vouch for others. */
    readonly authority: boolean;
    /** The subject's key. */
    readonly key: KeyObject;
    /** The issuer's key. */
    readonly signer: KeyObject;
}

/** A certificate of an elliptic curve's key, valid for ten years, as PEM (RFC 5280). */
export function certificate({ subject, issuer, hosts, authority, key, signer }: CertificateArgs): string {
    const algorithm = sequence(oid("2a8648ce3d040302"));
    const extensions = [
        sequence(oid("551d13"), TRUE, octets(authority ? sequence(TRUE) : sequence())),
        sequence(oid("551d0f"), TRUE, octets(der(0x03, Buffer.from(authority ? [0x02, 0x84] : [0x07, 0x80])))),
        sequence(oid("551d11"), octets(sequence(...hosts.map((host) => der(0x82, Buffer.from(host)))))),
    ];
    const content = sequence(
        der(0xa0, der(0x02, Buffer.from([2]))),
        der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
        algorithm,
        name(issuer),
        sequence(time(Date.now() - 86_400_000), time(Date.now() + 3650 * 86_400_000)),
        name(subject),
        createPublicKey(key).export({ type: "spki", format: "der" }),
        der(0xa3, sequence(...extensions)),
    );
    const body = sequence(content, algorithm, der(0x03, Buffer.from([0]), sign("sha256", content, signer)));
    const lines = body.toString("base64").match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function name(commonName: string): Buffer {
    return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(commonName)))));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
    const body = Buffer.concat(parts);
    const { length } = body;
    const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

function sequence(...parts: Buffer[]): Buffer {
    return der(0x30, ...parts);
}

function octets(content: Buffer): Buffer {
    return der(0x04, content);
}

function oid(hex: string): Buffer {
    return der(0x06, Buffer.from(hex, "hex"));
}

/** UTC time: until 2049. */
function time(milliseconds: number): Buffer {
    return der(0x17, Buffer.from(`${new Date(milliseconds).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`));
}
