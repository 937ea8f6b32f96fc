const FIRST_WAIT = 200;
const LONGEST_WAIT = 5000;

/**
 * Does something until it is done. Brokers and database may be away for a while, and what is begun must not be forgotten for
 * that: the longer they are away, the less often it is tried.
 */
export async function persist<T>(work: () => Promise<T>, onFault: (error: unknown) => void): Promise<T> {
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
        try {
            return await work();
        } catch (error) {
            onFault(error);
            await new Promise((resolve) => setTimeout(resolve, wait));
        }
    }
}
