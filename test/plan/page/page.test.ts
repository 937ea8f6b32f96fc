import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { PlanDocument } from "../../../plan/document/schema";
import { renderPage } from "../../../plan/page/page";
import { costOf, documentWith, failureOf, resourcesOf } from "./fixture";

const HOSTILE = `</script></style><img src=x onerror="alert(1)">`;

describe("page of the plan", () => {
    const document = documentWith();
    const page = renderPage(document);

    it("is the same for the same plan, and says of another that it is another", () => {
        assert.equal(renderPage(documentWith()), page);
        const digest = (html: string) => /SHA-256 of the plan's data: <code[^>]*>([0-9a-f]{64})</.exec(html)?.[1];
        assert.ok(digest(page));
        assert.notEqual(digest(renderPage(documentWith({ account: "444455556666" }))), digest(page));
        assert.doesNotMatch(page, new RegExp(String(new Date().getFullYear()) + "-\\d\\d-\\d\\dT"), "it tells no time");
    });

    it("has a section for everything that is asked, each in the navigation", () => {
        const ids = [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
        assert.deepEqual(ids, ["system", "promises", "failures", "fleet", "capacity", "cost", "policies", "resources"]);
        for (const id of ids.slice(1)) assert.ok(page.includes(`<a href="#${id}">`), id);
        assert.ok(
            [...page.matchAll(/<a href="#([\w-]+)"/g)].every(([, id]) => page.includes(` id="${id}"`)),
            "links lead somewhere",
        );
    });

    it("asks nobody for anything: no address but in links and in the names of the drawing", () => {
        const addresses = [...page.matchAll(/<(\w+)[^>]*?\s(?:src|href|data|action|poster|srcset)="([^"]*)"/g)];
        assert.ok(addresses.length > 100);
        for (const [, element, address = ""] of addresses) {
            if (element === "a") assert.match(address, /^(#|https:\/\/)/);
            else assert.match(address, /^(#|data:)/, `${element} ${address}`);
        }
        const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
        assert.doesNotMatch(style, /url\(|@import/);
    });

    it("lets the browser run its own scripts and styles, and nothing else", () => {
        const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll("&#39;", "'") ?? "";
        assert.match(policy, /^default-src 'none'; /);
        assert.doesNotMatch(policy, /unsafe|https?:|\*/);
        const own = [...page.matchAll(/<(?:script type="module"|style)>(.*?)<\/(?:script|style)>/gs)];
        assert.equal(own.length, 3);
        for (const [, text = ""] of own) {
            assert.ok(policy.includes(`'sha256-${createHash("sha256").update(text).digest("base64")}'`));
        }
        assert.doesNotMatch(page, /\s(style|on\w+)="/, "inline styles and handlers would be refused");
    });

    it("shows any text as text", () => {
        const [first, ...rest] = resourcesOf(3);
        assert.ok(first);
        const hostile = renderPage(
            documentWith({
                stack: HOSTILE,
                account: HOSTILE,
                fleet: document.fleet.map((each) => ({ ...each, name: HOSTILE, allowedDomains: [HOSTILE] })),
                topology: { ...document.topology, brokerType: HOSTILE, services: [HOSTILE] },
                failures: [
                    failureOf(
                        "zone",
                        HOSTILE,
                        HOSTILE,
                        [HOSTILE],
                        [{ promise: 1, verdict: "breaks", because: HOSTILE }],
                    ),
                ],
                policies: {
                    ...document.policies,
                    rules: document.policies.rules.map((rule) => ({
                        ...rule,
                        url: "javascript:alert(1)",
                        references: [HOSTILE],
                        violations: [{ message: HOSTILE, resource: HOSTILE, urn: HOSTILE }],
                    })),
                },
                resources: [
                    { ...first, name: HOSTILE, inputs: { [HOSTILE]: { list: [HOSTILE, { [HOSTILE]: HOSTILE }] } } },
                    ...rest,
                ],
            }),
        );
        assert.doesNotMatch(hostile, /<img/);
        assert.doesNotMatch(hostile, /href="javascript:/);
        assert.equal(hostile.match(/<script/g)?.length, page.match(/<script/g)?.length);
        assert.equal(hostile.match(/<\/style>/g)?.length, 1);
        assert.ok((hostile.match(/&lt;img src=x onerror=/g)?.length ?? 0) > 20, "it is there to be read");
    });

    it("stays small and comes at once", () => {
        assert.ok(page.length < 700_000, `${page.length} bytes for ${document.resources.length} small resources`);
        const started = performance.now();
        renderPage(document);
        const took = performance.now() - started;
        assert.ok(took < 500, `${took.toFixed(0)} ms`);
    });

    it("writes a long text once, and then where it was", () => {
        const script = "echo a line of a script\n".repeat(100);
        const resources = resourcesOf(3).map((each) => ({ ...each, inputs: { data: { "start.sh": script } } }));
        const html = renderPage(documentWith({ resources }));
        assert.equal(html.split("echo a line of a script").length - 1, 100);
        assert.equal(html.match(/start\.sh: # the same text as in key-0/g)?.length, 2);
    });
});

describe("verdict on the page", () => {
    const glance = (changes: Partial<PlanDocument>) => {
        const page = renderPage(documentWith(changes));
        const opening = page.slice(page.indexOf('class="opening"'), page.indexOf('id="system"'));
        return opening.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
    };

    it("is in the first figures, and they are the plan's", () => {
        const said = glance({});
        assert.match(said, /Nothing stands against this plan/);
        assert.match(said, /Promises 8 of 8 hold, 2 of them with a pause/);
        assert.match(said, /Failures 9 of 9 survived, 4 of them with a pause/);
        const { total, budget } = costOf();
        const dollars = Math.round(total.expected).toLocaleString("en-US");
        assert.ok(
            said.includes(`$${dollars} ${Math.round(budget.share.expected * 100)}% of the budget of $22,000`),
            said,
        );
        assert.match(said, /Policies 3 of 3 without a violation/);
        assert.match(said, /Capacity 2 of 2 fit, 1 of them tightly; 1 quota to raise/);
    });

    it("turns with each thing that stands against the plan", () => {
        const { promises, policies, capacity } = documentWith();
        const broken = promises.map((each) => (each.number === 6 ? { ...each, verdict: "broken" as const } : each));
        assert.match(
            glance({ promises: broken }),
            /1 thing stands against this plan Promise 6 is broken .*7 of 8 hold; 1 broken/,
        );

        const lost = failureOf(
            "broker",
            "1",
            "Broker 1 is lost",
            [],
            [{ promise: 3, verdict: "breaks", because: "no copy is left" }],
        );
        assert.match(glance({ failures: [lost] }), /1 failure would break a promise .*Failures 0 of 1 survived/);

        const rules = policies.rules.map((rule, index) =>
            index === 0 ? { ...rule, violations: [{ message: "no" }] } : rule,
        );
        assert.match(
            glance({ policies: { ...policies, passed: false, rules } }),
            /1 policy that must hold is violated .*Policies 2 of 3/,
        );
        const advisory = rules.map((rule) => ({ ...rule, level: "advisory" }));
        assert.match(
            glance({ policies: { ...policies, rules: advisory } }),
            /Nothing stands against .*1 advisory policy found something/,
        );

        const lines = capacity.lines.map((line) => ({ ...line, verdict: "exceeded" as const }));
        assert.match(
            glance({ capacity: { ...capacity, lines } }),
            /2 limits of capacity are exceeded .*Capacity 0 of 2 fit/,
        );

        assert.match(glance({ cost: costOf(10_000) }), /The expected month takes 165% of the budget/);
        assert.match(
            glance({ cost: undefined }),
            /Nothing stands against .*nothing is priced.*Cost a month Not priced/,
        );
    });

    it("says when a change would have to remove what is protected", () => {
        const change = {
            kind: "refused" as const,
            name: "database",
            type: "aws:rds/cluster:Cluster",
            urn: "urn:x",
            tier: "data",
            component: "database",
            why: "Its engine cannot be changed in place.",
            properties: [{ path: "engine", before: "aurora-postgresql", after: "postgres", replaces: true }],
        };
        const comparison = { base: "main", changes: [change], promises: { lost: [], gained: [] }, capacity: [] };
        assert.match(
            glance({ comparison }),
            /1 protected resource would have to be removed or replaced, which is refused/,
        );
        const page = renderPage(documentWith({ comparison }));
        assert.match(page, /<h2 id="changes-title">What changes against main<\/h2>/);
        assert.match(page, /engine<\/code> \(cannot be changed in place\)/);
    });
});

describe("sections of the page", () => {
    const document = documentWith();
    const page = renderPage(document);
    const within = (html: string, id: string) => {
        const start = html.indexOf(`<section id="${id}"`);
        return html.slice(start, html.indexOf("</section>", start));
    };
    const words = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

    it("show every failure against every promise, with a word, and how long", () => {
        const failures = within(page, "failures");
        assert.equal(failures.match(/<tr role="row" class="cells">/g)?.length, 9);
        assert.equal(failures.match(/<td role="cell" class="(holds|degrades|breaks)" data-label/g)?.length, 63);
        assert.match(words(failures), /Zone us-east-1a is lost Degrades 4 min loses 10 s Holds/);
        assert.match(words(failures), /Whole again by itself after at most 4 min/);
    });

    it("say what somebody has to do where nothing mends by itself", () => {
        const effect = {
            promise: 2,
            verdict: "degrades" as const,
            because: "b",
            seconds: 390,
            action: "evacuate the zone",
        };
        const lost = failureOf("zone", "a", "Zone a is lost", [], [effect]);
        const said = words(within(renderPage(documentWith({ failures: [lost] })), "failures"));
        assert.match(said, /To do: evacuate the zone; whole again at most 7 min later\./);
        assert.doesNotMatch(said, /by itself/);
    });

    it("show each line of cost with quantity, price and product for three loads, and sums", () => {
        const cost = costOf();
        const shown = within(page, "cost");
        const replica = shown.slice(shown.indexOf("Writes and reads of the replica"));
        assert.match(words(replica), /30 60 90 million requests \$5\.00 \$150\.00 \$300\.00 \$450\.00/);
        for (const load of ["low", "expected", "high"] as const) {
            const total = cost.total[load].toLocaleString("en-US", {
                minimumFractionDigits: 2,
                maximumFractionDigits: 2,
            });
            assert.ok(shown.includes(`<span class="load-${load}">$${total}</span>`), total);
        }
        assert.match(words(shown), /as of 2026-11-01\. AWS Price List API/);
        assert.match(words(shown), /Not in the total Tokens of the models They follow what agents are asked/);
        assert.match(
            words(within(renderPage(documentWith({ cost: undefined })), "cost")),
            /no price table for us-east-1/,
        );
    });

    it("draw what stands in each zone, on a wide screen and on a narrow one", () => {
        const system = within(page, "system");
        for (const form of ["wide", "tall"]) {
            const picture = system.slice(system.indexOf(`<svg class="picture ${form}"`));
            const svg = picture.slice(0, picture.indexOf("</svg>"));
            assert.match(svg, /<title id="\w+-title">The system: 320 agents/);
            assert.equal(svg.match(/>NAT gateway</g)?.length, 2);
            assert.equal(svg.match(/class="node used"/g)?.length, 2 * (11 + 2), "agents' nodes and the platform's");
            assert.equal(svg.match(/class="node waiting"/g)?.length, 2 * 10);
            for (const said of ["Writer", "Reader", "160 agents", "2 brokers", "Decision archive", "Backup vault"]) {
                assert.ok(svg.includes(said), `${form}: ${said}`);
            }
        }
        assert.match(words(system), /Egress proxy to named domains\. The only way out/);
        const closed = documentWith({ topology: { ...document.topology, egressProxy: false, copyRegion: undefined } });
        assert.match(
            words(within(renderPage(closed), "system")),
            /Agents have no way to the internet.*no copy in another region/,
        );
    });

    it("draw no more for thousands of agents than for hundreds", () => {
        const zones = document.topology.zones.map((zone) => ({
            ...zone,
            agents: 50_000,
            agentNodes: 3000,
            spareNodes: 3000,
        }));
        const system = within(renderPage(documentWith({ topology: { ...document.topology, zones } })), "system");
        assert.ok((system.match(/class="node/g)?.length ?? 0) < 400);
        assert.match(words(system), /3,000 nodes r8g\.2xlarge, 84 a square/);
    });

    it("unfold each resource to its inputs, with policies that can be read", () => {
        const resources = within(page, "resources");
        assert.equal(resources.match(/<li id="resource-\d+">/g)?.length, document.resources.length);
        assert.match(
            resources,
            /policy: # JSON\n {2}Version: &quot;2012-10-17&quot;\n {2}Statement:\n {4}- Effect: Allow\n {6}Action: kms:Decrypt/,
        );
        assert.match(resources, /After <a href="#resource-1">key-0<\/a>/);
    });
});
