#!/bin/sh
# Restores each database that the volume lacks from its replica. A database that is there is left alone, and a new agent
# has no replica yet. Any other trouble fails: an agent must not start empty because its replica could not be read.
set -eu
for database in "$@"; do
    litestream restore -config "$LITESTREAM_CONFIG" -if-db-not-exists -if-replica-exists -integrity-check quick "$database"
    if [ -f "$database" ]; then chmod 600 "$database"; fi
done
