import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MODEL_PERMISSION, PERMISSIONS } from "./class-identity";
import { FLOWS, type Flow, NOT_THE_INTERNET, type Peer, type Subject } from "./flows";
import { GUARDRAILS } from "./guardrails";

const SUBJECTS: Readonly<Record<Subject, string>> = {
    agent: "Agent",
    job: "Job (roll-out, secrets)",
    collector: "Collector of metrics",
    proxy: "Egress proxy of a class",
    "database-job": "Job of the database (schema, upkeep)",
};

const PEERS: Readonly<Record<Peer, string>> = {
    dns: "Cluster DNS (`kube-dns`)",
    brokers: "Brokers' subnets",
    database: "Subnets of database and pool",
    endpoints: "Subnets of the AWS endpoints",
    node: "Its own node",
    "kube-apiserver": "Kubernetes API",
    collector: "Collector of metrics",
    proxy: "Egress proxy of its class",
    "agents-of-class": "Agents of its class",
    "all-agents": "Agents of every class",
    internet: "The internet, private ranges excepted",
};

/** Everything that is allowed, in one table: what is not in it is refused. Made from what the policies are made from. */
export function renderIsolationTable(): string {
    const rows = [
        ...subjects().flatMap((subject) => FLOWS[subject].map((flow) => flowRow(SUBJECTS[subject], flow))),
        ...PERMISSIONS.map(({ name, what, on, appliesTo }) =>
            row(
                appliesTo === undefined ? "Bridge and replicator" : `Bridge and replicator (${appliesTo})`,
                "may",
                on,
                "AWS",
                what,
                `role of the class, policy \`${name}\``,
            ),
        ),
        row(
            "Gateway, and the agent's shell in it",
            "may",
            MODEL_PERMISSION.on,
            "AWS",
            MODEL_PERMISSION.what,
            "role for the class's model, which the bridge takes on",
        ),
    ];
    return [row("Who", "Direction", "Whom or what", "By", "Why or what for", "Kept by"), rule(6), ...rows].join("\n");
}

/** What the cluster refuses in agents' namespaces, in one table. */
export function renderGuardrailTable(): string {
    const all = GUARDRAILS.flatMap(({ name, subject, rules }) => rules.map((each) => ({ ...each, name, subject })));
    const rows = all
        .filter(({ refuses }, index) => all.findIndex((other) => other.refuses === refuses) === index)
        .map(({ refuses, message }) => {
            const same = all.filter((other) => other.refuses === refuses);
            const cell = (values: string[]) => values.join(", ");
            return row(
                cell(same.map(({ subject }) => subject)),
                refuses,
                message,
                cell(same.map(({ name }) => `\`${name}\``)),
            );
        });
    return [row("Of", "Refused", "What to do", "Policy"), rule(4), ...rows].join("\n");
}

/** docs/isolation.md. */
export function isolationReference(): string {
    return `# Isolation

What an agent may do, whole. This page is written from the data that policies and roles are made from
(\`components/compute/isolation\`; \`npm run docs\` writes it, a test compares them).

## What is allowed

A class of agents is a cell: a namespace with a quota, a role in AWS, policies of its own. Both directions of its network are
closed, and these are the openings. All are rules of layers 3 and 4: Cilium lifts a pod's bandwidth limit as soon as a rule of
its egress names a domain or a path.

${renderIsolationTable()}

- Not internet: ${NOT_THE_INTERNET.join(", ")}. The VPC is in one of the first four.
- In AWS an agent is its pod: EKS tags its session with namespace and pod, and what belongs to one agent is named by those
  tags. No secret of AWS Secrets Manager is readable, no older version of a stored object can be deleted.
- Its node hands out credentials at a link-local address, which is the node itself to Cilium: the opening is port 80 of the
  agent's own node, where nothing else listens.
- The gateway, and with it the shell that an agent runs, has no credentials of its pod: EKS leaves that container out
  (\`eks.amazonaws.com/skip-containers\`), and the bridge gives it those of a role that invokes the class's model and nothing else.
  Brokers, database and the stored state are reached by the containers beside it, which share no process and no volume with it that
  holds a token of AWS. To brokers and database it speaks through the bridge's tools, on the pod's loopback address, which ask what
  may be asked. Its own gateway's token it does see: it is the pod's, and of use in this pod alone.
- State and models answer from inside the VPC alone, and brokers and database have no other network, so credentials that leak
  are worth nothing elsewhere.
- The egress proxy compares the name that an agent asks for and opens no TLS: it records who reached which domain, when and how
  much, and knows nothing of the content. A name that shares its servers with others is as wide as its provider lets it be.

## What the cluster refuses

Whoever asks, in every namespace labelled \`openclaw/tier: agents\`; a rule that cannot be evaluated refuses as well. On top of
it stands Pod Security's standard \`restricted\`, pinned to the cluster's version.

${renderGuardrailTable()}
`;
}

function subjects(): Subject[] {
    return ["agent", "job", "collector", "proxy", "database-job"];
}

function flowRow(who: string, { direction, peer, ports, why, needsDomains }: Flow): string {
    const by = ports.map(({ port, protocol }) => `${protocol} ${port}`).join(", ");
    const reason = needsDomains === true ? `${why}, if any` : why;
    return row(who, direction === "egress" ? "to" : "from", PEERS[peer], by, reason, "CiliumNetworkPolicy");
}

function row(...cells: string[]): string {
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function rule(columns: number): string {
    return `| ${Array.from({ length: columns }, () => "---").join(" | ")} |`;
}

if (require.main === module) {
    writeFileSync(join(__dirname, "..", "..", "..", "docs", "isolation.md"), isolationReference());
}
