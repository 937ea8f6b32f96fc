import { parseCidr } from "../../../components/model/addresses";
import type { Reader } from "../../engine/value";

/** The range of IPv4 addresses that stands there; undefined where none stands, or no range can be read. */
export function cidrAt(value: Reader): string | undefined {
    const text = value.text();
    if (text === undefined) return undefined;
    try {
        parseCidr(text);
        return text;
    } catch (error) {
        if (!(error instanceof RangeError) && !(error instanceof SyntaxError)) throw error;
        return undefined;
    }
}
