import type { Consumer } from "@platformatic/kafka";
import { Late, within } from "./within";

/** Longest time of a request, beyond all limits of the client's own. Unit: ms. */
const ANSWER_WITHIN_MS = 16_000;

/** A client whose requests end, and that is replaced when it has lost its way. */
export class PatientConsumer {
    readonly #create: () => Consumer;
    #consumer: Consumer;
    #closed = false;

    constructor(create: () => Consumer) {
        this.#create = create;
        this.#consumer = create();
    }

    async within<T>(work: (consumer: Consumer) => Promise<T>): Promise<T> {
        const consumer = this.#consumer;
        try {
            return await within(ANSWER_WITHIN_MS, "reading", work(consumer));
        } catch (error) {
            // One that has forgotten a request may go on waiting for it with all that come after.
            if (error instanceof Late && consumer === this.#consumer && !this.#closed) {
                this.#consumer = this.#create();
                void consumer.close(true).catch(() => undefined);
            }
            throw error;
        }
    }

    /** What its broker told of the cluster was not true: the next one is asked. */
    turn(): void {
        this.#consumer.clearMetadata();
    }

    async close(): Promise<void> {
        this.#closed = true;
        await this.#consumer.close(true);
    }
}
