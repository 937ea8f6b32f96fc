import { spawn } from "node:child_process";
import { join } from "node:path";
import { KafkaCluster } from "../../../drills/bridge/brokers";
import { MissingTool, progress } from "../../../drills/components/cache";
import { endWithUs, Workshop } from "../../../drills/components/processes";
import { sleep } from "../../../drills/components/report";
import { readArguments, UsageError } from "../../../plan/usage";
import { ms, percentile, sorted } from "../latency/figures";
import { type ClientName, CLIENTS, type Order, type Word } from "./one";
import { installConfluent, installKafkajs } from "./others";

const HELP = `Usage: npm run bench:kafka -- [options]

Compares clients of Kafka on three real brokers on loopback: one producer and one consumer in a process, acks=all, idempotent. First
at steady rates; then a broker is killed and comes back. Figures are of this machine, which brokers and client share.

  --rates N,N     messages a second (default: 580,2315)
  --warm N        seconds of the highest rate before anything counts, in which brokers are compiled (default: 60)
  --seconds N     length of each part, after ten seconds in which programs get warm (default: 20)
  --clients A,B   of ${CLIENTS.join(", ")} (default: all)

kafkajs and confluent's client are installed below \${XDG_CACHE_HOME:-~/.cache}/openclaw; where that fails, they are left out, with the
reason. Needs Java 17 and Maven (Kafka), 3 GB of memory.

Exit codes: 0 measured; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..", "..");
const WARM_SECONDS = 10;
/** When a broker is killed in the last part, and how long it is away. Unit: ms. */
const KILL_AFTER = 5000;
const AWAY_MS = 8000;
const KILL_SECONDS = 30;

type Told = Extract<Word, { word: "told" }>;

async function main(argv: readonly string[]): Promise<number> {
    const { values } = readArguments({
        args: [...argv],
        options: {
            rates: { type: "string", default: "580,2315" },
            warm: { type: "string", default: "60" },
            seconds: { type: "string", default: "20" },
            clients: { type: "string", default: CLIENTS.join(",") },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) {
        process.stdout.write(HELP);
        return 0;
    }
    const numbers = (name: string, text: string) =>
        text.split(",").map((each) => {
            const number = Number(each);
            if (Number.isInteger(number) && number >= 1 && number <= 100_000) return number;
            throw new UsageError(`--${name} ${text}: must be whole numbers from 1 to 100000`);
        });
    const rates = numbers("rates", values.rates);
    const [seconds = 20] = numbers("seconds", values.seconds);
    const [brokersWarm = 60] = numbers("warm", values.warm);
    const names = CLIENTS.filter((name) => values.clients.split(",").includes(name));
    if (names.length === 0) throw new UsageError(`--clients ${values.clients}: must be of ${CLIENTS.join(", ")}`);
    const folders = await installed(names);
    const workshop = new Workshop("openclaw-kafka-bench");
    const brokers = await KafkaCluster.start({ folder: workshop.path("kafka"), isLongLived: true });
    try {
        const [first] = folders;
        if (first !== undefined) {
            progress(`brokers get warm: ${brokersWarm} s`);
            const [client, folder] = first;
            const rate = Math.max(...rates);
            await measure({ client, folder, brokers: brokers.addresses, rate, warm: 0, seconds: brokersWarm });
        }
        for (const rate of rates) {
            print(`\n${rate} messages a second, ${seconds} s`);
            for (const [client, folder] of folders) {
                const order = { client, folder, brokers: brokers.addresses, rate, warm: WARM_SECONDS, seconds };
                tell(client, await measure(order));
            }
        }
        const rate = rates[0] ?? 580;
        print(
            `\n${rate} messages a second; broker 2 is killed after ${KILL_AFTER / 1000} s, back ${AWAY_MS / 1000} s later`,
        );
        for (const [client, folder] of folders) {
            const order = {
                client,
                folder,
                brokers: brokers.addresses,
                rate,
                warm: WARM_SECONDS,
                seconds: KILL_SECONDS,
            };
            const told = await measure(order, async () => {
                await sleep(KILL_AFTER);
                brokers.kill(2);
                await sleep(AWAY_MS);
                brokers.restart(2);
            });
            tell(client, told);
            tellLoss(told);
            await brokers.whole();
        }
    } finally {
        await brokers.stop();
        workshop.close();
    }
    return 0;
}

/** Where each client is. Those that cannot be installed are told and left out. */
async function installed(names: readonly ClientName[]): Promise<[ClientName, string][]> {
    const found: [ClientName, string][] = [];
    for (const name of names) {
        try {
            if (name === "kafkajs") found.push([name, await installKafkajs()]);
            else if (name === "@confluentinc/kafka-javascript") found.push([name, await installConfluent()]);
            else found.push([name, ""]);
        } catch (error) {
            const last = (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1);
            print(`${name} cannot be installed here, and is left out: ${last}`);
        }
    }
    return found;
}

function measure(order: Order, meanwhile?: () => Promise<void>): Promise<Told> {
    const args = ["-r", "ts-node/register/transpile-only", join(__dirname, "one.ts")];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    endWithUs(child);
    let troubled: Promise<void> | undefined;
    return new Promise<Told>((resolve, reject) => {
        child.on("message", (word: Word) => {
            if (word.word === "open") {
                troubled = sleep(order.warm * 1000).then(() => meanwhile?.());
                troubled.catch(reject);
            } else resolve(word);
        });
        child.once("close", (code, signal) => reject(new Error(`${order.client} ended with ${code ?? signal}`)));
        child.send(order);
    }).finally(async () => {
        child.kill("SIGKILL");
        await troubled;
    });
}

function tell(name: string, { acknowledged, read, memory, cpu }: Told): void {
    print(
        `  ${name.padEnd(32)} acknowledged ${inWords(acknowledged)}; read ${inWords(read)}; ` +
            `${memory} MiB, ${Math.round(cpu * 100)} % of a processor`,
    );
}

function tellLoss({ gap, sent, lost, duplicates, disordered, failures, faults }: Told): void {
    print(
        `  ${"".padEnd(32)} nothing read for ${ms(gap)}; of ${sent} lost ${lost}, twice ${duplicates}, out of order ${disordered}; ` +
            `${failures} sends failed${faults.length === 0 ? "" : `: ${faults.slice(0, 3).join("; ").slice(0, 200)}`}`,
    );
}

function inWords(latencies: readonly number[]): string {
    const those = sorted(latencies);
    return [0.5, 0.99, 0.999].map((share) => ms(percentile(those, share))).join(" / ");
}

function print(text: string): void {
    process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`bench:kafka: ${error.message}\nSee npm run bench:kafka -- --help\n`);
        process.exit(2);
    },
);
