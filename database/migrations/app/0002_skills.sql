-- Which skills there are, where they come from, whether they were scanned, and which class of agents has which version.

CREATE SCHEMA skills AUTHORIZATION openclaw_owner;
SET LOCAL ROLE openclaw_owner;

CREATE TABLE skills.version (
    name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    version text NOT NULL CHECK (version ~ '^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'),
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    source text NOT NULL CHECK (source <> ''),
    scan text NOT NULL DEFAULT 'pending' CHECK (scan IN ('pending', 'passed', 'failed', 'revoked')),
    scan_report jsonb NOT NULL DEFAULT '{}',
    scanned_at timestamptz,
    published_by text NOT NULL DEFAULT session_user,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
);
COMMENT ON COLUMN skills.version.scan IS 'pending, then passed or failed; one that passed may be revoked, for good';

-- Published is published: another content is another version. Only the scan goes on, and only forward.
CREATE FUNCTION skills.keep_version() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'skill % % is published and stays', OLD.name, OLD.version USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.name, NEW.version, NEW.content_sha256, NEW.source, NEW.published_by, NEW.published_at)
        IS DISTINCT FROM (OLD.name, OLD.version, OLD.content_sha256, OLD.source, OLD.published_by, OLD.published_at) THEN
        RAISE EXCEPTION 'skill % % is immutable', OLD.name, OLD.version USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.scan <> OLD.scan
        AND (OLD.scan, NEW.scan) NOT IN (('pending', 'passed'), ('pending', 'failed'), ('passed', 'revoked')) THEN
        RAISE EXCEPTION 'the scan of skill % % cannot go from % to %', OLD.name, OLD.version, OLD.scan, NEW.scan
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.scan <> OLD.scan THEN
        NEW.scanned_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON skills.version FOR EACH ROW EXECUTE FUNCTION skills.keep_version();

CREATE TABLE skills.pin (
    class text NOT NULL CHECK (class <> ''),
    skill text NOT NULL,
    version text NOT NULL,
    pinned_by text NOT NULL DEFAULT session_user,
    pinned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (class, skill),
    FOREIGN KEY (skill, version) REFERENCES skills.version (name, version)
);

CREATE FUNCTION skills.require_passed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    state text := (SELECT scan FROM skills.version WHERE name = NEW.skill AND version = NEW.version FOR SHARE);
BEGIN
    IF state IS DISTINCT FROM 'passed' THEN
        RAISE EXCEPTION 'skill % % has not passed its scan: %', NEW.skill, NEW.version, coalesce(state, 'it is not published')
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.pinned_by := session_user;
    NEW.pinned_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER passed BEFORE INSERT OR UPDATE ON skills.pin FOR EACH ROW EXECUTE FUNCTION skills.require_passed();

-- What a class may load: pinned, and still trusted.
CREATE VIEW skills.of_class WITH (security_barrier, security_invoker) AS
    SELECT p.class, p.skill, p.version, v.content_sha256, v.source
    FROM skills.pin p JOIN skills.version v ON v.name = p.skill AND v.version = p.version
    WHERE v.scan = 'passed';

ALTER TABLE skills.pin ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_class ON skills.pin FOR SELECT TO openclaw_bridge
    USING (class = memory.class_of(session_user));
CREATE POLICY everything ON skills.pin TO openclaw_operator USING (true) WITH CHECK (true);
CREATE POLICY audits ON skills.pin FOR SELECT TO openclaw_auditor USING (true);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA skills FROM PUBLIC;
GRANT USAGE ON SCHEMA skills TO openclaw_bridge, openclaw_auditor, openclaw_operator;
GRANT SELECT ON skills.version, skills.pin, skills.of_class TO openclaw_bridge, openclaw_auditor, openclaw_operator;
GRANT INSERT (name, version, content_sha256, source) ON skills.version TO openclaw_operator;
GRANT UPDATE (scan, scan_report) ON skills.version TO openclaw_operator;
GRANT INSERT (class, skill, version), UPDATE (version), DELETE ON skills.pin TO openclaw_operator;
RESET ROLE;
