import { writeFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** A mistake in how the command was called or in a file it reads; printed as one line, without a stack trace. */
export class UsageError extends Error {}

/**
 * Reads a command's arguments.
 *
 * @throws UsageError where one is not understood.
 */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
    try {
        return parseArgs(config);
    } catch (error) {
        // parseArgs says what it did not understand in its first sentence; the rest is about escaping.
        if (error instanceof TypeError) throw new UsageError(error.message.split(". ")[0] ?? error.message);
        throw error;
    }
}

/**
 * Reads an argument that counts something.
 *
 * @throws UsageError where it is no whole number, or out of bounds.
 */
export function wholeNumber(name: string, value: string, least: number, most: number): number {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new UsageError(`--${name} ${value}: must be a whole number from ${least} to ${most}`);
}

/** @throws UsageError where the file cannot be written. */
export function save(file: string, text: string): void {
    try {
        writeFileSync(file, text);
    } catch (error) {
        throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
}
