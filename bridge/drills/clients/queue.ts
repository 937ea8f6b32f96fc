import type { OutgoingRecord } from "../../src/ports";

/** Most messages of one go. */
const PORTION = 200;

/**
 * Sends what waits in one go, and what has come meanwhile when that is acknowledged: with a message in each request, one after the
 * other, a bare client would fall behind.
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
