-- Agents look up decisions of theirs: those that they recorded, and those of councils in which they sat. Without an index each such
-- look would read a year of everybody's. Names are compared as bytes, as session_user is.

SET LOCAL ROLE openclaw_ledger;
CREATE INDEX decision_members ON ledger.decision USING gin (members);
CREATE INDEX decision_author ON ledger.decision (recorded_by COLLATE "C", occurred_at);
RESET ROLE;
