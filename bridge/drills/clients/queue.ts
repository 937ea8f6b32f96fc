import type { OutgoingRecord } from "../../src/ports";

/** Most messages of one go, as the bridge's dispatcher has it. */
const PORTION = 200;

/**
 * Sends what waits in one go, as the bridge's dispatcher does, until it is acknowledged. Bare clients do so too: an idempotent
 * producer has one request under way, and with a message in each it would fall behind.
 */
export class Queue<M extends OutgoingRecord = OutgoingRecord> {
    readonly #waiting: M[] = [];
    #sending = false;

    constructor(
        private readonly deliver: (messages: readonly M[]) => Promise<void>,
        private readonly onFault: (error: unknown) => void,
    ) {}

    add(message: M): void {
        this.#waiting.push(message);
        if (!this.#sending) void this.#send();
    }

    async #send(): Promise<void> {
        this.#sending = true;
        while (this.#waiting.length > 0) {
            const messages = this.#waiting.slice(0, PORTION);
            try {
                await this.deliver(messages);
                this.#waiting.splice(0, messages.length);
            } catch (error) {
                this.onFault(error);
            }
        }
        this.#sending = false;
    }
}
