import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { help, settingsFrom, SettingsError } from "../src/settings";

const folder = mkdtempSync(join(tmpdir(), "bridge-settings-"));
const certificates = join(folder, "rds.pem");

/** What a pod has. */
const POD = {
    AGENT: "analyst-17",
    COUNCILS: "research, risk",
    ENVIRONMENT: "prod",
    MODEL: "sonnet",
    AWS_REGION: "eu-central-1",
    KAFKA_BROKERS: "b-1.example:9098,b-2.example:9098",
    PGHOST: "proxy.example",
    PGSSLROOTCERT: certificates,
    GATEWAY_TOKEN_FILE: "/run/openclaw/token",
    COLLECTOR_URL: "https://collector:4318/",
    COLLECTOR_TOKEN_FILE: "/run/collector/token",
};

/** What a drill has. */
const DRILL = {
    AGENT: "analyst-0",
    ENVIRONMENT: "drill",
    KAFKA_BROKERS: "127.0.0.1:9092",
    KAFKA_AUTH: "none",
    PGHOST: "127.0.0.1",
    DATABASE_AUTH: "password",
    GATEWAY_TOKEN_FILE: "/tmp/token",
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
    try {
        settingsFrom(env);
    } catch (error) {
        assert.ok(error instanceof SettingsError);
        return error.problems;
    }
    return [];
}

describe("settings", () => {
    before(() => writeFileSync(certificates, "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("reads a pod's environment", () => {
        const settings = settingsFrom(POD);
        assert.deepEqual(settings.councils, ["research", "risk"]);
        assert.deepEqual(settings.kafka, {
            brokers: ["b-1.example:9098", "b-2.example:9098"],
            auth: "iam",
            region: "eu-central-1",
        });
        assert.equal(settings.database.iam, true);
        assert.equal(settings.database.user, "analyst-17");
        assert.match(settings.database.ca ?? "", /BEGIN CERTIFICATE/);
        assert.deepEqual(settings.gateway, {
            url: "http://127.0.0.1:18789",
            tokenFile: "/run/openclaw/token",
            turnSeconds: 600,
            turnsAtOnce: 8,
        });
        assert.deepEqual(settings.collector, { url: "https://collector:4318", tokenFile: "/run/collector/token" });
        assert.deepEqual([settings.mcpPort, settings.healthPort, settings.logLevel], [18790, 18791, "info"]);
    });

    it("needs neither region nor certificates where no token of IAM is used", () => {
        const settings = settingsFrom({ ...DRILL, COUNCILS: "", COLLECTOR_URL: "", PGSSLROOTCERT: "" });
        assert.deepEqual(settings.councils, []);
        assert.equal(settings.collector, undefined);
        assert.equal(settings.database.ca, undefined);
        assert.equal(settings.model, "unknown");
    });

    it("asks for IAM unless told otherwise: nothing falls back to less by being forgotten", () => {
        assert.deepEqual(
            problemsOf({ ...DRILL, KAFKA_AUTH: undefined, DATABASE_AUTH: undefined }).map((line) => line.split(" ")[0]),
            ["AWS_REGION", "PGSSLROOTCERT"],
        );
    });

    it("tells everything that is wrong at once, a line each, with a value that would do", () => {
        const problems = problemsOf({
            ...POD,
            AGENT: "Analyst",
            COUNCILS: "research,No!",
            ENVIRONMENT: undefined,
            KAFKA_BROKERS: "b-1",
            KAFKA_AUTH: "plain",
            PGHOST: "",
            PGPORT: "70000",
            PGSSLROOTCERT: join(folder, "missing.pem"),
            TURN_SECONDS: "1e3",
            TURNS_AT_ONCE: "0",
            LOG_LEVEL: "loud",
        });
        assert.deepEqual(
            problems.map((line) => line.split(" ")[0]),
            [
                "AGENT",
                "COUNCILS",
                "ENVIRONMENT",
                "KAFKA_BROKERS",
                "KAFKA_AUTH",
                "PGHOST",
                "PGPORT",
                "TURN_SECONDS",
                "TURNS_AT_ONCE",
                "LOG_LEVEL",
                "PGSSLROOTCERT",
            ],
        );
        for (const line of problems) assert.match(line, /^[A-Z_]+ (is not set|is ".*"): .+; .*e\.g\. \S+/);
        assert.equal(problems[0], 'AGENT is "Analyst": must be named like its pod, <class>-<n>; e.g. analyst-0');
    });

    it("lets tokens go to the pod itself, or over TLS", () => {
        for (const url of ["http://gateway:18789", "https://127.0.0.1:1", "http://127.0.0.1.example", "18789"])
            assert.match(problemsOf({ ...POD, GATEWAY_URL: url }).join(), /GATEWAY_URL is .*loopback/);
        for (const url of ["http://collector:4318", "ftp://127.0.0.1"])
            assert.match(problemsOf({ ...POD, COLLECTOR_URL: url }).join(), /COLLECTOR_URL is .*https/);
        assert.deepEqual(
            problemsOf({ ...POD, GATEWAY_URL: "http://localhost:1", COLLECTOR_URL: "http://[::1]:1" }),
            [],
        );
    });

    it("tells two servers on one port, and a file of certificates without any", () => {
        assert.match(
            problemsOf({ ...POD, HEALTH_PORT: "18790" }).join(),
            /^HEALTH_PORT is 18790: MCP_PORT is the same/,
        );
        const empty = join(folder, "empty.pem");
        writeFileSync(empty, "");
        assert.match(problemsOf({ ...POD, PGSSLROOTCERT: empty }).join(), /there is no certificate in it/);
    });

    it("gives the gateway credentials of a role that is named, on a port of their own", () => {
        assert.equal(settingsFrom(POD).credentials, undefined);
        const roleArn = "arn:aws:iam::111122223333:role/cells-analyst-model-0a1b2c3";
        assert.deepEqual(settingsFrom({ ...POD, MODEL_ROLE_ARN: roleArn }).credentials, {
            roleArn,
            port: 18792,
            region: POD.AWS_REGION,
        });
        assert.match(problemsOf({ ...POD, MODEL_ROLE_ARN: "analyst" }).join(), /^MODEL_ROLE_ARN is "analyst": must be/);
        assert.match(
            problemsOf({ ...POD, MODEL_ROLE_ARN: roleArn, CREDENTIALS_PORT: "18790" }).join(),
            /^CREDENTIALS_PORT is 18790: MCP_PORT is the same/,
        );
    });

    it("never shows a password", () => {
        const problems = problemsOf({ ...POD, PGPASSWORD: "hunter2", AGENT: "?" });
        assert.doesNotMatch(problems.join("\n"), /hunter2/);
    });

    it("lists every variable in its help", () => {
        for (const name of [
            ...Object.keys(POD),
            ...Object.keys(DRILL),
            "PGPASSWORD",
            "MCP_PORT",
            "HEALTH_PORT",
            "LOG_LEVEL",
        ])
            assert.match(help(), new RegExp(`^  ${name} `, "m"));
    });
});
