-- Roles. Applied by the database's administrator, as is all that the platform's own roles must not be able to change.
--
-- Two own things and never log in: openclaw_owner (memory, skills), of whom the migrator is a member, and openclaw_ledger
-- (decisions, audit), of whom nobody is but the administrator: what is written there, no role of the platform can take back.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['openclaw_owner', 'openclaw_ledger', 'openclaw_bridge'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
    FOREACH name IN ARRAY ARRAY['openclaw_migrator', 'openclaw_auditor', 'openclaw_operator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
        -- On Aurora whoever has this role logs in with a token of IAM, and with no password.
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
            EXECUTE format('GRANT rds_iam TO %I', name);
        END IF;
        EXECUTE format('ALTER ROLE %I SET search_path = pg_catalog', name);
    END LOOP;
END
$$;

-- Who creates a role may give it to itself (PostgreSQL 16); it is needed to hand objects over to it.
GRANT openclaw_owner, openclaw_ledger TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
GRANT openclaw_owner TO openclaw_migrator WITH INHERIT TRUE, SET TRUE;

-- A statement or a wait that has no end holds up hundreds of agents.
ALTER ROLE openclaw_operator SET statement_timeout = '5min';
ALTER ROLE openclaw_auditor SET statement_timeout = '15min';
ALTER ROLE openclaw_auditor SET default_transaction_read_only = on;
ALTER ROLE openclaw_migrator SET statement_timeout = '30min';
ALTER ROLE openclaw_migrator SET lock_timeout = '5s';
ALTER ROLE openclaw_operator SET lock_timeout = '5s';

DO $$
BEGIN
    -- Nobody makes anything where everybody looks.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO openclaw_migrator, openclaw_bridge, openclaw_auditor, openclaw_operator',
        current_database()
    );
    EXECUTE format('GRANT CREATE ON DATABASE %I TO openclaw_owner', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO openclaw_owner, openclaw_bridge, openclaw_auditor, openclaw_operator;

-- Text about text: vectors of memories. It comes with Aurora; whoever administers the database may make it.
CREATE EXTENSION IF NOT EXISTS vector SCHEMA public;
