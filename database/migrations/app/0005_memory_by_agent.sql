-- An agent's memories are found by their index: session_user compares as bytes do, and an index in another collation was passed over, so
-- that every look read all agents' memories. Rebuilds the indexes that begin with the agent, and not the table.

SET LOCAL ROLE openclaw_owner;
DROP POLICY agents ON memory.item;
ALTER TABLE memory.item ALTER COLUMN agent TYPE text COLLATE "C";
CREATE POLICY agents ON memory.item TO openclaw_bridge
    USING (agent = session_user) WITH CHECK (agent = session_user);
RESET ROLE;
