import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rootCertificates } from "node:tls";
import { TURN_SECONDS } from "../../components/compute/agents/runtime";
import type { GatewayRuntime, HttpProbe } from "../../components/compute/agents/runtime-types";
import { GATEWAY_PORT } from "../../components/compute/agents/spec";
import type { Workshop } from "../components/processes";
import { Broken, nothingWrong, PATIENCE_SECONDS, type Report, until } from "../components/report";
import { MARK, type ModelApi } from "./model-api";
import { Pod, type Programs } from "./pod";

const SESSION = "council-42";
const GATEWAY = `http://127.0.0.1:${GATEWAY_PORT}`;

/** What an agent runs on, and where the drill says what it found. */
export interface Surroundings {
    readonly report: Report;
    readonly workshop: Workshop;
    readonly model: ModelApi;
    readonly runtime: GatewayRuntime;
    readonly programs: Programs;
    /** The bucket with the replicas. */
    readonly bucketUrl: string;
    /** Of the agent's class. */
    readonly className: string;
}

/** One agent, over all the pods that it has in turn, and a client of its gateway. */
export class Agent {
    readonly report: Report;
    readonly model: ModelApi;
    readonly runtime: GatewayRuntime;
    readonly bucketUrl: string;
    readonly className: string;
    /** Of its pods. */
    readonly name: string;
    readonly classKey = randomBytes(32);
    readonly #pods: Pod[] = [];
    #word = 0;

    constructor(private readonly around: Surroundings) {
        ({
            report: this.report,
            model: this.model,
            runtime: this.runtime,
            bucketUrl: this.bucketUrl,
            className: this.className,
        } = around);
        this.name = `${around.className}-0`;
    }

    /** How many pods it has had. */
    get generation(): number {
        return this.#pods.length;
    }

    /** A pod of the same name with an empty volume. */
    newPod(): Pod {
        const pod = new Pod({
            name: this.name,
            folder: this.around.workshop.path(`volume-${this.generation + 1}`),
            runtime: this.runtime,
            programs: this.around.programs,
            classKey: this.classKey,
            certificate: rootCertificates[0] ?? "",
            environment: { AWS_ACCESS_KEY_ID: "drill", AWS_SECRET_ACCESS_KEY: "drill", REQUIRED_PLUGINS: "" },
        });
        this.#pods.push(pod);
        return pod;
    }

    /** Starts sidecars and gateway, and waits as long for them as the startup probe does. */
    async start(pod: Pod): Promise<void> {
        pod.start();
        await pod.ready(limitOf(this.runtime.probes.startup));
    }

    async end(): Promise<void> {
        await Promise.all(this.#pods.map((pod) => pod.kill()));
    }

    /** A turn from question to answer. */
    async turn(pod: Pod, input: string, session = SESSION): Promise<{ status: number; text: string }> {
        const response = await fetch(`${GATEWAY}/v1/responses`, {
            method: "POST",
            headers: {
                authorization: `Bearer ${pod.token}`,
                "content-type": "application/json",
                "x-openclaw-session-key": keyOf(session),
            },
            body: JSON.stringify({ model: "openclaw", input: `${MARK} ${input}` }),
            signal: AbortSignal.timeout(TURN_SECONDS * 1000),
        });
        return { status: response.status, text: await response.text() };
    }

    /** Begins a turn that the model holds at a word, and waits until it does; the result is the turn, yet to be answered. */
    async heldTurn(pod: Pod, word: string, session?: string): Promise<{ answer: ReturnType<Agent["turn"]> }> {
        const answer = this.turn(pod, `Remember ${word}. hold`, session);
        let ended = "";
        answer.then(
            ({ status, text }) => (ended = `it ended with ${status}: ${text}`),
            (error: unknown) => (ended = String(error)),
        );
        await until("the turn's call of the model", PATIENCE_SECONDS, () => {
            if (this.model.asked(word) > 0) return "";
            if (ended !== "") throw new Broken(`the turn never reached the model: ${ended}`);
            return "not called";
        });
        return { answer };
    }

    /** What stands in a session, without a turn. */
    async history(pod: Pod, session: string): Promise<string> {
        const response = await fetch(`${GATEWAY}/sessions/${encodeURIComponent(keyOf(session))}/history`, {
            headers: { authorization: `Bearer ${pod.token}` },
        });
        return response.text();
    }

    /** What the gateway answers to a probe on the loopback address. Unit: HTTP status. */
    async probe({ path }: HttpProbe): Promise<number> {
        const response = await fetch(`${GATEWAY}${path}`);
        await response.text();
        return response.status;
    }

    /** The words that the session remembers. */
    async memory(pod: Pod): Promise<Set<string>> {
        const { text } = await this.turn(pod, "What do you remember?");
        return new Set(text.match(/word-\d+/g));
    }

    async remembers(pod: Pod, words: readonly string[]): Promise<void> {
        const memory = await this.memory(pod);
        nothingWrong(words.filter((word) => !memory.has(word)).map((word) => `${word} is forgotten`));
    }

    nextWord(): string {
        this.#word += 1;
        return `word-${this.#word}`;
    }
}

/** How long the kubelet lets a probe fail. Unit: seconds. */
function limitOf({ periodSeconds, failureThreshold }: HttpProbe): number {
    return periodSeconds * failureThreshold;
}

function keyOf(session: string): string {
    return `agent:main:${session}`;
}

/** Resident memory of a gateway and its children. Unit: MiB. */
export function memoryOf(pod: Pod): number {
    const { stdout } = spawnSync("ps", ["-o", "rss=", "-g", String(pod.gateway.child.pid)], { encoding: "utf8" });
    return Math.round(stdout.split("\n").reduce((sum, line) => sum + Number(line.trim() || 0), 0) / 1024);
}
