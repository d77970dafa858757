package dev.keytrail.store;

import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        List<LedgerRecord> records = new ArrayList<>();
        for (Coded coded = new Coded(payload); coded.next(); ) {
            records.add(coded.record());
        }
        return records;
    }

    /** The record at that ordinal of the payload, decoding no other. */
    static LedgerRecord record(ByteBuffer payload, int ordinal) {
        Coded coded = new Coded(payload);
        for (int at = 0; coded.next(); at++) {
            if (at == ordinal) {
                return coded.record();
            }
        }
        throw new IllegalArgumentException("no record " + ordinal);
    }

    /** Meets a payload's parts where they lie. */
    interface PartVisitor {
        void changes(ByteBuffer coded);

        void record(ByteBuffer coded);
    }

    static void visit(ByteBuffer payload, PartVisitor visitor) {
        ByteBuffer in = payload.duplicate();
        while (in.hasRemaining()) {
            int end = nextEnd(in);
            int changes = in.getInt();
            if (changes > 0) {
                visitor.changes(in.slice(in.position(), changes));
            }
            in.position(in.position() + changes);
            while (in.position() < end) {
                int length = in.getInt();
                visitor.record(in.slice(in.position(), length));
                in.position(in.position() + length);
            }
        }
    }

    /** Changes as {@link PartVisitor#changes} gives them. */
    static void visitChanges(byte[] coded, ChangeVisitor visitor) {
        visitChanges(new RowReader(coded), visitor);
    }

    /** Walks the records of a payload and decodes what is asked for. One thread. */
    static final class Coded {
        static final Coded NONE = new Coded(ByteBuffer.allocate(0));

        private final ByteBuffer in;
        private int commitEnd;
        private int at;
        private int length;

        Coded(ByteBuffer payload) {
            in = payload.duplicate();
            commitEnd = in.position();
        }

        boolean next() {
            while (in.position() >= commitEnd) {
                if (!in.hasRemaining()) {
                    return false;
                }
                commitEnd = nextEnd(in);
                skip(in);
            }
            length = in.getInt();
            at = in.position();
            in.position(at + length);
            return true;
        }

        LedgerRecord record() {
            return decodeRecord(bytes());
        }

        byte[] bytes() {
            byte[] coded = new byte[length];
            in.get(at, coded);
            return coded;
        }

        /** The event's JSON, found by stepping over what stands before it. */
        Bytes json() {
            ByteBuffer json = jsonIn(in.slice(at, length));
            byte[] bytes = new byte[json.remaining()];
            json.get(bytes);
            return Bytes.adopt(bytes);
        }
    }

    /**
     * The event's JSON in a coded record, where it lies.
     *
     * @throws java.nio.BufferUnderflowException or IllegalArgumentException if this is no coded record
     */
    static ByteBuffer jsonIn(ByteBuffer record) {
        ByteBuffer in = record.duplicate();
        if (unsigned(in) != 2 * RECORD_VERSION) { // numbers are zig-zag coded
            throw new IllegalArgumentException("record version");
        }
        skipTexts(in, 2); // account, Region
        unsigned(in); // category
        skipTexts(in, 1); // event id
        unsigned(in); // event time
        skipTexts(in, 2); // source, name
        in.get(); // read only
        for (int optional = 0; optional < 2; optional++) { // user name, access key
            skipTexts(in, in.get());
        }
        long resources = unsigned(in);
        for (long i = 0; i < resources; i++) {
            skipTexts(in, 2);
        }
        int length = (int) unsigned(in);
        return in.slice(in.position(), length);
    }

    /** Version, length of the account's text, and its beginning: so nearly every other record is told apart at once. */
    private static final long OF_OPERATOR = 0x020C_3030_3030_3030L;

    /** Whether a coded record says that it is of the operator's account and has a name that a declaration may have. */
    static boolean mayDeclare(ByteBuffer record) {
        if (record.remaining() < Long.BYTES || record.getLong(record.position()) != OF_OPERATOR) {
            return false;
        }
        ByteBuffer in = record.duplicate();
        unsigned(in); // version
        skipTexts(in, 2); // account, Region
        unsigned(in); // category
        skipTexts(in, 1); // event id
        unsigned(in); // event time
        skipTexts(in, 1); // source
        byte[] name = new byte[(int) unsigned(in)];
        in.get(name);
        return Declaration.isNamed(new String(name, StandardCharsets.UTF_8));
    }

    private static void skipTexts(ByteBuffer in, int count) {
        for (int i = 0; i < count; i++) {
            int length = (int) unsigned(in);
            in.position(in.position() + length);
        }
    }

    /** LEB128, as {@link RowWriter} writes it. */
    private static long unsigned(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte octet = in.get();
            value |= (long) (octet & 0x7F) << shift;
            if (octet >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number too long");
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

    /** Answers what stands for a record, by its ordinal and its JSON; empty for one that stays. */
    interface Replacement {
        Optional<LedgerRecord> of(int ordinal, ByteBuffer json);
    }

    /** The payload with other records in the place of some; changes stay. */
    static byte[] replace(ByteBuffer payload, Replacement replacement) {
        ByteBuffer in = payload.duplicate();
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.remaining());
        int ordinal = 0;
        while (in.hasRemaining()) {
            int end = nextEnd(in);
            ByteArrayOutputStream commit = new ByteArrayOutputStream();
            byte[] changes = take(in);
            commit.writeBytes(number(changes.length));
            commit.writeBytes(changes);
            while (in.position() < end) {
                byte[] record = take(in);
                byte[] stays = replacement
                        .of(ordinal++, jsonIn(ByteBuffer.wrap(record)))
                        .map(CommitCodec::encodeRecord)
                        .orElse(record);
                commit.writeBytes(number(stays.length));
                commit.writeBytes(stays);
            }
            out.writeBytes(number(commit.size()));
            out.writeBytes(commit.toByteArray());
        }
        return out.toByteArray();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(LENGTH_BYTES).putInt(value).array();
    }

    /** A row as it is stored. */
    record CodedRow(String table, String key, Bytes value) {}

    /** A payload of one commit that puts these rows. */
    static byte[] encodeRows(List<CodedRow> rows) {
        return encodeRows(rows, List.of());
    }

    /** The same, with deletions behind; of those, the value says nothing. */
    static byte[] encodeRows(List<CodedRow> rows, List<CodedRow> deleted) {
        RowWriter out = new RowWriter().version(CHANGES_VERSION);
        List<CodedRow> all = new ArrayList<>(rows);
        all.addAll(deleted);
        int[] at = {0};
        out.list(all, (row, to) -> {
            to.text(row.table()).text(row.key());
            if (at[0]++ < rows.size()) {
                to.flag(true).bytes(row.value());
            } else {
                to.flag(false);
            }
        });
        byte[] coded = out.toByteArray();
        return ByteBuffer.allocate(2 * LENGTH_BYTES + coded.length)
                .putInt(LENGTH_BYTES + coded.length)
                .putInt(coded.length)
                .put(coded)
                .array();
    }

    /** A payload of one commit that has nothing but that record of another payload. */
    static byte[] alone(ByteBuffer payload, int ordinal) {
        Coded coded = new Coded(payload);
        for (int at = 0; coded.next(); at++) {
            if (at == ordinal) {
                byte[] record = coded.bytes();
                return ByteBuffer.allocate(3 * LENGTH_BYTES + record.length)
                        .putInt(2 * LENGTH_BYTES + record.length)
                        .putInt(0)
                        .putInt(record.length)
                        .put(record)
                        .array();
            }
        }
        throw new IllegalArgumentException("no record " + ordinal);
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

    /** Part of the stored format. */
    private static long number(LedgerRecord.Category category) {
        return switch (category) {
            case MANAGEMENT -> 0;
            case DATA -> 1;
            case INSIGHT -> 2;
            case NETWORK_ACTIVITY -> 3;
            case DATA_INSIGHT -> 4;
        };
    }

    private static LedgerRecord.Category category(long number) {
        return switch ((int) number) {
            case 0 -> LedgerRecord.Category.MANAGEMENT;
            case 1 -> LedgerRecord.Category.DATA;
            case 2 -> LedgerRecord.Category.INSIGHT;
            case 3 -> LedgerRecord.Category.NETWORK_ACTIVITY;
            case 4 -> LedgerRecord.Category.DATA_INSIGHT;
            default -> throw new IllegalArgumentException("no category " + number);
        };
    }

    private static byte[] encodeRecord(LedgerRecord record) {
        int likely = record.json().size() + record.annex().size() + RECORD_MEMBERS_BYTES;
        return new RowWriter(likely)
                .version(RECORD_VERSION)
                .text(record.account())
                .text(record.region())
                .number(number(record.category()))
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
                category(in.number()),
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
