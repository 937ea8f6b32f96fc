/** What the client should have answered long ago. */
export class Late extends Error {}

/**
 * Waits no longer than this. The client has limits for each of its requests, and yet there are ways for one to be forgotten, such
 * as when its broker is killed at the wrong moment: then nobody would ever hear of it again. Unit: ms.
 */
export async function within<T>(limit: number, what: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Late(`${what}: no answer within ${limit / 1000} s`)), limit);
    });
    try {
        return await Promise.race([work, late]);
    } finally {
        clearTimeout(timer);
    }
}
