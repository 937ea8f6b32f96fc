-- What bridges keep: which events an agent has handled, how far it has read, which sessions it follows, and what waits to be
-- sent. It changes in the transaction of what it stands for, so that neither a message nor its effect exists alone.

-- Agents' names are compared as bytes, as session_user is: in another collation an index on them would be of no use to the policies.

CREATE SCHEMA bridge AUTHORIZATION openclaw_owner;
SET LOCAL ROLE openclaw_owner;

-- Events that an agent has handled. By days of their ids, which begin with the time: a day that no topic can deliver again is
-- dropped as a whole, as a hundred million rows a day cannot be deleted one by one.
CREATE TABLE bridge.handled (
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    event_id uuid NOT NULL,
    session text NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- By the event first: what comes in grows the index at its end, where it stays dense.
    PRIMARY KEY (event_id, agent)
) PARTITION BY RANGE (event_id);
-- For ids of no day that is kept: hostile ones, and the very late.
CREATE TABLE bridge.handled_rest PARTITION OF bridge.handled DEFAULT;

-- What one agent alone does for all of them, whichever comes first: a place in the log, as the id made of it.
CREATE TABLE bridge.claim (
    event_id uuid PRIMARY KEY,
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX claim_age ON bridge.claim (claimed_at);

CREATE TABLE bridge.position (
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    topic text NOT NULL,
    partition integer NOT NULL CHECK (partition >= 0),
    next bigint NOT NULL CHECK (next >= 0),
    PRIMARY KEY (agent, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE bridge.followed (
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    session text NOT NULL,
    council text NOT NULL,
    partition integer NOT NULL CHECK (partition >= 0),
    start bigint NOT NULL CHECK (start >= 0),
    followed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agent, session)
);

CREATE TABLE bridge.outbox (
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    topic text NOT NULL
        CHECK (topic IN ('council-deliberation', 'agent-messages', 'decisions', 'audit-events', 'dead-letters')),
    key text NOT NULL,
    value text NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(headers) = 'object'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agent, id)
);
-- It fills and empties all the time; what is gone must not be in the way of what waits.
ALTER TABLE bridge.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Calls that an agent may repeat, by a key of its own: the event that the first one made.
CREATE TABLE bridge.call (
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 1000),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    event_id uuid NOT NULL,
    called_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agent, key)
);
CREATE INDEX call_age ON bridge.call (called_at);

-- Who sits in a council now. Everybody may see it; one takes a seat for oneself alone.
CREATE TABLE bridge.seat (
    council text NOT NULL CHECK (council ~ '^[a-z][a-z0-9-]{0,39}$'),
    agent text COLLATE "C" NOT NULL DEFAULT session_user,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (council, agent)
) WITH (fillfactor = 50);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['handled', 'handled_rest', 'claim', 'position', 'followed', 'outbox', 'call', 'seat'] LOOP
        EXECUTE format('ALTER TABLE bridge.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY audits ON bridge.%I FOR SELECT TO openclaw_auditor USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['handled', 'claim', 'position', 'followed', 'outbox', 'call', 'seat'] LOOP
        EXECUTE format(
            'CREATE POLICY agents ON bridge.%I TO openclaw_bridge USING (agent = session_user) WITH CHECK (agent = session_user)',
            name
        );
    END LOOP;
END
$$;
CREATE POLICY everybody ON bridge.seat FOR SELECT TO openclaw_bridge USING (true);

-- Largest announcement of a decision. Unit: bytes; a topic takes 1 MiB, with all that is packed around it.
CREATE FUNCTION bridge.announcement_of(event jsonb) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN CASE
    WHEN octet_length(event::text) <= 786432 THEN event::text
    -- The whole of it stands in the ledger; what does not fit is named by its digest.
    ELSE (
        SELECT jsonb_object_agg(key, CASE
            WHEN octet_length(value::text) <= 32768 THEN value
            ELSE jsonb_build_object('omitted_sha256', encode(sha256(convert_to(value::text, 'UTF8')), 'hex'))
        END)::text
        FROM jsonb_each(event)
    )
END;

-- Does all of a change or nothing of it, in one round trip. False: it was done before, or another agent did it.
CREATE FUNCTION bridge.commit(change jsonb) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    fresh uuid[] := '{}';
    claimed uuid[] := '{}';
    event jsonb;
BEGIN
    IF change ? 'handled' THEN
        -- In the order of their ids, so that two at once never wait for each other in a circle. Who comes second waits here for
        -- the first one's end.
        WITH wanted AS (
            SELECT DISTINCT ON ("eventId") "eventId", session
            FROM jsonb_to_recordset(change -> 'handled') AS h ("eventId" uuid, session text) ORDER BY "eventId"
        ), added AS (
            INSERT INTO bridge.handled (event_id, session) SELECT "eventId", session FROM wanted
            ON CONFLICT DO NOTHING RETURNING event_id
        )
        SELECT coalesce(array_agg(event_id), '{}') INTO fresh FROM added;
    END IF;
    IF change ? 'claims' THEN
        WITH wanted AS (
            SELECT DISTINCT value::uuid AS id FROM jsonb_array_elements_text(change -> 'claims') ORDER BY id
        ), added AS (
            INSERT INTO bridge.claim (event_id) SELECT id FROM wanted ON CONFLICT DO NOTHING RETURNING event_id
        )
        SELECT coalesce(array_agg(event_id), '{}') INTO claimed FROM added;
    END IF;
    IF cardinality(fresh) < (
        SELECT count(DISTINCT (value ->> 'eventId')::uuid) FROM jsonb_array_elements(change -> 'handled')
    ) OR cardinality(claimed) < (
        SELECT count(DISTINCT value::uuid) FROM jsonb_array_elements_text(change -> 'claims')
    ) THEN
        DELETE FROM bridge.handled WHERE agent = session_user AND event_id = ANY (fresh);
        DELETE FROM bridge.claim WHERE agent = session_user AND event_id = ANY (claimed);
        RETURN false;
    END IF;

    IF change ? 'position' THEN
        INSERT INTO bridge.position AS known (topic, partition, next)
        SELECT topic, partition, next
        FROM jsonb_to_record(change -> 'position') AS p (topic text, partition integer, next bigint)
        ON CONFLICT (agent, topic, partition) DO UPDATE SET next = excluded.next WHERE known.next < excluded.next;
    END IF;
    IF change ? 'follow' THEN
        INSERT INTO bridge.followed (session, council, partition, start)
        SELECT session, council, partition, start
        FROM jsonb_to_recordset(change -> 'follow') AS f (session text, council text, partition integer, start bigint)
        ON CONFLICT DO NOTHING;
    END IF;
    IF change ? 'unfollow' THEN
        DELETE FROM bridge.followed
        WHERE agent = session_user AND session IN (SELECT jsonb_array_elements_text(change -> 'unfollow'));
    END IF;
    IF change ? 'outbox' THEN
        INSERT INTO bridge.outbox (event_id, topic, key, value, headers)
        SELECT (message ->> 'eventId')::uuid, message ->> 'topic', message ->> 'key', message ->> 'value',
            coalesce(message -> 'headers', '{}')
        FROM jsonb_array_elements(change -> 'outbox') WITH ORDINALITY AS each (message, place) ORDER BY place;
    END IF;

    -- Last: the ends of the ledger's chains are held until the transaction is over, and others wait for them. In the order of
    -- the lanes, as two might want the same ones.
    IF change ? 'decisions' THEN
        FOR event IN
            SELECT value FROM jsonb_array_elements(change -> 'decisions')
            ORDER BY hashtextextended(value ->> 'session_id', 0) & 15, value ->> 'event_id'
        LOOP
            -- Whoever records it first announces it.
            CONTINUE WHEN NOT ledger.record_decision(event);
            INSERT INTO bridge.outbox (event_id, topic, key, value)
            VALUES (
                (event ->> 'event_id')::uuid, 'decisions', event ->> 'session_id',
                bridge.announcement_of(event || jsonb_build_object('recorded_by', session_user))
            );
        END LOOP;
    END IF;
    IF change ? 'audit' THEN
        FOR event IN
            SELECT value FROM jsonb_array_elements(change -> 'audit')
            ORDER BY hashtextextended(value ->> 'object', 0) & 15, value ->> 'event_id'
        LOOP
            CONTINUE WHEN ledger.record_audit(jsonb_build_array(event - 'actor')) = 0;
            INSERT INTO bridge.outbox (event_id, topic, key, value)
            VALUES (
                (event ->> 'event_id')::uuid, 'audit-events', event ->> 'object',
                bridge.announcement_of(event || jsonb_build_object('actor', session_user))
            );
        END LOOP;
    END IF;
    RETURN true;
END
$$;

-- The event of a call: the one that is proposed, or that of the same call before. `of_digest` is of what was asked for: a key that
-- meant something else is refused.
CREATE FUNCTION bridge.event_of(of_key text, of_digest bytea, proposed uuid) RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    known bridge.call;
BEGIN
    INSERT INTO bridge.call (key, digest, event_id) VALUES (of_key, of_digest, proposed) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN proposed;
    END IF;
    SELECT * INTO known FROM bridge.call WHERE agent = session_user AND key = of_key;
    IF known.digest <> of_digest THEN
        RAISE EXCEPTION 'key % was used for another call', of_key USING ERRCODE = 'unique_violation';
    END IF;
    RETURN known.event_id;
END
$$;

-- The least id of a day.
CREATE FUNCTION bridge.first_of(day date) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN rpad(lpad(to_hex((day - date '1970-01-01') * 86400000::bigint), 12, '0'), 32, '0')::uuid;

-- Makes days ahead and drops those whose events no topic holds any more; tells how many of both.
CREATE FUNCTION bridge.turn_days(ahead integer DEFAULT 3, keep integer DEFAULT 8) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    day date;
    name text;
    changed integer := 0;
BEGIN
    IF ahead NOT BETWEEN 1 AND 30 OR keep NOT BETWEEN 1 AND 30 THEN
        RAISE EXCEPTION '% days ahead, % kept: must be 1 to 30', ahead, keep USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two at once: the second finds all done.
    PERFORM pg_advisory_xact_lock(hashtextextended('openclaw bridge days', 0));
    FOR day IN SELECT (today + n)::date FROM generate_series(-keep, ahead) AS n LOOP
        name := 'handled_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('bridge.' || name) IS NOT NULL;
        EXECUTE format('CREATE TABLE bridge.%I (LIKE bridge.handled INCLUDING ALL)', name);
        EXECUTE format(
            'ALTER TABLE bridge.%I ADD CONSTRAINT of_day CHECK (event_id >= %L AND event_id < %L)',
            name, bridge.first_of(day), bridge.first_of(day + 1)
        );
        EXECUTE format('ALTER TABLE bridge.%I ENABLE ROW LEVEL SECURITY', name);
        -- Where this was not done in time, the day has begun among the rest.
        LOCK TABLE bridge.handled_rest IN ACCESS EXCLUSIVE MODE;
        EXECUTE format(
            'WITH moved AS (DELETE FROM bridge.handled_rest WHERE event_id >= %L AND event_id < %L RETURNING *)
             INSERT INTO bridge.%I SELECT * FROM moved', bridge.first_of(day), bridge.first_of(day + 1), name
        );
        EXECUTE format(
            'ALTER TABLE bridge.handled ATTACH PARTITION bridge.%I FOR VALUES FROM (%L) TO (%L)',
            name, bridge.first_of(day), bridge.first_of(day + 1)
        );
        changed := changed + 1;
    END LOOP;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'bridge.handled'::regclass AND c.relname ~ '^handled_[0-9]{8}$'
            AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE bridge.%I', name);
        changed := changed + 1;
    END LOOP;
    RETURN changed;
END
$$;

-- Takes away what is of no use any more; tells how much. In portions: no long locks.
CREATE FUNCTION bridge.forget(most integer DEFAULT 10000, days integer DEFAULT 8) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    old timestamptz := clock_timestamp() - make_interval(days => days);
    gone integer := 0;
    portion integer;
BEGIN
    DELETE FROM bridge.handled_rest r USING (
        SELECT agent, event_id FROM bridge.handled_rest WHERE handled_at < old LIMIT most FOR UPDATE SKIP LOCKED
    ) o WHERE r.agent = o.agent AND r.event_id = o.event_id;
    GET DIAGNOSTICS portion = ROW_COUNT;
    gone := gone + portion;
    DELETE FROM bridge.claim c USING (
        SELECT event_id FROM bridge.claim WHERE claimed_at < old LIMIT most FOR UPDATE SKIP LOCKED
    ) o WHERE c.event_id = o.event_id;
    GET DIAGNOSTICS portion = ROW_COUNT;
    gone := gone + portion;
    DELETE FROM bridge.call c USING (
        SELECT agent, key FROM bridge.call WHERE called_at < old LIMIT most FOR UPDATE SKIP LOCKED
    ) o WHERE c.agent = o.agent AND c.key = o.key;
    GET DIAGNOSTICS portion = ROW_COUNT;
    gone := gone + portion;
    DELETE FROM bridge.seat WHERE seen_at < old;
    GET DIAGNOSTICS portion = ROW_COUNT;
    gone := gone + portion;
    -- The log of a session that has not ended in a month is gone: it never will.
    DELETE FROM bridge.followed WHERE followed_at < clock_timestamp() - interval '30 days';
    GET DIAGNOSTICS portion = ROW_COUNT;
    RETURN gone + portion;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bridge FROM PUBLIC;
GRANT USAGE ON SCHEMA bridge TO openclaw_bridge, openclaw_auditor, openclaw_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA bridge TO openclaw_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA bridge TO openclaw_bridge;
REVOKE SELECT ON bridge.handled_rest FROM openclaw_bridge, openclaw_auditor;
GRANT INSERT (event_id, session), DELETE ON bridge.handled TO openclaw_bridge;
GRANT INSERT (event_id), DELETE ON bridge.claim TO openclaw_bridge;
GRANT INSERT (topic, partition, next), UPDATE (next) ON bridge.position TO openclaw_bridge;
GRANT INSERT (session, council, partition, start), DELETE ON bridge.followed TO openclaw_bridge;
GRANT INSERT (event_id, topic, key, value, headers), DELETE ON bridge.outbox TO openclaw_bridge;
GRANT INSERT (key, digest, event_id) ON bridge.call TO openclaw_bridge;
GRANT INSERT (council), UPDATE (seen_at), DELETE ON bridge.seat TO openclaw_bridge;
GRANT EXECUTE ON FUNCTION bridge.commit(jsonb), bridge.announcement_of(jsonb), bridge.event_of(text, bytea, uuid)
    TO openclaw_bridge;
GRANT EXECUTE ON FUNCTION bridge.turn_days(integer, integer), bridge.forget(integer, integer) TO openclaw_operator;

SELECT bridge.turn_days();
RESET ROLE;
