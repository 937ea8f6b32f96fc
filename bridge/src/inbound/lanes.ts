/** One thing to be done. It never throws: what can fail is tried again inside. */
export type Task = () => Promise<void>;

interface Waiting {
    readonly task: Task;
    readonly bytes: number;
}

/**
 * Does the tasks of a lane one after the other, and lanes side by side: a session is a lane, so its messages are handled in
 * order, and a slow session holds up no other.
 */
export class Lanes {
    readonly #lanes = new Map<string, Waiting[]>();
    #waiting = 0;
    #bytes = 0;
    readonly #idle: (() => void)[] = [];

    /** @param onChange told whenever there are more or fewer tasks, and how many bytes their messages have */
    constructor(private readonly onChange: (waiting: number, bytes: number) => void = () => undefined) {}

    /** Tasks that wait or run. */
    get waiting(): number {
        return this.#waiting;
    }

    /** @param bytes that the task holds on to until it is done */
    add(lane: string, task: Task, bytes = 0): void {
        const queue = this.#lanes.get(lane);
        this.#count(1, bytes);
        if (queue !== undefined) {
            queue.push({ task, bytes });
            return;
        }
        const started = [{ task, bytes }];
        this.#lanes.set(lane, started);
        void this.#run(lane, started);
    }

    /** Resolves when nothing is left to do. */
    async idle(): Promise<void> {
        if (this.#waiting === 0) return;
        await new Promise<void>((resolve) => this.#idle.push(resolve));
    }

    async #run(lane: string, queue: Waiting[]): Promise<void> {
        for (let first = queue[0]; first !== undefined; first = queue[0]) {
            try {
                await first.task();
            } finally {
                queue.shift();
                this.#count(-1, -first.bytes);
            }
        }
        this.#lanes.delete(lane);
        if (this.#waiting > 0) return;
        for (const resolve of this.#idle.splice(0)) resolve();
    }

    #count(tasks: number, bytes: number): void {
        this.#waiting += tasks;
        this.#bytes += bytes;
        this.onChange(this.#waiting, this.#bytes);
    }
}
