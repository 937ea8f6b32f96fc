import { Consumer, kGetBootstrapConnection, Producer } from "@platformatic/kafka";

/*
 * A client asks the first broker of its list who leads what, again and again. A broker that is being ended or cut off tells what it
 * last knew, for as long as it is there. So whoever finds that an answer was wrong asks the next one.
 */

type Bootstrap = Parameters<Consumer[typeof kGetBootstrapConnection]>;

export class TurningConsumer extends Consumer {
    #turn = 0;

    override clearMetadata(): void {
        this.#turn += 1;
        super.clearMetadata();
    }

    override [kGetBootstrapConnection](callback: Bootstrap[0], attempt = 0): void {
        super[kGetBootstrapConnection](callback, attempt + this.#turn);
    }
}

export class TurningProducer extends Producer {
    #turn = 0;

    override clearMetadata(): void {
        this.#turn += 1;
        super.clearMetadata();
    }

    override [kGetBootstrapConnection](callback: Bootstrap[0], attempt = 0): void {
        super[kGetBootstrapConnection](callback, attempt + this.#turn);
    }
}
