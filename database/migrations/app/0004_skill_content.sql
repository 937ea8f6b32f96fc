-- What is in a version of a skill, so that agents load it from here and nowhere else.

SET LOCAL ROLE openclaw_owner;

CREATE TABLE skills.content (
    name text NOT NULL,
    version text NOT NULL,
    body bytea NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 16777216),
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES skills.version (name, version)
);
COMMENT ON COLUMN skills.content.body IS 'The bytes that the version''s digest is of: a SKILL.md, or an archive with one; at most 16 MiB';

-- What was scanned is what is loaded.
CREATE FUNCTION skills.require_digest() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
    IF sha256(NEW.body) IS DISTINCT FROM
        (SELECT content_sha256 FROM skills.version WHERE name = NEW.name AND version = NEW.version) THEN
        RAISE EXCEPTION 'the content of skill % % is not what its digest says', NEW.name, NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER digest BEFORE INSERT OR UPDATE ON skills.content FOR EACH ROW EXECUTE FUNCTION skills.require_digest();

ALTER TABLE skills.content ENABLE ROW LEVEL SECURITY;
-- What an agent's class has pinned, while it is trusted.
CREATE POLICY own_class ON skills.content FOR SELECT TO openclaw_bridge USING (EXISTS (
    SELECT FROM skills.of_class c
    WHERE c.class = memory.class_of(session_user) AND c.skill = content.name AND c.version = content.version
));
CREATE POLICY everything ON skills.content TO openclaw_operator USING (true) WITH CHECK (true);
CREATE POLICY audits ON skills.content FOR SELECT TO openclaw_auditor USING (true);

REVOKE ALL ON FUNCTION skills.require_digest() FROM PUBLIC;
GRANT SELECT ON skills.content TO openclaw_bridge, openclaw_auditor, openclaw_operator;
GRANT INSERT (name, version, body) ON skills.content TO openclaw_operator;
RESET ROLE;
