/**
 * What a drill found: a line for each promise, at once, with the time it took; at the end how many held.
 * A promise that fails does not end the drill, because the next one may tell why.
 */
export class Report {
    #passed = 0;
    #failed = 0;
    readonly #started = performance.now();

    /** A part of the drill. */
    title(text: string): void {
        this.#print(`\n${text}`);
    }

    /** A figure or a remark, below the title. */
    note(text: string): void {
        this.#print(`      ${text}`);
    }

    pass(promise: string, detail = ""): void {
        this.#passed += 1;
        this.#print(`PASS  ${promise}${detail && `: ${detail}`}`);
    }

    fail(promise: string, reason: string): void {
        this.#failed += 1;
        this.#print(`FAIL  ${promise}: ${reason}`);
    }

    /** Does what proves a promise; says how long it took, and any figures that the proof returns. What it throws is why the promise does not hold. */
    async prove(promise: string, proof: () => Promise<unknown>): Promise<boolean> {
        const started = performance.now();
        try {
            const detail = await proof();
            const took = seconds(performance.now() - started);
            this.pass(promise, typeof detail === "string" ? `${detail}, ${took}` : took);
            return true;
        } catch (error) {
            this.fail(promise, error instanceof Error ? error.message : String(error));
            return false;
        }
    }

    /** Closes the report; the result is the exit code. */
    close(): number {
        this.note("");
        this.#print(`Took ${seconds(performance.now() - this.#started)}.`);
        this.#print(`${this.#passed} passed, ${this.#failed} failed`);
        return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
    }

    #print(text: string): void {
        process.stdout.write(`${text.trimEnd()}\n`);
    }
}

export function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A promise that does not hold. */
export class Broken extends Error {}

/** @throws Broken where something is wrong. */
export function nothingWrong(wrong: readonly string[]): void {
    if (wrong.length === 0) return;
    const shown = wrong.slice(0, 5).join("; ");
    throw new Broken(wrong.length > 5 ? `${shown}; ${wrong.length} in all` : shown);
}

/**
 * Ends a wait that would never end. No promise is about it, so it is long enough for a machine that does much else; waits that
 * are promises name their own limit.
 */
export const PATIENCE_SECONDS = 300;

/**
 * Waits until something holds, asking again and again.
 *
 * @throws Broken after the time is up, with what was still missing
 */
export async function until(
    what: string,
    limitSeconds: number,
    missing: () => Promise<string> | string,
): Promise<void> {
    const end = performance.now() + limitSeconds * 1000;
    let last = "";
    while (performance.now() < end) {
        last = await missing();
        if (last === "") return;
        await sleep(200);
    }
    throw new Broken(`${what}: not within ${limitSeconds} s; ${last}`);
}

export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
