/** A plain value as a program hands it to Pulumi. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Properties = Readonly<Record<string, Value>>;

/**
 * What stands where a value will only be known after the resource is made: Pulumi's own marks on the wire, one a type
 * (pulumi/sdk/go/common/resource/plugin/rpc.go), and the one for text that a rule's tests put anywhere.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS: ReadonlySet<Value> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    UNKNOWN,
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** A secret in an exported state is encrypted: it is there, and cannot be read. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A rule read a value that is not known yet; it can neither pass nor fail. */
export class Undecided extends Error {
    constructor(readonly path: string) {
        super(`${path} is not known yet`);
    }
}

/**
 * Reads values by path, e.g. `encryptionInfo.encryptionInTransit.clientBroker`. What is absent is `undefined`, what is there
 * with another type as well; what is not known yet throws {@link Undecided}, so that no rule passes by chance. Whether
 * something is there at all can always be said: {@link has}.
 */
export class Reader {
    constructor(
        private readonly value: Value | undefined,
        private readonly path = "",
    ) {}

    /** Whether something is there, known or not. */
    has(path: string): boolean {
        const value = this.at(path, true).value;
        return value !== undefined && value !== null;
    }

    /** What stands below a path. */
    get(path: string): Reader {
        return this.at(path, false);
    }

    text(path = ""): string | undefined {
        const value = this.at(path, false).known();
        return typeof value === "string" ? value : undefined;
    }

    /** Numbers in text count: states and Kubernetes hold both. */
    number(path = ""): number | undefined {
        const value = this.at(path, false).known();
        if (typeof value === "number") return value;
        return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
            ? Number(value)
            : undefined;
    }

    flag(path = ""): boolean | undefined {
        const value = this.at(path, false).known();
        if (typeof value === "boolean") return value;
        return value === "true" ? true : value === "false" ? false : undefined;
    }

    /** The items of a list; none where there is no list. */
    list(path = ""): Reader[] {
        const found = this.at(path, false);
        const value = found.known();
        return isList(value) ? value.map((item, index) => new Reader(item, `${found.path}[${index}]`)) : [];
    }

    /** The text items of a list; one text alone counts as a list of one, as in IAM's documents. */
    texts(path = ""): string[] {
        const value = this.at(path, false).known();
        if (typeof value === "string") return [value];
        return this.list(path).flatMap((item) => item.text() ?? []);
    }

    /** Keys and what stands below them; none where there is no object. */
    entries(path = ""): [string, Reader][] {
        const found = this.at(path, false);
        const value = found.known();
        if (!isObject(value)) return [];
        return Object.entries(value).map(([key, item]) => [key, new Reader(item, join(found.path, key))]);
    }

    /** Keys alone: known even where the values are not. */
    keys(path = ""): string[] {
        return this.entries(path).map(([key]) => key);
    }

    /** A document that stands as JSON text, e.g. a policy of IAM; as an object it is read too. */
    json(path = ""): Reader {
        const found = this.at(path, false);
        const value = found.known();
        if (typeof value !== "string") return found;
        try {
            return new Reader(JSON.parse(value) as Value, found.path);
        } catch {
            return new Reader(undefined, found.path);
        }
    }

    /** The value itself, throughout known. */
    raw(path = ""): Value | undefined {
        const found = this.at(path, false);
        found.refuseUnknown(found.value);
        return found.value;
    }

    private at(path: string, lenient: boolean): Reader {
        if (path === "") return this;
        let value = this.value;
        let walked = this.path;
        for (const key of path.split(".")) {
            if (isUnknown(value)) {
                // Below something unknown nothing can be said, not even that it is there.
                throw new Undecided(walked);
            }
            walked = join(walked, key);
            value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
            if (value === undefined && lenient) break;
        }
        return new Reader(value, walked);
    }

    private known(): Value | undefined {
        if (isUnknown(this.value)) throw new Undecided(this.path);
        return this.value;
    }

    private refuseUnknown(value: Value | undefined): void {
        if (isUnknown(value)) throw new Undecided(this.path);
        if (typeof value === "object" && value !== null)
            Object.values(value).forEach((item) => this.refuseUnknown(item));
    }
}

export function isUnknown(value: Value | undefined): boolean {
    if (typeof value === "string") return UNKNOWNS.has(value);
    return isObject(value) && value[SIGNATURE] === SECRET && !Object.hasOwn(value, "value");
}

export function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Value | undefined): value is readonly Value[] {
    return Array.isArray(value);
}

function join(path: string, key: string): string {
    return path === "" ? key : `${path}.${key}`;
}
