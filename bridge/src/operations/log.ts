import { type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "../settings";
import { traceOf } from "./trace";

export type Logger = PinoLogger;

/** What the log says of a message: enough to find it, nothing of what it says. */
export interface LoggedEvent {
    readonly id: string;
    readonly session: string;
    readonly kind: string;
    readonly sender: string;
    readonly traceparent?: string | undefined;
}

/**
 * The bridge's log: JSON, a line for each event, on standard output. What agents say, prompts and tokens are not written: the
 * log goes to more people than may read a council.
 *
 * @param to where lines go; default: standard output
 */
export function logger(
    {
        agent,
        environment,
        logLevel,
    }: { readonly agent: string; readonly environment: string; readonly logLevel: LogLevel },
    to?: { write(line: string): void },
): Logger {
    const options = {
        level: logLevel,
        base: { agent, environment },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label: string) => ({ level: label }) },
        messageKey: "message",
        // Should a request or a configuration ever be logged whole.
        redact: {
            paths: ["password", "token", "authorization", "*.password", "*.token", "*.authorization", "*.headers"],
            censor: "[hidden]",
        },
    };
    return to === undefined ? pino(options) : pino(options, to);
}

/** The log of what is done for one message. */
export function forEvent(log: Logger, { id, session, kind, sender, traceparent }: LoggedEvent): Logger {
    const trace = traceOf(traceparent);
    return log.child({
        event: id,
        session,
        kind,
        sender,
        ...(trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId }),
    });
}
