import type { Gateway, TurnResult } from "../ports";

/** How often a turn that fails is tried before its message counts as poison. A gateway that is not there does not count. */
const TRIES = 5;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** How a turn ended. `abandoned`: the bridge stops, or nobody needs the answer any more. */
export type Ended =
    | { readonly how: "answered"; readonly text: string }
    | { readonly how: "poison"; readonly reason: string }
    | { readonly how: "abandoned" };

export interface TurnsOptions {
    readonly gateway: Gateway;
    /** Turns that the gateway does at once; more would wait inside it, out of sight. */
    readonly atOnce: number;
    readonly onTurn?: (result: "answered" | "refused" | "failed" | "unavailable", milliseconds: number) => void;
    /** Told before each new try. */
    readonly onRetry?: (reason: string, waitMs: number) => void;
    /** First wait before a new try; it doubles each time. Unit: ms. */
    readonly firstWait?: number;
}

/** Turns of this agent's gateway: as many at once as it does, each tried until it is answered or known to be poison. */
export class Turns {
    readonly #options: TurnsOptions;
    readonly #stop = new AbortController();
    readonly #queue: (() => void)[] = [];
    #running = 0;
    #draining = false;

    constructor(options: TurnsOptions) {
        this.#options = options;
    }

    get running(): number {
        return this.#running;
    }

    /**
     * @param session of the gateway
     * @param wanted whether the answer is still needed; asked before each try
     */
    async turn(session: string, input: string, wanted: () => boolean = () => true): Promise<Ended> {
        let tries = 0;
        for (let wait = this.#options.firstWait ?? FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
            await this.#enter();
            let result: TurnResult;
            try {
                if (this.#draining || !wanted()) return { how: "abandoned" };
                const started = performance.now();
                result = await this.#options.gateway.turn(session, input, this.#stop.signal);
                this.#options.onTurn?.(nameOf(result), performance.now() - started);
            } finally {
                this.#leave();
            }
            if (result.ok) return { how: "answered", text: result.text };
            if (this.#stop.signal.aborted) return { how: "abandoned" };
            if (result.refused) return { how: "poison", reason: result.reason };
            if (result.unavailable !== true) tries += 1;
            if (tries >= TRIES)
                return { how: "poison", reason: `${TRIES} turns failed, the last one: ${result.reason}` };
            this.#options.onRetry?.(result.reason, wait);
            await this.#pause(wait * (0.5 + Math.random() / 2));
        }
    }

    /** Begins no more turns; resolves when those that run are over. */
    async drain(): Promise<void> {
        this.#draining = true;
        for (const enter of this.#queue.splice(0)) enter();
        while (this.#running > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }

    /** Cuts off what runs: it is done again at the next start. */
    stop(): void {
        this.#draining = true;
        this.#stop.abort();
        for (const enter of this.#queue.splice(0)) enter();
    }

    async #enter(): Promise<void> {
        if (this.#running >= this.#options.atOnce && !this.#draining) {
            await new Promise<void>((resolve) => this.#queue.push(resolve));
        }
        this.#running += 1;
    }

    #leave(): void {
        this.#running -= 1;
        if (this.#running < this.#options.atOnce) this.#queue.shift()?.();
    }

    async #pause(milliseconds: number): Promise<void> {
        const until = performance.now() + milliseconds;
        while (!this.#draining && performance.now() < until) {
            await new Promise((resolve) => setTimeout(resolve, Math.min(100, until - performance.now())));
        }
    }
}

function nameOf(result: TurnResult): "answered" | "refused" | "failed" | "unavailable" {
    if (result.ok) return "answered";
    if (result.refused) return "refused";
    return result.unavailable === true ? "unavailable" : "failed";
}
