#!/bin/bash
# Replicates once the gateway listens. While OpenClaw starts it wants its databases to itself: each of four checkpoints
# waits 5 s for Litestream's lock, in vain, and the agent starts 20 s later. What it writes then is replicated as soon as it listens.
trap 'exit 0' TERM
until (: <"/dev/tcp/127.0.0.1/$GATEWAY_PORT") 2>/dev/null; do
    sleep 1 &
    wait $!
done
exec litestream replicate -config "$LITESTREAM_CONFIG"
