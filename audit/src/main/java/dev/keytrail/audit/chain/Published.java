package dev.keytrail.audit.chain;

import java.time.Instant;

/**
 * A signed checkpoint and the edge that its root was made of: enough to prove all that is in it.
 *
 * @param signedAt the epoch for one of an earlier process
 */
record Published(Checkpoint checkpoint, SignedNote note, Edge edge, Instant signedAt) {
    long size() {
        return edge.size();
    }

    Published with(SignedNote cosigned) {
        return new Published(checkpoint, cosigned, edge, signedAt);
    }
}
