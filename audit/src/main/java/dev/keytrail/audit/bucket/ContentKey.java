package dev.keytrail.audit.bucket;

import dev.keytrail.call.Secret;

/** The data key of an object's contents, open. Whoever has it closes it. */
record ContentKey(Sealing sealing, Secret key) implements AutoCloseable {
    @Override
    public void close() {
        key.close();
    }
}
