import { strict as assert } from "node:assert";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { main } from "../../commands/prices";
import { queryOf } from "../../plan/cost/prices/queries";
import { type PriceTable, priceTable, pricesOf } from "../../plan/cost/prices/table";

/** A product as AWS lists it, with the steps of its price by where they begin. */
interface Listed {
    readonly service: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly steps: Readonly<Record<string, string>>;
}

const product = (service: string, usagetype: string, usd: string, more: Record<string, string> = {}): Listed => ({
    service,
    attributes: { regionCode: "us-east-1", usagetype, ...more },
    steps: { "0": usd },
});

const EC2 = {
    instanceType: "r8g.2xlarge",
    operatingSystem: "Linux",
    tenancy: "Shared",
    preInstalledSw: "NA",
    capacitystatus: "Used",
};

const LISTED: readonly Listed[] = [
    product("AmazonEC2", "BoxUsage:r8g.2xlarge", "0.5000000000", EC2),
    product("AmazonEC2", "UnusedBox:r8g.2xlarge", "0.5000000000", {
        ...EC2,
        capacitystatus: "AllocatedCapacityReservation",
    }),
    product("AmazonEC2", "NatGateway-Hours", "0.0450000000", { productFamily: "NAT Gateway" }),
    product("AmazonEC2", "NatGateway-Bytes", "0.0450000000", { productFamily: "NAT Gateway" }),
    product("AmazonS3", "Requests-Tier1", "0.0000050000", { group: "S3-API-Tier1" }),
    // Another region's, and one that begins with what is free.
    product("AmazonEC2", "EUC1-BoxUsage:r8g.2xlarge", "0.6000000000", { ...EC2, regionCode: "eu-central-1" }),
    {
        service: "AmazonCloudWatch",
        attributes: { regionCode: "us-east-1", usagetype: "CW:MetricMonitorUsage" },
        steps: { "0": "0.0000000000", "10": "0.3000000000", "10000": "0.1000000000" },
    },
    product("AWSBackup", "USW2-WarmStorage-ByteHrs-Aurora", "0.0220000000", { regionCode: "us-west-2" }),
];

/** The AWS CLI's place on the PATH: it filters as the API does, and answers in its form. */
const STAND_IN = `#!${process.execPath}
const { readFileSync, appendFileSync } = require("node:fs");
const args = process.argv.slice(2);
appendFileSync(__dirname + "/calls", JSON.stringify(args) + "\\n");
const failure = JSON.parse(readFileSync(__dirname + "/failure.json", "utf8"));
if (failure) { process.stderr.write("\\n" + failure + "\\n"); process.exit(255); }
const service = args[args.indexOf("--service-code") + 1];
const filters = args.slice(args.indexOf("--filters") + 1, args.indexOf("--format-version"))
    .map((each) => /^Type=TERM_MATCH,Field=(\\w+),Value="(.*)"$/.exec(each).slice(1));
const listed = JSON.parse(readFileSync(__dirname + "/listed.json", "utf8"))
    .filter((each) => each.service === service && filters.every(([field, value]) => each.attributes[field] === value));
const PriceList = listed.map(({ attributes, steps }, index) => JSON.stringify({
    product: { sku: "SKU" + index, productFamily: attributes.productFamily, attributes },
    serviceCode: service,
    terms: { OnDemand: { ["SKU" + index + ".JRTCKXETXF"]: { priceDimensions: Object.fromEntries(Object.entries(steps).map(([from, USD]) =>
        ["SKU" + index + ".JRTCKXETXF." + from, { unit: "Hrs", beginRange: from, endRange: "Inf", pricePerUnit: { USD } }])) } } },
}));
process.stdout.write(JSON.stringify({ FormatVersion: "aws_v1", PriceList }));
`;

const KNOWN: PriceTable = {
    region: "us-east-1",
    currency: "USD",
    asOf: "2026-01-01",
    source: "by hand",
    prices: Object.fromEntries(
        Object.entries({
            "ec2.r8g.2xlarge": 0.47128,
            "nat.gateway": 0.045,
            "nat.data": 0.04,
            "s3.write": 0.006,
            "cloudwatch.metric": 0.25,
            "backup.copy": 0.024,
        }).map(([key, usd]) => [key, { usd, unit: "units", source: "by hand", confirmed: false }]),
    ),
};

describe("npm run prices", () => {
    const path = process.env["PATH"];
    let project: string;
    let bin: string;

    beforeEach(() => {
        project = mkdtempSync(join(tmpdir(), "openclaw-prices-"));
        bin = join(project, "bin");
        mkdirSync(bin);
        mkdirSync(join(project, "plan", "cost", "prices"), { recursive: true });
        writeFileSync(join(bin, "aws"), STAND_IN);
        chmodSync(join(bin, "aws"), 0o755);
        answer(LISTED);
        keep(KNOWN);
        process.env["PATH"] = [bin, dirname(process.execPath)].join(delimiter);
    });
    afterEach(() => {
        process.env["PATH"] = path;
        rmSync(project, { recursive: true, force: true });
    });

    const folder = () => join(project, "plan", "cost", "prices");
    const table = (region = "us-east-1") => pricesOf(region, folder());
    const answer = (listed: readonly Listed[], failure = "") => {
        writeFileSync(join(bin, "listed.json"), JSON.stringify(listed));
        writeFileSync(join(bin, "failure.json"), JSON.stringify(failure));
    };
    const keep = (known: PriceTable) => writeFileSync(join(folder(), `${known.region}.json`), JSON.stringify(known));

    /** Runs the command in this process and takes what it writes. */
    async function run(...args: string[]) {
        const written = { out: "", err: "" };
        const { write: out } = process.stdout;
        const { write: err } = process.stderr;
        process.stdout.write = (text: string | Uint8Array) => ((written.out += String(text)), true);
        process.stderr.write = (text: string | Uint8Array) => ((written.err += String(text)), true);
        try {
            return { code: await main(args, project), ...written };
        } finally {
            process.stdout.write = out;
            process.stderr.write = err;
        }
    }

    it("writes what AWS has today, with usage type and SKU as the source", async () => {
        const { code, out, err } = await run();
        assert.deepEqual([code, err], [0, ""]);
        const written = priceTable.parse(table());
        assert.equal(written.asOf, new Date().toISOString().slice(0, 10));
        assert.deepEqual(Object.fromEntries(Object.entries(written.prices).map(([key, { usd }]) => [key, usd])), {
            "ec2.r8g.2xlarge": 0.5,
            "nat.gateway": 0.045,
            "nat.data": 0.045,
            // Of one request, for a thousand.
            "s3.write": 0.005,
            // The first step is free, the second is the price.
            "cloudwatch.metric": 0.3,
            "backup.copy": 0.022,
        });
        const { source, confirmed, unit } = written.prices["ec2.r8g.2xlarge"] ?? assert.fail("no price");
        assert.match(source, /BoxUsage:r8g\.2xlarge, SKU /);
        assert.deepEqual([confirmed, unit], [true, "units"]);
        assert.match(out, /^ec2\.r8g\.2xlarge +0\.47128 -> 0\.5 /m);
        assert.doesNotMatch(out, /nat\.gateway/, "what is the same is no change");
        assert.match(out, /5 of 6 prices changed/);
        const calls = readFileSync(join(bin, "calls"), "utf8").trim().split("\n");
        assert.equal(calls.length, 5, "NAT is asked for once");
        assert.ok(
            calls.every((call) => call.includes('"--region","us-east-1"')),
            "where the API is",
        );
    });

    it("shows with --dry-run what would change, and writes nothing", async () => {
        const { code, out } = await run("--dry-run");
        assert.equal(code, 0);
        assert.match(out, /5 of 6 prices would change; nothing was written/);
        assert.deepEqual(table(), KNOWN);
    });

    it("makes a table for another region with the entries of the first", async () => {
        const { code, out } = await run("--region", "eu-central-1", "--keep-missing");
        assert.equal(code, 0);
        const written = table("eu-central-1") ?? assert.fail("no table");
        assert.deepEqual(Object.keys(written.prices), ["ec2.r8g.2xlarge", "backup.copy"]);
        assert.equal(written.prices["ec2.r8g.2xlarge"]?.usd, 0.6);
        assert.match(out, /not found: nat\.gateway: AmazonEC2 has no product/);
        assert.deepEqual(table(), KNOWN, "the other region's is as it was");
    });

    it("keeps with --keep-missing the price of an entry that AWS does not have", async () => {
        answer(LISTED.filter(({ service }) => service !== "AmazonS3"));
        const { code, out } = await run("--keep-missing");
        assert.equal(code, 0);
        assert.deepEqual(table()?.prices["s3.write"], KNOWN.prices["s3.write"]);
        assert.match(out, /not found: s3\.write/);
    });

    const FAILURES: [name: string, prepare: () => void, message: RegExp][] = [
        [
            "an entry without a product",
            () => answer(LISTED.filter(({ service }) => service !== "AmazonS3")),
            /^prices: s3\.write: AmazonS3 has no product .* "Requests-Tier1"\. Nothing was changed\.\n$/,
        ],
        [
            "an entry with several products of different prices",
            () =>
                answer([...LISTED, product("AmazonS3", "X-Requests-Tier1", "0.0000070000", { group: "S3-API-Tier1" })]),
            /^prices: s3\.write: AmazonS3 has several products .* Requests-Tier1 at 0\.005, X-Requests-Tier1 at 0\.007\. Nothing/,
        ],
        [
            "missing credentials",
            () => answer([], 'Unable to locate credentials. You can configure credentials by running "aws login".'),
            /^prices: the AWS CLI failed: Unable to locate credentials.*pricing:GetProducts.*\. Nothing was changed\.\n$/,
        ],
        [
            "a CLI that is not there",
            () => rmSync(join(bin, "aws")),
            /^prices: the AWS CLI is not on the PATH: .*\. Nothing was changed\.\n$/,
        ],
        [
            "an answer that is no price list",
            () => writeFileSync(join(bin, "aws"), `#!${process.execPath}\nprocess.stdout.write("Moved");`),
            /^prices: the AWS CLI answered with something else than a price list\. Nothing was changed\.\n$/,
        ],
        [
            "an entry that nobody has written a query for",
            () => keep({ ...KNOWN, prices: { "moon.base": { usd: 1, unit: "x", source: "y", confirmed: true } } }),
            /^prices: moon\.base: no query is written for it/,
        ],
    ];
    for (const [name, prepare, message] of FAILURES) {
        it(`says in one line, changes nothing and ends with 1: ${name}`, async () => {
            prepare();
            // The PATH of the test has node's folder too, which may be one with an AWS CLI.
            process.env["PATH"] = bin;
            const before = table();
            const { code, err, out } = await run();
            assert.deepEqual([code, out], [1, ""]);
            assert.match(err, message);
            assert.deepEqual(table(), before);
            assert.deepEqual(readdirSync(folder()), ["us-east-1.json"]);
        });
    }

    it("gives up at once where AWS cannot be asked, even with --keep-missing", async () => {
        answer([], "An error occurred (AccessDeniedException) when calling the GetProducts operation");
        const { code, err } = await run("--keep-missing");
        assert.equal(code, 1);
        assert.match(err, /AccessDenied/);
        assert.equal(readFileSync(join(bin, "calls"), "utf8").trim().split("\n").length, 1);
    });

    it("refuses with 2 what it was not meant to be called with", async () => {
        for (const args of [["--region", "mars"], ["--second-region", "us-west"], ["--reg"], ["prod"]]) {
            const { code, err } = await run(...args);
            assert.equal(code, 2, args.join(" "));
            assert.match(err, /^prices: .*\nSee npm run prices -- --help\n$/);
        }
    });

    it("says in its help what it was not tested against", async () => {
        const { code, out } = await run("--help");
        assert.equal(code, 0);
        assert.match(out, /not against AWS itself/);
    });

    it("has a query for every entry of every table in the repository", () => {
        const real = join(__dirname, "..", "..", "plan", "cost", "prices");
        for (const file of readdirSync(real).filter((each) => each.endsWith(".json"))) {
            const { prices } = pricesOf(file.replace(".json", ""), real) ?? assert.fail(file);
            assert.deepEqual(
                Object.keys(prices).filter((key) => queryOf(key) === undefined),
                [],
            );
        }
    });
});
