/** One thing to be done. It never throws: what can fail is tried again inside. */
export type Task = () => Promise<void>;

/**
 * Does the tasks of a lane one after the other, and lanes side by side: a session is a lane, so its messages are handled in
 * order, and a slow session holds up no other.
 */
export class Lanes {
    readonly #lanes = new Map<string, Task[]>();
    #waiting = 0;
    #idle: (() => void)[] = [];

    /** @param onChange told whenever there are more or fewer tasks */
    constructor(private readonly onChange: (waiting: number) => void = () => undefined) {}

    /** Tasks that wait or run. */
    get waiting(): number {
        return this.#waiting;
    }

    add(lane: string, task: Task): void {
        this.#waiting += 1;
        this.onChange(this.#waiting);
        const queue = this.#lanes.get(lane);
        if (queue !== undefined) {
            queue.push(task);
            return;
        }
        const started = [task];
        this.#lanes.set(lane, started);
        void this.#run(lane, started);
    }

    /** Resolves when nothing is left to do. */
    async idle(): Promise<void> {
        if (this.#waiting === 0) return;
        await new Promise<void>((resolve) => this.#idle.push(resolve));
    }

    async #run(lane: string, queue: Task[]): Promise<void> {
        for (let task = queue[0]; task !== undefined; task = queue[0]) {
            try {
                await task();
            } finally {
                queue.shift();
                this.#waiting -= 1;
                this.onChange(this.#waiting);
            }
        }
        this.#lanes.delete(lane);
        if (this.#waiting > 0) return;
        const idle = this.#idle;
        this.#idle = [];
        for (const resolve of idle) resolve();
    }
}
