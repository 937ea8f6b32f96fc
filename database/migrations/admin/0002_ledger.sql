-- The ledger: decisions of councils, and the audit trail. Rows are added and never changed; each month is a partition;
-- in it each row carries the digest of the row before it, in one of sixteen lanes, so that what is changed, missing or
-- moved shows (`npm run data -- verify`).

CREATE SCHEMA ledger AUTHORIZATION openclaw_ledger;
SET LOCAL ROLE openclaw_ledger;

-- One row: how long a month is kept at least. The floor is the platform's promise.
CREATE TABLE ledger.setting (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    retention_days integer NOT NULL DEFAULT 400 CHECK (retention_days >= 365)
);
INSERT INTO ledger.setting DEFAULT VALUES;

-- The end of each chain. A lane is what one insert holds at a time: sessions spread over sixteen of them.
CREATE TABLE ledger.head (
    log text NOT NULL CHECK (log IN ('decision', 'audit')),
    month date NOT NULL CHECK (month = date_trunc('month', month)),
    lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 15),
    seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (log, month, lane)
) WITH (fillfactor = 20);

-- That a month stands in the archive, with the ends of its chains as they were then. Without it no partition goes.
CREATE TABLE ledger.archived (
    log text NOT NULL,
    month date NOT NULL,
    location text NOT NULL CHECK (location <> ''),
    manifest_sha256 bytea NOT NULL CHECK (octet_length(manifest_sha256) = 32),
    heads jsonb NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_by text NOT NULL DEFAULT session_user,
    PRIMARY KEY (log, month)
);

CREATE TABLE ledger.decision (
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    lane smallint NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    council text NOT NULL CHECK (council <> ''),
    session_id text NOT NULL CHECK (session_id <> ''),
    round integer NOT NULL CHECK (round >= 0),
    members jsonb NOT NULL CHECK (jsonb_typeof(members) = 'array'),
    votes jsonb NOT NULL CHECK (jsonb_typeof(votes) = 'object'),
    verdict text NOT NULL CHECK (verdict <> ''),
    rationale text NOT NULL,
    dissent jsonb NOT NULL CHECK (jsonb_typeof(dissent) = 'array'),
    evidence jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'array'),
    model text NOT NULL CHECK (model <> ''),
    prompt_sha256 bytea NOT NULL CHECK (octet_length(prompt_sha256) = 32),
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX decision_session ON ledger.decision (session_id, round);

CREATE TABLE ledger.audit (
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    lane smallint NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    action text NOT NULL CHECK (action <> ''),
    object text NOT NULL CHECK (object <> ''),
    detail jsonb NOT NULL CHECK (jsonb_typeof(detail) = 'object'),
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX audit_object ON ledger.audit (object, occurred_at);

-- Time is in the event's id (UUID version 7), so that a second delivery falls into the same month as the first.
CREATE FUNCTION ledger.time_of(event_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN timestamptz '1970-01-01 00:00:00+00' + make_interval(secs =>
    ('x' || translate(left(event_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0);

CREATE FUNCTION ledger.month_of(at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN date_trunc('month', at AT TIME ZONE 'UTC')::date;

-- SHA-256 over each field with its length, so that no two rows have the same bytes.
CREATE FUNCTION ledger.content_of(fields text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog
RETURN sha256((
    SELECT string_agg(
        CASE WHEN field IS NULL THEN int4send(-1)
        ELSE int4send(octet_length(convert_to(field, 'UTF8'))) || convert_to(field, 'UTF8') END, ''::bytea ORDER BY place)
    FROM unnest(fields) WITH ORDINALITY AS part (field, place)
));

-- Joins a row to the one before it. Over the content's digest, not the content: a chain can be shown to somebody who may
-- not see every row of it.
CREATE FUNCTION ledger.digest_of(previous bytea, fields text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog
RETURN sha256(previous || ledger.content_of(fields));

CREATE FUNCTION ledger.first_digest(log text, month date, lane smallint) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN sha256(convert_to('openclaw ' || log || ' ' || to_char(month, 'YYYY-MM') || ' ' || lane, 'UTF8'));

CREATE FUNCTION ledger.micros(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
RETURN (extract(epoch FROM at) * 1000000)::bigint::text;

-- What a digest covers: every column of a row but the digest itself; `previous` goes in first.
CREATE FUNCTION ledger.fields_of(entry ledger.decision) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog
RETURN ARRAY[
    ledger.micros(entry.occurred_at), entry.event_id::text, entry.lane::text, entry.seq::text,
    ledger.micros(entry.recorded_at), entry.recorded_by, entry.council, entry.session_id, entry.round::text,
    entry.members::text, entry.votes::text, entry.verdict, entry.rationale, entry.dissent::text, entry.evidence::text,
    entry.model, encode(entry.prompt_sha256, 'hex')
];

CREATE FUNCTION ledger.fields_of(entry ledger.audit) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog
RETURN ARRAY[
    ledger.micros(entry.occurred_at), entry.event_id::text, entry.lane::text, entry.seq::text,
    ledger.micros(entry.recorded_at), entry.recorded_by, entry.actor, entry.action, entry.object, entry.detail::text
];

-- Events wait in topics for at most two weeks; clocks differ by seconds.
CREATE FUNCTION ledger.require_time(event_id uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog
AS $$
DECLARE
    at timestamptz := ledger.time_of(event_id);
BEGIN
    IF substr(event_id::text, 15, 1) <> '7' THEN
        RAISE EXCEPTION 'event id % is not a UUID of version 7', event_id USING ERRCODE = 'invalid_parameter_value';
    ELSIF at > clock_timestamp() + interval '5 minutes' THEN
        RAISE EXCEPTION 'event % is from the future: %', event_id, at USING ERRCODE = 'invalid_parameter_value';
    ELSIF at < clock_timestamp() - interval '15 days' THEN
        RAISE EXCEPTION 'event % is older than 15 days: %', event_id, at USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN at;
END
$$;

-- Takes the end of a chain, and holds it until the transaction ends.
CREATE FUNCTION ledger.hold_head(log_name text, month_of_event date, lane_of_event smallint) RETURNS ledger.head
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    held ledger.head;
BEGIN
    SELECT * INTO held FROM ledger.head
    WHERE log = log_name AND month = month_of_event AND lane = lane_of_event FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no partition of % for %', log_name, to_char(month_of_event, 'YYYY-MM')
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'npm run data -- upkeep makes it';
    END IF;
    RETURN held;
END
$$;

-- Adds decisions; tells how many were new. An event that is there already stays as it is. Lanes are taken in order, so
-- that two at once never wait for each other in a circle.
CREATE FUNCTION ledger.record_decisions(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    event jsonb;
    entry ledger.decision;
    held ledger.head;
    added integer := 0;
BEGIN
    FOR event IN
        SELECT value FROM jsonb_array_elements(events)
        ORDER BY ledger.month_of(ledger.time_of((value ->> 'event_id')::uuid)),
            hashtextextended(value ->> 'session_id', 0) & 15, value ->> 'event_id'
    LOOP
        entry := jsonb_populate_record(NULL::ledger.decision, event - ARRAY['lane', 'seq', 'previous', 'digest', 'prompt_sha256']);
        entry.occurred_at := ledger.require_time(entry.event_id);
        entry.lane := hashtextextended(entry.session_id, 0) & 15;
        entry.prompt_sha256 := decode(event ->> 'prompt_sha256', 'hex');
        entry.dissent := coalesce(entry.dissent, '[]');
        entry.evidence := coalesce(entry.evidence, '[]');
        held := ledger.hold_head('decision', ledger.month_of(entry.occurred_at), entry.lane);
        -- Only now: who held the head before may have added it.
        CONTINUE WHEN EXISTS (
            SELECT FROM ledger.decision WHERE occurred_at = entry.occurred_at AND event_id = entry.event_id
        );
        entry.seq := held.seq + 1;
        entry.previous := held.digest;
        entry.recorded_at := clock_timestamp();
        entry.recorded_by := session_user;
        entry.digest := ledger.digest_of(entry.previous, ledger.fields_of(entry));
        INSERT INTO ledger.decision SELECT entry.*;
        UPDATE ledger.head SET seq = entry.seq, digest = entry.digest
        WHERE log = held.log AND month = held.month AND lane = held.lane;
        added := added + 1;
    END LOOP;
    RETURN added;
END
$$;

CREATE FUNCTION ledger.record_decision(event jsonb) RETURNS boolean
LANGUAGE sql
SET search_path = pg_catalog
RETURN ledger.record_decisions(jsonb_build_array(event)) = 1;

-- Adds entries of the audit trail; the actor is who is logged in, unless an operator speaks for somebody.
CREATE FUNCTION ledger.record_audit(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    event jsonb;
    entry ledger.audit;
    held ledger.head;
    added integer := 0;
BEGIN
    FOR event IN
        SELECT value FROM jsonb_array_elements(events)
        ORDER BY ledger.month_of(ledger.time_of((value ->> 'event_id')::uuid)),
            hashtextextended(value ->> 'object', 0) & 15, value ->> 'event_id'
    LOOP
        entry := jsonb_populate_record(NULL::ledger.audit, event - ARRAY['lane', 'seq', 'previous', 'digest']);
        entry.occurred_at := ledger.require_time(entry.event_id);
        entry.lane := hashtextextended(entry.object, 0) & 15;
        entry.detail := coalesce(entry.detail, '{}');
        IF entry.actor IS NULL OR NOT pg_has_role(session_user, 'openclaw_operator', 'MEMBER') THEN
            entry.actor := session_user;
        END IF;
        held := ledger.hold_head('audit', ledger.month_of(entry.occurred_at), entry.lane);
        CONTINUE WHEN EXISTS (
            SELECT FROM ledger.audit WHERE occurred_at = entry.occurred_at AND event_id = entry.event_id
        );
        entry.seq := held.seq + 1;
        entry.previous := held.digest;
        entry.recorded_at := clock_timestamp();
        entry.recorded_by := session_user;
        entry.digest := ledger.digest_of(entry.previous, ledger.fields_of(entry));
        INSERT INTO ledger.audit SELECT entry.*;
        UPDATE ledger.head SET seq = entry.seq, digest = entry.digest
        WHERE log = held.log AND month = held.month AND lane = held.lane;
        added := added + 1;
    END LOOP;
    RETURN added;
END
$$;

-- Whatever a role may do: rows stay.
CREATE FUNCTION ledger.refuse() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.decision FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.audit FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON ledger.decision EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON ledger.audit EXECUTE FUNCTION ledger.refuse();

-- Makes the partitions from last month to some months ahead. Attaching holds nobody up.
CREATE FUNCTION ledger.ensure_partitions(ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    log_name text;
    start date;
    partition text;
    made integer := 0;
BEGIN
    IF ahead NOT BETWEEN 1 AND 24 THEN
        RAISE EXCEPTION '% months ahead: must be 1 to 24', ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two at once: the second finds all done.
    PERFORM pg_advisory_xact_lock(hashtextextended('openclaw ledger partitions', 0));
    FOREACH log_name IN ARRAY ARRAY['decision', 'audit'] LOOP
        FOR start IN
            SELECT (ledger.month_of(clock_timestamp()) + make_interval(months => n))::date FROM generate_series(-1, ahead) AS n
        LOOP
            partition := log_name || to_char(start, '_YYYY_MM');
            CONTINUE WHEN to_regclass('ledger.' || quote_ident(partition)) IS NOT NULL;
            -- One that was dropped after its time is not made again.
            CONTINUE WHEN EXISTS (SELECT FROM ledger.archived a WHERE a.log = log_name AND a.month = start);
            EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.%I INCLUDING ALL)', partition, log_name);
            EXECUTE format(
                'ALTER TABLE ledger.%I ADD CONSTRAINT of_month CHECK (occurred_at >= %L AND occurred_at < %L)',
                partition, start::timestamp AT TIME ZONE 'UTC', (start + interval '1 month') AT TIME ZONE 'UTC'
            );
            EXECUTE format('ALTER TABLE ledger.%I ADD CONSTRAINT %I UNIQUE (lane, seq)', partition, partition || '_chain');
            EXECUTE format(
                'CREATE TRIGGER never_empty BEFORE TRUNCATE ON ledger.%I EXECUTE FUNCTION ledger.refuse()', partition
            );
            -- Who verifies reads each partition by itself.
            EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', partition);
            EXECUTE format('CREATE POLICY audits ON ledger.%I FOR SELECT TO openclaw_auditor USING (true)', partition);
            EXECUTE format('GRANT SELECT ON ledger.%I TO openclaw_auditor', partition);
            EXECUTE format(
                'ALTER TABLE ledger.%I ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)', log_name, partition,
                start::timestamp AT TIME ZONE 'UTC', (start + interval '1 month') AT TIME ZONE 'UTC'
            );
            INSERT INTO ledger.head (log, month, lane, digest)
            SELECT log_name, start, lane::smallint, ledger.first_digest(log_name, start, lane::smallint)
            FROM generate_series(0, 15) AS lane;
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- The ends of a month's chains, as they stand in the archive's receipt.
CREATE FUNCTION ledger.heads_of(log_name text, of_month date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog
RETURN (
    SELECT jsonb_object_agg(lane::text, jsonb_build_object('seq', seq, 'digest', encode(digest, 'hex')))
    FROM ledger.head WHERE log = log_name AND month = of_month
);

-- Says that a month is in the archive. Once: a receipt is not replaced.
CREATE FUNCTION ledger.confirm_archive(log_name text, of_month date, at_location text, manifest bytea, archived_heads jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
BEGIN
    IF archived_heads IS DISTINCT FROM ledger.heads_of(log_name, of_month) THEN
        RAISE EXCEPTION 'the archive of % % does not end where its chains end', log_name, to_char(of_month, 'YYYY-MM')
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO ledger.archived (log, month, location, manifest_sha256, heads)
    VALUES (log_name, of_month, at_location, manifest, archived_heads);
END
$$;

-- Drops a month when its time is over and the archive holds it as it is.
CREATE FUNCTION ledger.drop_partition(log_name text, of_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    days integer := (SELECT retention_days FROM ledger.setting);
    free_on date := (of_month + interval '1 month')::date + days;
    receipt ledger.archived;
BEGIN
    IF log_name NOT IN ('decision', 'audit') OR of_month <> date_trunc('month', of_month) THEN
        RAISE EXCEPTION 'there is no log % with a month %', log_name, of_month USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF free_on > (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION '% % is kept % days, until %', log_name, to_char(of_month, 'YYYY-MM'), days, free_on
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO receipt FROM ledger.archived WHERE log = log_name AND month = of_month;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% % is not confirmed to be in the archive', log_name, to_char(of_month, 'YYYY-MM')
            USING ERRCODE = 'insufficient_privilege';
    ELSIF receipt.heads IS DISTINCT FROM ledger.heads_of(log_name, of_month) THEN
        RAISE EXCEPTION 'rows were added to % % after it was archived', log_name, to_char(of_month, 'YYYY-MM')
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE ledger.%I', log_name || to_char(of_month, '_YYYY_MM'));
    DELETE FROM ledger.head WHERE log = log_name AND month = of_month;
END
$$;

-- Who sees what. The owner too is under these rules; superusers alone are not.
ALTER TABLE ledger.decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.decision FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON ledger.decision TO openclaw_ledger USING (true) WITH CHECK (true);
CREATE POLICY own ON ledger.audit TO openclaw_ledger USING (true) WITH CHECK (true);
CREATE POLICY audits ON ledger.decision FOR SELECT TO openclaw_auditor USING (true);
CREATE POLICY audits ON ledger.audit FOR SELECT TO openclaw_auditor USING (true);
-- An agent sees what it recorded and what a council decided in which it sat.
CREATE POLICY agents ON ledger.decision FOR SELECT TO openclaw_bridge
    USING (recorded_by = session_user OR members ? session_user::text);
CREATE POLICY agents ON ledger.audit FOR SELECT TO openclaw_bridge USING (recorded_by = session_user);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO openclaw_bridge, openclaw_auditor, openclaw_operator, openclaw_owner;
GRANT SELECT ON ledger.decision, ledger.audit TO openclaw_bridge, openclaw_auditor;
GRANT SELECT ON ledger.head, ledger.archived, ledger.setting TO openclaw_auditor, openclaw_operator;
GRANT EXECUTE ON FUNCTION
    ledger.time_of(uuid), ledger.month_of(timestamptz), ledger.content_of(text[]), ledger.digest_of(bytea, text[]), ledger.first_digest(text, date, smallint),
    ledger.micros(timestamptz), ledger.fields_of(ledger.decision), ledger.fields_of(ledger.audit)
    TO openclaw_auditor;
GRANT EXECUTE ON FUNCTION ledger.record_decisions(jsonb), ledger.record_decision(jsonb), ledger.record_audit(jsonb)
    TO openclaw_bridge;
GRANT EXECUTE ON FUNCTION ledger.record_audit(jsonb) TO openclaw_operator, openclaw_owner;
GRANT EXECUTE ON FUNCTION
    ledger.ensure_partitions(integer), ledger.heads_of(text, date), ledger.drop_partition(text, date),
    ledger.confirm_archive(text, date, text, bytea, jsonb)
    TO openclaw_operator;

SELECT ledger.ensure_partitions();
RESET ROLE;
