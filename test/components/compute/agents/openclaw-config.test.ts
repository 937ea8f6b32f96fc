import { strict as assert } from "node:assert";
import { openClawConfig, REQUIRED_PLUGINS } from "../../../../components/compute/agents/openclaw-config";

describe("openclaw.json", () => {
    const settings = {
        region: "us-east-1",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        skills: ["summarize"],
        workspace: "/home/node/.openclaw/workspace",
        tokenFile: "/run/openclaw/token",
        turnSeconds: 600,
        collectorUrl: "https://collector:4318",
        web: false,
    };
    const config = openClawConfig(settings);

    it("reaches models through Bedrock alone, with the pod's own identity and no key", () => {
        assert.equal(config.models.mode, "replace");
        assert.deepEqual(Object.values(config.models.providers), [
            {
                baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
                api: "bedrock-converse-stream",
                auth: "aws-sdk",
                models: [{ id: settings.model, name: settings.model }],
            },
        ]);
        assert.equal(config.agents.defaults.model.primary, `amazon-bedrock/${settings.model}`);
        assert.equal(config.plugins.entries["amazon-bedrock"].config.discovery.enabled, false);
    });

    it("asks for a token on an address that the kubelet reaches", () => {
        assert.equal(config.gateway.bind, "lan");
        assert.deepEqual(config.gateway.auth, {
            mode: "token",
            token: { source: "file", provider: "pod", id: "value" },
        });
        assert.deepEqual(config.secrets.providers.pod, {
            source: "file",
            path: "/run/openclaw/token",
            mode: "singleValue",
        });
    });

    it("holds no secret", () => {
        assert.doesNotMatch(JSON.stringify(config), /apiKey|password/i);
        assert.deepEqual(config.diagnostics.otel.headers, { authorization: "Bearer @TELEMETRY_TOKEN@" });
    });

    it("keeps people's doors shut: page, terminal, pairing, browser, archives", () => {
        const { controlUi, terminal, cliAgents, nodes } = config.gateway;
        assert.deepEqual([controlUi.enabled, terminal.enabled, cliAgents.enabled], [false, false, false]);
        assert.deepEqual(nodes.pairing, { autoApproveLocal: false, sshVerify: false });
        assert.deepEqual([nodes.pluginTools.enabled, nodes.allowSkills, config.browser.enabled], [false, false, false]);
        assert.equal(config.skills.install.allowUploadedArchives, false);
    });

    it("works on as many turns at once as the plan counts with, whatever processors the node has", () => {
        assert.equal(config.agents.defaults.maxConcurrent, 8);
    });

    it("has the tools of the bridge beside it, on the pod's own address, and of nobody else", () => {
        assert.deepEqual(config.mcp, {
            servers: { fleet: { url: "http://127.0.0.1:18790/mcp", transport: "streamable-http" } },
        });
    });

    it("calls nobody but models and the collector", () => {
        assert.equal(config.update.checkOnStart, false);
        assert.equal(config.update.auto.enabled, false);
        assert.equal(config.telemetry.enabled, false);
        assert.equal(config.models.catalogRefresh.enabled, false);
        assert.equal(config.discovery.mdns.mode, "off");
        assert.deepEqual(config.tools.web, {
            search: { enabled: false },
            fetch: { enabled: false, useTrustedEnvProxy: false },
        });
        assert.equal(config.memory.search.enabled, false);
        assert.equal(config.agents.defaults.heartbeat.every, "0m");
        assert.deepEqual(config.gateway.http.endpoints.responses, {
            enabled: true,
            maxUrlParts: 0,
            files: { allowUrl: false },
            images: { allowUrl: false },
        });
    });

    it("fetches the web through the proxy where the class has one", () => {
        const { fetch } = openClawConfig({ ...settings, web: true }).tools.web;
        assert.deepEqual(fetch, { enabled: true, useTrustedEnvProxy: true });
    });

    it("allows the named skills, and none where none is named", () => {
        assert.deepEqual([config.skills.allowBundled, config.agents.defaults.skills], [["summarize"], ["summarize"]]);
        const none = openClawConfig({ ...settings, skills: [] });
        assert.deepEqual(none.agents.defaults.skills, []);
    });

    it("loads the plugins it needs and no other", () => {
        assert.deepEqual(config.plugins.allow, ["amazon-bedrock", "diagnostics-otel", "admin-http-rpc", "memory-core"]);
        for (const plugin of REQUIRED_PLUGINS) assert.ok(config.plugins.allow.includes(plugin), plugin);
    });

    it("sends metrics and every turn's span to the collector, and never what was said", () => {
        const { otel } = config.diagnostics;
        assert.deepEqual([otel.enabled, otel.endpoint, otel.metrics], [true, "https://collector:4318", true]);
        assert.deepEqual([otel.traces, otel.sampleRate], [true, 1]);
        assert.deepEqual([otel.logs, otel.captureContent], [false, false]);
        assert.equal(config.logging.consoleStyle, "json");
    });

    it("keeps transcripts in the databases, which are replicated", () => {
        assert.equal(config.session.maintenance.coldStorage.enabled, false);
    });

    it("does not change while the pod runs", () => {
        assert.equal(config.gateway.reload.mode, "off");
    });
});
