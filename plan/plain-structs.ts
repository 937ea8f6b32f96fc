import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type FromJavaScript = typeof Struct.fromJavaScript;

/**
 * Runs with property bags that stay plain objects. The SDK packs the inputs of every resource into protocol buffers for an
 * engine in another process, and unpacks the answer; here the engine is in this one, and packing is a third of the time.
 */
export async function withPlainStructs<T>(run: () => Promise<T>): Promise<T> {
    const pack = Struct.fromJavaScript;
    Struct.fromJavaScript = ((value) => new PlainStruct(value)) as FromJavaScript;
    try {
        return await run();
    } finally {
        Struct.fromJavaScript = pack;
    }
}

/** Holds what it was made from. */
class PlainStruct extends Struct {
    constructor(private readonly value: ReturnType<Struct["toJavaScript"]>) {
        super();
    }

    override toJavaScript(): ReturnType<Struct["toJavaScript"]> {
        return this.value;
    }
}
