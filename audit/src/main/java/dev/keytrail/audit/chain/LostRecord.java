package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Service;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What stands in the ledger in place of a record that was lost, so that indexes have no holes: the leaf hash that the log
 * knows of it. The server goes on with the hash; whoever verifies sees that the record is not what was signed.
 */
public final class LostRecord {
    static final String NAME = "LostRecord";

    private static final String HEAD = "{\"lost\":\"";
    private static final String TAIL = "\"}";
    private static final byte[] START = HEAD.getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_CHARS = 44;

    private LostRecord() {}

    /** @param leafHash as in the log's tiles */
    public static LedgerRecord of(Bytes leafHash, long second) {
        return new LedgerRecord(
                LedgerRecord.OPERATOR_ACCOUNT,
                Declaration.REGION,
                LedgerRecord.Category.MANAGEMENT,
                NAME,
                second,
                Service.KEYTRAIL.eventSource(),
                NAME,
                true,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Bytes.utf8(HEAD + Base64Text.encode(leafHash) + TAIL),
                Bytes.EMPTY);
    }

    /** Whether this stands for a lost record; every event begins otherwise. */
    static boolean is(Bytes json) {
        return json.size() == START.length + HASH_CHARS + TAIL.length() && startsAsOne(json);
    }

    /** Whether this stands for the record with that leaf hash. */
    public static boolean standsFor(Bytes json, Bytes leafHash) {
        return is(json) && leaf(new TreeHasher(), json).equals(leafHash);
    }

    /** The leaf's hash as the log has it. */
    static Bytes leaf(TreeHasher hasher, Bytes json) {
        if (is(json)) {
            Optional<Bytes> hash = Base64Text.decode(
                    json.slice(START.length, START.length + HASH_CHARS).utf8());
            if (hash.isPresent() && hash.get().size() == TreeHasher.HASH_BYTES) {
                return hash.get();
            }
        }
        return hasher.leaf(json);
    }

    private static boolean startsAsOne(Bytes json) {
        for (int i = 0; i < START.length; i++) {
            if (json.at(i) != START[i]) {
                return false;
            }
        }
        return true;
    }
}
