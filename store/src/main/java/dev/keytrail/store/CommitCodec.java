package dev.keytrail.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * How a commit is written into a frame's payload: {@code length changesLength changes (recordLength record)*}, lengths
 * in 4 bytes big-endian and without themselves. Changes and records are coded as rows are.
 */
final class CommitCodec {
    private static final int CHANGES_VERSION = 1;
    private static final int RECORD_VERSION = 1;
    /** What the members beside the event take, in nearly all records. */
    private static final int RECORD_MEMBERS_BYTES = 512;

    private static final int LENGTH_BYTES = Integer.BYTES;

    private CommitCodec() {}

    /** Meets the changes of commits, in order, as bytes. */
    interface ChangeVisitor {
        void put(String table, String key, byte[] value);

        void delete(String table, String key);
    }

    static byte[] encode(List<Change<?>> changes, List<LedgerRecord> records) {
        byte[] coded = changes.isEmpty() ? new byte[0] : encodeChanges(changes);
        long length = LENGTH_BYTES + (long) coded.length;
        List<byte[]> codedRecords = new ArrayList<>(records.size());
        for (LedgerRecord record : records) {
            byte[] one = encodeRecord(record);
            codedRecords.add(one);
            length += LENGTH_BYTES + one.length;
        }
        if (length + LENGTH_BYTES > FrameHeader.PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException("commit of " + length + " bytes is too large");
        }
        ByteBuffer out = ByteBuffer.allocate((int) length + LENGTH_BYTES);
        out.putInt((int) length).putInt(coded.length).put(coded);
        codedRecords.forEach(record -> out.putInt(record.length).put(record));
        return out.array();
    }

    static void visitChanges(ByteBuffer payload, ChangeVisitor visitor) {
        ByteBuffer in = payload.duplicate();
        while (in.hasRemaining()) {
            int end = nextEnd(in);
            byte[] changes = take(in);
            if (changes.length > 0) {
                visitChanges(new RowReader(changes), visitor);
            }
            in.position(end);
        }
    }

    static List<LedgerRecord> records(ByteBuffer payload) {
        ByteBuffer in = payload.duplicate();
        List<LedgerRecord> records = new ArrayList<>();
        while (in.hasRemaining()) {
            int end = nextEnd(in);
            skip(in);
            while (in.position() < end) {
                records.add(decodeRecord(take(in)));
            }
        }
        return records;
    }

    /** The record at that ordinal of the payload, decoding no other. */
    static LedgerRecord record(ByteBuffer payload, int ordinal) {
        ByteBuffer in = payload.duplicate();
        int at = 0;
        while (in.hasRemaining()) {
            int end = nextEnd(in);
            skip(in);
            while (in.position() < end) {
                if (at++ == ordinal) {
                    return decodeRecord(take(in));
                }
                skip(in);
            }
        }
        throw new IllegalArgumentException("no record " + ordinal + " among " + at);
    }

    private static int nextEnd(ByteBuffer in) {
        int length = in.getInt();
        return in.position() + length;
    }

    private static byte[] take(ByteBuffer in) {
        byte[] taken = new byte[in.getInt()];
        in.get(taken);
        return taken;
    }

    private static void skip(ByteBuffer in) {
        int length = in.getInt();
        in.position(in.position() + length);
    }

    private static byte[] encodeChanges(List<Change<?>> changes) {
        RowWriter out = new RowWriter().version(CHANGES_VERSION);
        out.list(changes, CommitCodec::writeChange);
        return out.toByteArray();
    }

    private static <T> void writeChange(Change<T> change, RowWriter out) {
        out.text(change.table().name()).text(change.key());
        switch (change) {
            case Change.Put<T> put -> {
                RowCodec<T> codec = put.table().codec();
                out.flag(true).bytes(Bytes.adopt(codec.encode(put.value())));
            }
            case Change.Delete<T> _ -> out.flag(false);
        }
    }

    private static void visitChanges(RowReader in, ChangeVisitor visitor) {
        in.version(CHANGES_VERSION);
        in.list(each -> {
            String table = each.text();
            String key = each.text();
            if (each.flag()) {
                visitor.put(table, key, each.bytes().unsafeArray());
            } else {
                visitor.delete(table, key);
            }
            return key;
        });
    }

    private static byte[] encodeRecord(LedgerRecord record) {
        int likely = record.json().size() + record.annex().size() + RECORD_MEMBERS_BYTES;
        return new RowWriter(likely)
                .version(RECORD_VERSION)
                .text(record.account())
                .text(record.region())
                .number(record.category() == LedgerRecord.Category.MANAGEMENT ? 0 : 1)
                .text(record.eventId())
                .number(record.eventTimeSeconds())
                .text(record.eventSource())
                .text(record.eventName())
                .flag(record.readOnly())
                .optionalText(record.username())
                .optionalText(record.accessKeyId())
                .list(
                        record.resources(),
                        (resource, out) -> out.text(resource.type()).text(resource.name()))
                .bytes(record.json())
                .bytes(record.annex())
                .toByteArray();
    }

    private static LedgerRecord decodeRecord(byte[] coded) {
        RowReader in = new RowReader(coded);
        in.version(RECORD_VERSION);
        return new LedgerRecord(
                in.text(),
                in.text(),
                in.number() == 0 ? LedgerRecord.Category.MANAGEMENT : LedgerRecord.Category.DATA,
                in.text(),
                in.number(),
                in.text(),
                in.text(),
                in.flag(),
                in.optionalText(),
                in.optionalText(),
                in.list(each -> new NamedResource(each.text(), each.text())),
                in.bytes(),
                in.bytes());
    }
}
