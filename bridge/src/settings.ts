import { readFileSync } from "node:fs";
// As a namespace: named, it would come with all of its languages, and with 8 MB of memory.
import * as z from "zod";
import { agentName, councilName } from "./contract/names";

/** What is wrong with the environment; a line for each problem, without a stack trace. */
export class SettingsError extends Error {
    constructor(readonly problems: readonly string[]) {
        super(problems.join("\n"));
    }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the bridge goes by: its environment, read once at start. */
export interface Settings {
    /** This agent, named like its pod. */
    readonly agent: string;
    /** Councils that it may sit in; may be empty. */
    readonly councils: readonly string[];
    /** The stack's environment, e.g. `prod`: a dimension of metrics. */
    readonly environment: string;
    /** Model of this agent, as it stands in messages and decisions. */
    readonly model: string;
    /** Region that tokens of IAM are for; set wherever one is used. */
    readonly region: string | undefined;
    readonly kafka: KafkaSettings;
    readonly database: DatabaseSettings;
    readonly gateway: GatewaySettings;
    /** Port of the tools, on loopback. */
    readonly mcpPort: number;
    /** Port of health, metrics and drain. */
    readonly healthPort: number;
    /** AWS credentials for the gateway; undefined: it gets none from here. */
    readonly credentials: CredentialsSettings | undefined;
    /** Where metrics are pushed to; undefined: nowhere. */
    readonly collector: CollectorSettings | undefined;
    readonly logLevel: LogLevel;
}

export interface KafkaSettings {
    /** Where to begin, as host:port; the brokers name the others. */
    readonly brokers: readonly string[];
    /** `iam`: TLS, and tokens of IAM by OAUTHBEARER. `none`: neither; for drills. */
    readonly auth: "iam" | "none";
    readonly region: string | undefined;
}

export interface DatabaseSettings {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string | undefined;
    /** Certificates that vouch for the server, as PEM; without them the connection is not encrypted. */
    readonly ca: string | undefined;
    /** Whether a token of IAM is the password. */
    readonly iam: boolean;
    readonly region: string | undefined;
}

export interface GatewaySettings {
    readonly url: string;
    /** Read anew for each turn: a gateway that starts later may write it later. */
    readonly tokenFile: string;
    /** Longest turn. Unit: s. */
    readonly turnSeconds: number;
    /** Turns that the gateway does side by side. */
    readonly turnsAtOnce: number;
}

export interface CredentialsSettings {
    /** Role that may invoke the agent's model and nothing else. */
    readonly roleArn: string;
    /** Where the gateway finds them, on loopback. */
    readonly port: number;
    readonly region: string | undefined;
}

export interface CollectorSettings {
    /** Base of its OTLP over HTTP; metrics go to `/v1/metrics` below it. */
    readonly url: string;
    readonly tokenFile: string | undefined;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A variable of the environment: how it is read, what it is, and a value that would do. */
interface Variable<T> {
    readonly schema: z.ZodType<T>;
    readonly about: string;
    readonly rule: string;
    readonly example: string;
    readonly fallback?: string;
    readonly optional?: boolean;
    /** Never shown. */
    readonly secret?: boolean;
}

const variable = <T>(schema: z.ZodType<T>, about: string, rule: string, example: string, fallback?: string) =>
    ({ schema, about, rule, example, fallback }) as const satisfies Variable<T>;
const optional = <T>(of: Variable<T>) => ({ ...of, schema: of.schema.optional(), optional: true }) as const;

const text = z.string().min(1);
const list = (of: z.ZodType<string, string>) =>
    z
        .string()
        .transform((value) => (value.trim() === "" ? [] : value.split(",").map((part) => part.trim())))
        .pipe(z.array(of));
const whole = (least: number, most: number) =>
    z
        .string()
        .regex(/^[0-9]{1,9}$/)
        .transform(Number)
        .pipe(z.int().min(least).max(most));
const port = (about: string, fallback: string) =>
    variable(whole(1, 65_535), about, "must be a port", fallback, fallback);

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/.test(hostname);
const urlWhere = (holds: (url: URL) => boolean) =>
    z
        .string()
        .refine((value) => URL.canParse(value) && holds(new URL(value)))
        .transform((value) => value.replace(/\/+$/, ""));

const VARIABLES = {
    AGENT: variable(agentName, "this agent", "must be named like its pod, <class>-<n>", "analyst-0"),
    COUNCILS: variable(
        list(councilName),
        "councils that it may sit in, with commas between",
        "must be names of a-z, 0-9 and -, with commas between",
        "research,risk",
        "",
    ),
    ENVIRONMENT: variable(text, "environment that metrics are told for", "must be set", "prod"),
    MODEL: variable(
        text,
        "the agent's model, as it stands in messages and decisions",
        "must be set",
        "unknown",
        "unknown",
    ),
    AWS_REGION: optional(
        variable(
            z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/),
            "region that tokens of IAM are for",
            "must be a region",
            "eu-central-1",
        ),
    ),
    KAFKA_BROKERS: variable(
        list(z.string().regex(/^[A-Za-z0-9.-]+:[0-9]{1,5}$/)).refine((brokers) => brokers.length > 0),
        "brokers to begin with, with commas between",
        "must be host:port, with commas between",
        "b-1.example:9098,b-2.example:9098",
    ),
    KAFKA_AUTH: variable(
        z.enum(["iam", "none"]),
        "iam: TLS and tokens of IAM; none: neither, for drills",
        "must be iam or none",
        "iam",
        "iam",
    ),
    PGHOST: variable(text, "the database's host", "must be set", "openclaw.proxy-x.eu-central-1.rds.amazonaws.com"),
    PGPORT: port("the database's port", "5432"),
    PGDATABASE: variable(text, "the database's name", "must be set", "openclaw", "openclaw"),
    PGUSER: optional(variable(text, "role in the database (default: AGENT)", "must be a role", "analyst-0")),
    PGPASSWORD: { ...optional(variable(z.string(), "its password, where no token of IAM is", "", "")), secret: true },
    PGSSLROOTCERT: optional(
        variable(
            text,
            "file with the certificates that vouch for the database; without it nothing is encrypted",
            "must be a file that can be read",
            "/etc/ssl/rds.pem",
        ),
    ),
    DATABASE_AUTH: variable(
        z.enum(["iam", "password"]),
        "iam: a token of IAM is the password; password: PGPASSWORD is, for drills",
        "must be iam or password",
        "iam",
        "iam",
    ),
    GATEWAY_URL: variable(
        urlWhere((url) => url.protocol === "http:" && isLoopback(url)),
        "the agent's gateway",
        "must be http on the pod's own loopback address, for the gateway's token goes there",
        "http://127.0.0.1:18789",
        "http://127.0.0.1:18789",
    ),
    GATEWAY_TOKEN_FILE: variable(text, "file with the gateway's token", "must be set", "/run/openclaw/gateway-token"),
    TURN_SECONDS: variable(whole(1, 86_400), "longest turn, in seconds", "must be 1 to 86400 seconds", "600", "600"),
    TURNS_AT_ONCE: variable(whole(1, 256), "turns that the gateway does side by side", "must be 1 to 256", "8", "8"),
    MCP_PORT: port("port of the tools, on loopback", "18790"),
    HEALTH_PORT: port("port of health, metrics and drain", "18791"),
    MODEL_ROLE_ARN: optional(
        variable(
            z.string().regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/),
            "role whose credentials the gateway gets, for its model; not set: it gets none from here",
            "must be the ARN of a role",
            "arn:aws:iam::111122223333:role/analyst-model",
        ),
    ),
    CREDENTIALS_PORT: port("port of the gateway's credentials, on loopback", "18792"),
    COLLECTOR_URL: optional(
        variable(
            urlWhere((url) => url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))),
            "where metrics are pushed to, by OTLP over HTTP; not set: nowhere",
            "must be https, or http on loopback, for a token goes there",
            "https://collector.openclaw-telemetry:4318",
        ),
    ),
    COLLECTOR_TOKEN_FILE: optional(variable(text, "file with the collector's token", "must be a file", "/run/token")),
    LOG_LEVEL: variable(
        z.enum(LOG_LEVELS),
        `what is logged: ${LOG_LEVELS.join(", ")}`,
        `must be one of ${LOG_LEVELS.join(", ")}`,
        "info",
        "info",
    ),
} as const;

type Values = { readonly [K in keyof typeof VARIABLES]: z.infer<(typeof VARIABLES)[K]["schema"]> };

/**
 * Reads the environment.
 *
 * @throws SettingsError with all that is wrong at once
 */
export function settingsFrom(env: Environment): Settings {
    const shape: Record<string, z.ZodType> = {};
    const input: Record<string, string | undefined> = {};
    for (const [name, { schema, fallback }] of Object.entries<Variable<unknown>>(VARIABLES)) {
        shape[name] = schema;
        // What is set to nothing is not set; a template that has nothing to say may leave it so.
        input[name] = env[name] || fallback;
    }
    const parsed = z.object(shape).safeParse(input);
    const wrong = new Set(parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0])));
    const problems = Object.entries<Variable<unknown>>(VARIABLES)
        .filter(([name]) => wrong.has(name))
        .map(([name, of]) => problem(name, env[name], of));
    const ca = readCertificates(env["PGSSLROOTCERT"], problems);
    problems.push(...between(input, wrong));
    if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
    return settingsOf(parsed.data as Values, ca);
}

function settingsOf(values: Values, ca: string | undefined): Settings {
    const region = values.AWS_REGION;
    return {
        agent: values.AGENT,
        councils: values.COUNCILS,
        environment: values.ENVIRONMENT,
        model: values.MODEL,
        region,
        kafka: { brokers: values.KAFKA_BROKERS, auth: values.KAFKA_AUTH, region },
        database: {
            host: values.PGHOST,
            port: values.PGPORT,
            database: values.PGDATABASE,
            user: values.PGUSER ?? values.AGENT,
            password: values.PGPASSWORD,
            ca,
            iam: values.DATABASE_AUTH === "iam",
            region,
        },
        gateway: {
            url: values.GATEWAY_URL,
            tokenFile: values.GATEWAY_TOKEN_FILE,
            turnSeconds: values.TURN_SECONDS,
            turnsAtOnce: values.TURNS_AT_ONCE,
        },
        mcpPort: values.MCP_PORT,
        healthPort: values.HEALTH_PORT,
        credentials:
            values.MODEL_ROLE_ARN === undefined
                ? undefined
                : { roleArn: values.MODEL_ROLE_ARN, port: values.CREDENTIALS_PORT, region },
        collector:
            values.COLLECTOR_URL === undefined
                ? undefined
                : { url: values.COLLECTOR_URL, tokenFile: values.COLLECTOR_TOKEN_FILE },
        logLevel: values.LOG_LEVEL,
    };
}

/** What no variable shows alone. */
function between(input: Environment, wrong: ReadonlySet<string>): string[] {
    const problems: string[] = [];
    const iamFor = [
        ...(input["KAFKA_AUTH"] === "iam" ? ["KAFKA_AUTH"] : []),
        ...(input["DATABASE_AUTH"] === "iam" ? ["DATABASE_AUTH"] : []),
    ];
    if (iamFor.length > 0 && input["AWS_REGION"] === undefined)
        problems.push(
            `AWS_REGION is not set: a token of IAM is for one region, and ${iamFor.join(" and ")} asks for one; e.g. eu-central-1`,
        );
    if (input["DATABASE_AUTH"] === "iam" && input["PGSSLROOTCERT"] === undefined)
        problems.push(
            "PGSSLROOTCERT is not set: a token of IAM goes over TLS only; name a file with RDS's certificates, e.g. /etc/ssl/rds.pem",
        );
    if (
        !wrong.has("MCP_PORT") &&
        !wrong.has("HEALTH_PORT") &&
        Number(input["MCP_PORT"]) === Number(input["HEALTH_PORT"])
    )
        problems.push(`HEALTH_PORT is ${input["HEALTH_PORT"]}: MCP_PORT is the same; e.g. 18791 beside 18790`);
    const others = ["MCP_PORT", "HEALTH_PORT"].find(
        (name) => !wrong.has(name) && Number(input[name]) === Number(input["CREDENTIALS_PORT"]),
    );
    if (input["MODEL_ROLE_ARN"] !== undefined && others !== undefined)
        problems.push(
            `CREDENTIALS_PORT is ${input["CREDENTIALS_PORT"]}: ${others} is the same; e.g. 18792 beside both`,
        );
    if (input["MODEL_ROLE_ARN"] !== undefined && input["AWS_REGION"] === undefined)
        problems.push("AWS_REGION is not set: MODEL_ROLE_ARN is taken on at its region's STS; e.g. eu-central-1");
    return problems;
}

function problem(name: string, value: string | undefined, { rule, example, secret }: Variable<unknown>): string {
    const is = value ? (secret ? "is wrong" : `is ${JSON.stringify(value).slice(0, 200)}`) : "is not set";
    return `${name} ${is}: ${rule}; e.g. ${example}`;
}

function readCertificates(file: string | undefined, problems: string[]): string | undefined {
    if (!file) return undefined;
    try {
        const pem = readFileSync(file, "utf8");
        if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
        problems.push(
            `PGSSLROOTCERT is "${file}": there is no certificate in it; must be a file of PEM, e.g. /etc/ssl/rds.pem`,
        );
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        problems.push(`PGSSLROOTCERT is "${file}": ${reason}; must be a file that can be read, e.g. /etc/ssl/rds.pem`);
    }
    return undefined;
}

/** What `--help` prints. */
export function help(): string {
    const lines = Object.entries<Variable<unknown>>(VARIABLES).map(([name, { about, example, fallback, optional }]) => {
        const otherwise = optional
            ? ""
            : fallback === undefined
              ? ` (needed, e.g. ${example})`
              : fallback && ` (default: ${fallback})`;
        return `  ${name.padEnd(22)}${about}${otherwise}`;
    });
    return `Usage: bridge [--help]

Joins an agent's gateway to brokers and database: reads what is for the agent, has its gateway answer, and gives it tools. Runs
until it is told to end (SIGTERM). Settings come from the environment:

${lines.join("\n")}

Exit codes: 0 ended when told to; 1 ended by a fault; 2 the environment is wrong.
`;
}
