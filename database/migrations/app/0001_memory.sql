-- What agents remember: by agent, namespace and key, in versions, found by words and by meaning.

CREATE SCHEMA memory AUTHORIZATION openclaw_owner;
SET LOCAL ROLE openclaw_owner;

-- How long memories of a class of agents live where nothing else is said, and how many versions of one are kept.
CREATE TABLE memory.policy (
    class text PRIMARY KEY CHECK (class <> ''),
    default_days integer CHECK (default_days > 0),
    keep_versions integer NOT NULL DEFAULT 5 CHECK (keep_versions BETWEEN 1 AND 1000)
);
COMMENT ON COLUMN memory.policy.default_days IS 'Days until a memory expires that sets no end itself; null: never';

CREATE TABLE memory.item (
    agent text NOT NULL DEFAULT session_user,
    namespace text NOT NULL CHECK (octet_length(namespace) BETWEEN 1 AND 200),
    key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 500),
    version integer NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL,
    content text NOT NULL CHECK (octet_length(content) <= 262144),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    subject text CHECK (subject <> ''),
    embedding public.vector(1024),
    words tsvector GENERATED ALWAYS AS (to_tsvector('simple', content)) STORED,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    superseded_at timestamptz,
    PRIMARY KEY (agent, namespace, key, version),
    UNIQUE (agent, event_id)
);
COMMENT ON COLUMN memory.item.subject IS 'The person that it is about, so that it can be erased for them';
COMMENT ON COLUMN memory.item.embedding IS '1,024 dimensions: Amazon Titan Text Embeddings V2 and Cohere Embed on Bedrock';

CREATE UNIQUE INDEX item_current ON memory.item (agent, namespace, key) WHERE superseded_at IS NULL;
CREATE INDEX item_words ON memory.item USING gin (words) WHERE superseded_at IS NULL;
CREATE INDEX item_meaning ON memory.item USING hnsw (embedding public.vector_cosine_ops) WHERE superseded_at IS NULL;
CREATE INDEX item_expiry ON memory.item (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX item_subject ON memory.item (subject) WHERE subject IS NOT NULL;

ALTER TABLE memory.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY agents ON memory.item TO openclaw_bridge
    USING (agent = session_user) WITH CHECK (agent = session_user);
CREATE POLICY audits ON memory.item FOR SELECT TO openclaw_auditor USING (true);

-- `analyst` of `analyst-17`.
CREATE FUNCTION memory.class_of(agent text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN regexp_replace(agent, '-[0-9]+$', '');

-- Writes the next version; tells its number. An event that has been written already tells the number that it got. With
-- `expected`, it is refused where somebody was faster.
CREATE FUNCTION memory.write(
    event uuid, of_namespace text, of_key text, new_content text, new_metadata jsonb DEFAULT '{}', about text DEFAULT NULL,
    meaning public.vector DEFAULT NULL, until timestamptz DEFAULT NULL, expected integer DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    known integer;
    latest integer;
    days integer;
BEGIN
    -- One writer of a key at a time: versions have no gap.
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), session_user, of_namespace, of_key), 0));
    SELECT version INTO known FROM memory.item WHERE agent = session_user AND event_id = event;
    IF FOUND THEN
        RETURN known;
    END IF;
    SELECT max(version) INTO latest FROM memory.item
    WHERE agent = session_user AND namespace = of_namespace AND key = of_key;
    latest := coalesce(latest, 0);
    IF expected IS NOT NULL AND expected <> latest THEN
        RAISE EXCEPTION 'memory %/% is at version %, not %', of_namespace, of_key, latest, expected
            USING ERRCODE = 'serialization_failure';
    END IF;
    SELECT default_days INTO days FROM memory.policy WHERE class = memory.class_of(session_user);
    UPDATE memory.item SET superseded_at = clock_timestamp()
    WHERE agent = session_user AND namespace = of_namespace AND key = of_key AND superseded_at IS NULL;
    INSERT INTO memory.item (namespace, key, version, event_id, content, metadata, subject, embedding, expires_at)
    VALUES (
        of_namespace, of_key, latest + 1, event, new_content, new_metadata, about, meaning,
        coalesce(until, clock_timestamp() + make_interval(days => days))
    );
    RETURN latest + 1;
END
$$;

-- The newest versions that fit best, by words and by meaning together (reciprocal rank fusion). One of both may be missing.
CREATE FUNCTION memory.search(
    words_of text DEFAULT NULL, meaning public.vector DEFAULT NULL, in_namespace text DEFAULT NULL, most integer DEFAULT 10
) RETURNS TABLE (namespace text, key text, version integer, content text, metadata jsonb, score double precision)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public
SET hnsw.iterative_scan = relaxed_order
AS $$
    WITH current_item AS NOT MATERIALIZED (
        SELECT i.* FROM memory.item i
        WHERE i.superseded_at IS NULL AND i.agent = session_user AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp())
            AND (in_namespace IS NULL OR i.namespace = in_namespace)
    ), by_words AS (
        SELECT i.namespace, i.key, row_number() OVER (ORDER BY ts_rank_cd(i.words, query) DESC) AS place
        FROM current_item i, websearch_to_tsquery('simple', words_of) AS query
        WHERE words_of IS NOT NULL AND i.words @@ query
        ORDER BY place LIMIT 50
    ), by_meaning AS (
        SELECT near.namespace, near.key, row_number() OVER (ORDER BY near.distance) AS place
        FROM (
            SELECT i.namespace, i.key, i.embedding <=> meaning AS distance FROM current_item i
            WHERE meaning IS NOT NULL AND i.embedding IS NOT NULL
            ORDER BY i.embedding <=> meaning LIMIT 50
        ) near
    ), fused AS (
        SELECT f.namespace, f.key, sum(1.0 / (60 + f.place)) AS score
        FROM (SELECT * FROM by_words UNION ALL SELECT * FROM by_meaning) f
        GROUP BY f.namespace, f.key ORDER BY score DESC, f.namespace, f.key LIMIT most
    )
    SELECT i.namespace, i.key, i.version, i.content, i.metadata, f.score::double precision
    FROM fused f JOIN current_item i ON i.namespace = f.namespace AND i.key = f.key
    ORDER BY f.score DESC, i.namespace, i.key
$$;

-- Takes away what has expired and versions beyond those that are kept; tells how many. In portions: no long locks.
CREATE FUNCTION memory.expire(most integer DEFAULT 10000) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    gone integer;
BEGIN
    WITH old AS (
        SELECT i.ctid FROM memory.item i
        LEFT JOIN memory.policy p ON p.class = memory.class_of(i.agent)
        WHERE i.expires_at < clock_timestamp()
            OR (i.superseded_at IS NOT NULL AND i.version <= (
                SELECT max(n.version) FROM memory.item n
                WHERE n.agent = i.agent AND n.namespace = i.namespace AND n.key = i.key
            ) - coalesce(p.keep_versions, 5))
        LIMIT most
        FOR UPDATE OF i SKIP LOCKED
    )
    DELETE FROM memory.item i USING old WHERE i.ctid = old.ctid;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- Erases all memories about a person, every version and every agent's, and leaves in the audit trail that it was done: whose, as a
-- digest only, how many and why. The decision log stays as it is.
CREATE FUNCTION memory.erase(event uuid, about text, because text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    gone integer;
BEGIN
    IF coalesce(because, '') = '' THEN
        RAISE EXCEPTION 'erasing needs a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM memory.item WHERE subject = about;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ledger.record_audit(jsonb_build_array(jsonb_build_object(
        'event_id', event, 'actor', session_user, 'action', 'memory.erase',
        'object', 'person ' || encode(sha256(convert_to(about, 'UTF8')), 'hex'),
        'detail', jsonb_build_object('memories', gone, 'reason', because)
    )));
    RETURN gone;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA memory FROM PUBLIC;
GRANT USAGE ON SCHEMA memory TO openclaw_bridge, openclaw_auditor, openclaw_operator;
GRANT SELECT, INSERT, DELETE ON memory.item TO openclaw_bridge;
GRANT UPDATE (superseded_at) ON memory.item TO openclaw_bridge;
GRANT SELECT ON memory.policy TO openclaw_bridge, openclaw_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON memory.policy TO openclaw_operator;
GRANT SELECT ON memory.item TO openclaw_auditor;
GRANT EXECUTE ON FUNCTION
    memory.class_of(text), memory.write(uuid, text, text, text, jsonb, text, public.vector, timestamptz, integer),
    memory.search(text, public.vector, text, integer)
    TO openclaw_bridge;
GRANT EXECUTE ON FUNCTION memory.expire(integer), memory.erase(uuid, text, text) TO openclaw_operator;
RESET ROLE;
