import { strict as assert } from "node:assert";
import { TOPICS } from "../../src/contract/names";
import { Pressure } from "../../src/inbound/pressure";
import type { Place } from "../../src/ports";

describe("pressure", () => {
    const place = (partition: number): Place => ({ topic: TOPICS.council, partition });
    const scene = () => {
        const paused = new Set<number>();
        const places = [place(1), place(2)];
        const pressure = new Pressure(
            {
                pause: ({ partition }) => void paused.add(partition),
                resume: ({ partition }) => void paused.delete(partition),
            },
            () => places,
        );
        return { pressure, paused, places };
    };

    it("stops reading when too much waits, and goes on when half of it is done", () => {
        const { pressure, paused } = scene();
        pressure.report(500, 0);
        assert.equal(paused.size, 0);
        pressure.report(501, 0);
        assert.deepEqual([...paused], [1, 2]);
        pressure.report(300, 0);
        assert.equal(paused.size, 2);
        pressure.report(250, 0);
        assert.equal(paused.size, 0);
    });

    it("counts what messages weigh", () => {
        const { pressure, paused } = scene();
        pressure.report(1, 9 * 1024 * 1024);
        assert.equal(paused.size, 2);
        pressure.report(1, 1024);
        assert.equal(paused.size, 0);
    });

    it("stops what is followed since as well, and lets all go on", () => {
        const { pressure, paused, places } = scene();
        pressure.report(600, 0);
        places.push(place(3));
        pressure.report(601, 0);
        assert.equal(paused.size, 3);
        places.splice(0, 2);
        pressure.report(0, 0);
        assert.equal(paused.size, 0);
    });
});
